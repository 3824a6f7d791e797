// What a socket says of itself, and what TLS says over it, as one.
#include "broker/edge/transport.hpp"

#include <cerrno>

#include <sys/socket.h>

#include "broker/edge/socket.hpp"

namespace treeline {

Transport::Transport(Fd socket, SSL* ssl)
    : wire_(std::make_unique<Wire>(std::move(socket))),
      tls_(ssl == nullptr ? nullptr : std::make_unique<TlsConnection>(*wire_, ssl)) {}

IoStatus Transport::handshake() {
    return tls_ ? tls_->handshake() : IoStatus::ok;
}

IoStatus Transport::read(std::span<char> into, std::size_t& size) {
    if (tls_) {
        return tls_->read(into, size);
    }
    size = 0;
    const ssize_t got = wire_->read(into);
    if (got > 0) {
        size = static_cast<std::size_t>(got);
        return IoStatus::ok;
    }
    return got == 0 ? IoStatus::ended : status_of_errno(IoStatus::want_read);
}

IoStatus Transport::write(std::string_view bytes, std::size_t& size) {
    if (tls_) {
        return tls_->write(bytes, size);
    }
    size = 0;
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
    if (tls_) {
        tls_->close();
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
