// OpenSSL driven directly by readiness: the cheapest idle connection that was measured.
#include "broker/edge/transport.hpp"

#include <cerrno>

#include <openssl/err.h>
#include <sys/socket.h>

#include "base/check.hpp"
#include "broker/edge/socket.hpp"

namespace treeline {

namespace {

IoStatus status_of_errno(IoStatus when_blocked) {
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
        return when_blocked;
    }
    return IoStatus::failed;
}

}  // namespace

Transport::Transport(Fd socket, SSL* ssl)
    : wire_(std::make_unique<Wire>(std::move(socket))), ssl_(ssl) {
    if (ssl != nullptr) {
        BIO* const bio = bio_over(*wire_);
        CHECK(bio != nullptr);
        SSL_set_bio(ssl, bio, bio);
    }
}

IoStatus Transport::status_of(int result) {
    switch (SSL_get_error(ssl_.get(), result)) {
        case SSL_ERROR_NONE:
            return IoStatus::ok;
        case SSL_ERROR_WANT_READ:
            return IoStatus::want_read;
        case SSL_ERROR_WANT_WRITE:
            return IoStatus::want_write;
        case SSL_ERROR_ZERO_RETURN:
            return IoStatus::ended;
        default:
            ERR_clear_error();
            failed_ = true;
            return IoStatus::failed;
    }
}

void Transport::forget_errors() {
    ERR_clear_error();
}

IoStatus Transport::handshake() {
    if (!ssl_) {
        return IoStatus::ok;
    }
    ERR_clear_error();
    return status_of(SSL_do_handshake(ssl_.get()));
}

IoStatus Transport::read(std::span<char> into, std::size_t& size) {
    size = 0;
    if (ssl_) {
        return status_of(SSL_read_ex(ssl_.get(), into.data(), into.size(), &size));
    }
    const ssize_t got = wire_->read(into);
    if (got > 0) {
        size = static_cast<std::size_t>(got);
        return IoStatus::ok;
    }
    return got == 0 ? IoStatus::ended : status_of_errno(IoStatus::want_read);
}

IoStatus Transport::write(std::string_view bytes, std::size_t& size) {
    size = 0;
    if (failed_) {
        return IoStatus::failed;
    }
    if (ssl_) {
        return status_of(SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &size));
    }
    const ssize_t sent = wire_->write(bytes);
    if (sent >= 0) {
        size = static_cast<std::size_t>(sent);
        return IoStatus::ok;
    }
    return status_of_errno(IoStatus::want_write);
}

IoStatus Transport::write_unsent(std::size_t& size) {
    const ssize_t sent = wire_->send_unsent();
    size = sent > 0 ? static_cast<std::size_t>(sent) : 0;
    if (sent < 0) {
        return status_of_errno(IoStatus::want_write);
    }
    return wire_->has_unsent() ? IoStatus::want_write : IoStatus::ok;
}

void Transport::finish() {
    if (ssl_ && !failed_ && SSL_is_init_finished(ssl_.get()) == 1) {
        ERR_clear_error();
        SSL_shutdown(ssl_.get());
        ERR_clear_error();
    }
    ::shutdown(socket().get(), SHUT_WR);
}

bool Transport::drain(std::span<char> scratch) {
    const ssize_t got = ::recv(socket().get(), scratch.data(), scratch.size(), 0);
    return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

void Transport::abort() {
    reset_on_close(socket());
}

}  // namespace treeline
