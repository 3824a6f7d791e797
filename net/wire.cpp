// OpenSSL's view of a wire is a BIO of our own, as thin as its socket BIO.
#include "net/wire.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <sys/socket.h>

#include "base/check.hpp"

namespace treeline {

namespace {

Wire& wire_of(BIO* bio) {
    return *static_cast<Wire*>(BIO_get_data(bio));
}

bool is_for_later() {
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

int bio_write(BIO* bio, const char* bytes, int size) {
    BIO_clear_retry_flags(bio);
    const ssize_t sent = wire_of(bio).write({bytes, static_cast<std::size_t>(size)});
    if (sent < 0 && is_for_later()) {
        BIO_set_retry_write(bio);
    }
    return static_cast<int>(sent);
}

int bio_read(BIO* bio, char* into, int size) {
    BIO_clear_retry_flags(bio);
    const ssize_t got = wire_of(bio).read({into, static_cast<std::size_t>(size)});
    if (got < 0 && is_for_later()) {
        BIO_set_retry_read(bio);
    }
    return static_cast<int>(got);
}

long bio_control(BIO* bio, int command, long, void*) {
    switch (command) {
        case BIO_CTRL_FLUSH:
            return 1;
        case BIO_CTRL_EOF:
            return wire_of(bio).has_ended() ? 1 : 0;
        default:
            return 0;
    }
}

int bio_create(BIO* bio) {
    BIO_set_init(bio, 1);
    return 1;
}

const BIO_METHOD* wire_method() {
    static const BIO_METHOD* const method = [] {
        BIO_METHOD* const made = BIO_meth_new(BIO_TYPE_SOURCE_SINK | BIO_get_new_index(), "wire");
        CHECK(made != nullptr);
        CHECK(BIO_meth_set_write(made, bio_write) == 1 && BIO_meth_set_read(made, bio_read) == 1);
        CHECK(BIO_meth_set_ctrl(made, bio_control) == 1 &&
              BIO_meth_set_create(made, bio_create) == 1);
        return made;
    }();
    return method;
}

}  // namespace

ssize_t Wire::read(std::span<char> into) {
    if (!arrived_.empty()) {
        const std::size_t size = std::min(into.size(), arrived_.size());
        std::memcpy(into.data(), arrived_.data(), size);
        consume(size);
        return static_cast<ssize_t>(size);
    }
    const ssize_t got = ::recv(socket_.get(), into.data(), into.size(), 0);
    ended_ = ended_ || got == 0;
    return got;
}

ssize_t Wire::write(std::string_view bytes) {
    if (diverted_ != nullptr) {
        diverted_->append(bytes);
        return static_cast<ssize_t>(bytes.size());
    }
    if (!unsent_.empty()) {
        errno = EAGAIN;
        return -1;
    }
    return ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

void Wire::arrived(std::string_view bytes) {
    CHECK(arrived_.empty());
    arrived_ = bytes;
}

ssize_t Wire::receive(std::span<char> buffer) {
    const ssize_t got = read(buffer);
    if (got > 0) {
        arrived({buffer.data(), static_cast<std::size_t>(got)});
    }
    return got;
}

void Wire::consume(std::size_t size) {
    arrived_.remove_prefix(size);
    if (arrived_.empty() && !kept_.empty()) {
        std::string().swap(kept_);  // gives its memory back
    }
}

void Wire::keep_arrived() {
    if (!arrived_.empty() && kept_.empty()) {
        kept_ = arrived_;
        arrived_ = kept_;
    }
}

ssize_t Wire::send_unsent() {
    if (unsent_.empty()) {
        return 0;
    }
    const ssize_t sent = ::send(socket_.get(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
    if (sent > 0) {
        std::string(unsent_, static_cast<std::size_t>(sent)).swap(unsent_);  // of its size
    }
    return sent;
}

BIO* bio_over(Wire& wire) {
    BIO* const bio = BIO_new(wire_method());
    if (bio != nullptr) {
        BIO_set_data(bio, &wire);
    }
    return bio;
}

}  // namespace treeline
