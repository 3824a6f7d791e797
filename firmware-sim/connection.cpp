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

SslContextPointer make_context(const std::string& ca_file) {
    SslContextPointer context(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                        SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                        SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(context.get(), 1);  // one system call for all that has come
    const int loaded = ca_file.empty()
                           ? SSL_CTX_set_default_verify_paths(context.get())
                           : SSL_CTX_load_verify_locations(context.get(), ca_file.c_str(), nullptr);
    return loaded == 1 ? std::move(context) : nullptr;
}

std::string last_ssl_error(SSL* ssl) {
    const long verdict = SSL_get_verify_result(ssl);
    if (verdict != X509_V_OK) {
        return X509_verify_cert_error_string(verdict);
    }
    const char* reason = ERR_reason_error_string(ERR_peek_last_error());
    return reason != nullptr ? reason : "connection lost in the handshake";
}

}  // namespace

void Target::AddressFree::operator()(addrinfo* list) const {
    freeaddrinfo(list);
}

ResultOf<Target, std::string> Target::make(const std::string& host, std::uint16_t port,
                                           const std::string& ca_file, bool plain) {
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
    if (!plain) {
        target.context_ = make_context(ca_file);
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

SslPointer Target::new_ssl(Wire& wire) const {
    if (!context_ || !wire.socket()) {
        return nullptr;
    }
    SslPointer ssl(SSL_new(context_.get()));
    BIO* const bio = bio_over(wire);
    SSL_set_bio(ssl.get(), bio, bio);
    if (is_address(host_)) {
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), host_.c_str());
    } else {
        SSL_set1_host(ssl.get(), host_.c_str());
        SSL_set_tlsext_host_name(ssl.get(), host_.c_str());
    }
    SSL_set_connect_state(ssl.get());
    return ssl;
}

Connection::Connection(const Target& target, SSL_SESSION* session)
    : wire_(std::make_unique<Wire>(target.open_socket())),
      ssl_(target.new_ssl(*wire_)),
      is_plain_(!ssl_) {
    if (!wire_->socket()) {
        broken(std::strerror(errno));
    } else if (ssl_ && session != nullptr) {
        SSL_set_session(ssl_.get(), session);
    }
}

SslSessionPointer Connection::session() const {
    return SslSessionPointer(ssl_ ? SSL_get1_session(ssl_.get()) : nullptr);
}

Connection::~Connection() {
    if (ssl_ && is_open()) {
        SSL_shutdown(ssl_.get());
        ERR_clear_error();
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
    if (!is_plain_) {
        ERR_clear_error();
        const int result = SSL_do_handshake(ssl_.get());
        if (result != 1) {
            const std::string why = last_ssl_error(ssl_.get());
            return must_wait(result) ? Progress::waiting : broken(why);
        }
    }
    wants_write_ = false;
    phase_ = Phase::open;
    return Progress::opened;
}

// Also notes what it waits for.
bool Connection::must_wait(int result) {
    if (is_plain_) {
        return errno == EAGAIN || errno == EINTR;
    }
    const int why = SSL_get_error(ssl_.get(), result);
    wants_write_ = why == SSL_ERROR_WANT_WRITE;
    if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) {
        return true;
    }
    ERR_clear_error();  // the next call must not take it for its own
    return false;
}

int Connection::read_some(char* into, std::size_t size) {
    if (is_plain_) {
        return static_cast<int>(wire_->read({into, size}));
    }
    return SSL_read(ssl_.get(), into, static_cast<int>(size));
}

int Connection::send_some(std::string_view bytes) {
    if (is_plain_) {
        return static_cast<int>(wire_->write(bytes));
    }
    return SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
}

bool Connection::read(std::string& into) {
    std::array<char, 16'384> buffer;  // NOLINT: filled before it is read
    do {
        const int size = read_some(buffer.data(), buffer.size());
        if (size <= 0) {
            return must_wait(size) && flush();
        }
        into.append(buffer.data(), static_cast<std::size_t>(size));
    } while (wire_->has_arrived() || (ssl_ && SSL_has_pending(ssl_.get()) == 1));
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
        const int size = send_some(unsent_);
        if (size <= 0) {
            const bool waits = must_wait(size);
            wants_write_ = waits;
            return waits;
        }
        unsent_.erase(0, static_cast<std::size_t>(size));
    }
    return true;
}

}  // namespace treeline
