#include "firmware-sim/connection.hpp"

#include <array>
#include <cerrno>
#include <cstring>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

namespace treeline {
namespace {

bool is_address(const std::string& host) {
    std::array<unsigned char, 16> ignored{};
    return inet_pton(AF_INET, host.c_str(), ignored.data()) == 1 ||
           inet_pton(AF_INET6, host.c_str(), ignored.data()) == 1;
}

SslContextPointer make_context(const std::string& ca_file, Target::Security security) {
    SslContextPointer context(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                        SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                        SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(context.get(), 1);           // one system call for all that has come
    if (security != Target::Security::resumable_tls) {  // the tickets come to OpenSSL alone
        TlsConnection::hand_over_after_handshake(context.get());
    }
    const int loaded = ca_file.empty()
                           ? SSL_CTX_set_default_verify_paths(context.get())
                           : SSL_CTX_load_verify_locations(context.get(), ca_file.c_str(), nullptr);
    return loaded == 1 ? std::move(context) : nullptr;
}

}  // namespace

void Target::AddressFree::operator()(addrinfo* list) const {
    freeaddrinfo(list);
}

ResultOf<Target, std::string> Target::make(const std::string& host, std::uint16_t port,
                                           const std::string& ca_file, Security security) {
    Target target;
    target.host_ = host;
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int failed = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
    if (failed != 0) {
        return "cannot find " + host + ": " + gai_strerror(failed);
    }
    target.address_.reset(found);
    if (security != Security::plain) {
        target.context_ = make_context(ca_file, security);
        if (!target.context_) {
            return "cannot read the CA certificates of " + ca_file;
        }
    }
    return target;
}

Fd Target::open_socket() const {
    Fd opened(socket(address_->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const int on = 1;
    setsockopt(opened.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(opened.get(), address_->ai_addr, address_->ai_addrlen) != 0 &&
        errno != EINPROGRESS) {
        return Fd();
    }
    return opened;
}

std::unique_ptr<TlsConnection> Target::secure(Wire& wire, SSL_SESSION* session) const {
    if (!context_ || !wire.socket()) {
        return nullptr;
    }
    SslPointer ssl(SSL_new(context_.get()));
    if (is_address(host_)) {
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), host_.c_str());
    } else {
        SSL_set1_host(ssl.get(), host_.c_str());
        SSL_set_tlsext_host_name(ssl.get(), host_.c_str());
    }
    SSL_set_connect_state(ssl.get());
    if (session != nullptr) {
        SSL_set_session(ssl.get(), session);
    }
    return std::make_unique<TlsConnection>(wire, ssl.release());
}

Connection::Connection(const Target& target, SSL_SESSION* session)
    : wire_(std::make_unique<Wire>(target.open_socket())), tls_(target.secure(*wire_, session)) {
    if (!wire_->socket()) {
        broken(std::strerror(errno));
    }
}

SslSessionPointer Connection::session() const {
    return SslSessionPointer(ssl() != nullptr ? SSL_get1_session(ssl()) : nullptr);
}

Connection::~Connection() {
    if (tls_) {
        tls_->close();
    }
}

Connection::Progress Connection::broken(std::string why) {
    phase_ = Phase::broken;
    failure_ = std::move(why);
    return Progress::failed;
}

Connection::Progress Connection::advance() {
    if (phase_ == Phase::broken) {
        return Progress::failed;
    }
    if (phase_ == Phase::connecting) {
        int error = 0;
        socklen_t size = sizeof error;
        getsockopt(descriptor(), SOL_SOCKET, SO_ERROR, &error, &size);
        if (error != 0) {
            return broken(std::strerror(error));
        }
        phase_ = Phase::handshaking;
    }
    return handshake();
}

Connection::Progress Connection::handshake() {
    const IoStatus status = tls_ ? tls_->handshake() : IoStatus::ok;
    if (status == IoStatus::want_read || status == IoStatus::want_write) {
        wants_write_ = status == IoStatus::want_write;
        return Progress::waiting;
    }
    if (status != IoStatus::ok) {
        return broken(tls_->failure());
    }
    wants_write_ = false;
    phase_ = Phase::open;
    return Progress::opened;
}

IoStatus Connection::read_some(std::span<char> into, std::size_t& size) {
    if (tls_) {
        return tls_->read(into, size);
    }
    const ssize_t got = wire_->read(into);
    size = got > 0 ? static_cast<std::size_t>(got) : 0;
    return got > 0    ? IoStatus::ok
           : got == 0 ? IoStatus::ended
                      : status_of_errno(IoStatus::want_read);
}

IoStatus Connection::write_some(std::string_view bytes, std::size_t& size) {
    if (tls_) {
        return tls_->write(bytes, size);
    }
    const ssize_t sent = wire_->write(bytes);
    size = sent > 0 ? static_cast<std::size_t>(sent) : 0;
    return sent >= 0 ? IoStatus::ok : status_of_errno(IoStatus::want_write);
}

bool Connection::read(std::string& into) {
    std::array<char, 16'896> buffer;  // NOLINT: filled before it is read
    do {
        std::size_t size = 0;
        const IoStatus status = read_some(buffer, size);
        if (status == IoStatus::want_read || status == IoStatus::want_write) {
            return flush();
        }
        if (status != IoStatus::ok) {
            return false;
        }
        into.append(buffer.data(), size);
    } while (has_pending());
    return true;
}

bool Connection::write(std::string_view bytes) {
    unsent_ += bytes;
    return flush();
}

bool Connection::flush() {
    wants_write_ = false;
    if (wire_->has_unsent() && wire_->send_unsent() < 0 && errno != EAGAIN && errno != EINTR) {
        return false;
    }
    while (!unsent_.empty()) {
        std::size_t size = 0;
        const IoStatus status = write_some(unsent_, size);
        if (status != IoStatus::ok) {
            wants_write_ = status == IoStatus::want_write;
            return wants_write_ || status == IoStatus::want_read;
        }
        unsent_.erase(0, size);
    }
    return true;
}

}  // namespace treeline
