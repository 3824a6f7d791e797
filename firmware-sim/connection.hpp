// One connection to the broker, over TLS or plain, that never blocks.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

#include "base/result.hpp"
#include "net/tls_connection.hpp"
#include "net/wire.hpp"

struct addrinfo;

namespace treeline {

struct SslFree {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};
using SslPointer = std::unique_ptr<SSL, SslFree>;
using SslContextPointer = std::unique_ptr<SSL_CTX, SslFree>;
using SslSessionPointer = std::unique_ptr<SSL_SESSION, SslFree>;

// Where to connect, resolved once at the start.
class Target {
  public:
    enum class Security : std::uint8_t {
        plain,
        tls,
        resumable_tls,  // connections have a session to go on with, and cost more
    };
    // Fails with one clear line: an unknown host, an unreadable CA file.
    static ResultOf<Target, std::string> make(const std::string& host, std::uint16_t port,
                                              const std::string& ca_file, Security security);
    // A socket whose connect is under way; none when it failed at once (errno).
    Fd open_socket() const;
    // Null for plain connections. The wire must outlive it.
    std::unique_ptr<TlsConnection> secure(Wire& wire, SSL_SESSION* session) const;

  private:
    struct AddressFree {
        void operator()(addrinfo* list) const;
    };
    std::string host_;
    std::unique_ptr<addrinfo, AddressFree> address_;
    SslContextPointer context_;
};

// Owned by one device; closes on destruction.
class Connection {
  public:
    // Goes on with `session` (of an earlier connection) where the broker allows it.
    explicit Connection(const Target& target, SSL_SESSION* session = nullptr);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    enum class Progress : std::uint8_t { waiting, opened, failed };
    // Goes on with connect and handshake; `opened` once, when bytes may be sent.
    Progress advance();
    bool is_open() const { return phase_ == Phase::open; }
    int descriptor() const { return wire_->socket().get(); }
    // For batches of many connections.
    Wire& wire() { return *wire_; }

    // Is there something to read that the descriptor knows nothing of?
    bool has_pending() const { return tls_ ? tls_->has_pending() : wire_->has_arrived(); }
    // What can be had without waiting, appended; false when the peer is gone. More may wait in the
    // socket: the descriptor then stays readable.
    bool read(std::string& into);
    // Sends what it can and keeps the rest; false when the peer is gone.
    bool write(std::string_view bytes);
    bool wants_write() const { return wants_write_ || wire_->has_unsent(); }
    const std::string& failure() const { return failure_; }
    // What a later connection may go on with; null where the target is not for it.
    SslSessionPointer session() const;
    bool is_resumed() const { return ssl() != nullptr && SSL_session_reused(ssl()) == 1; }

  private:
    enum class Phase : std::uint8_t { connecting, handshaking, open, broken };

    Progress broken(std::string why);
    Progress handshake();
    bool flush();
    IoStatus read_some(std::span<char> into, std::size_t& size);
    IoStatus write_some(std::string_view bytes, std::size_t& size);
    SSL* ssl() const { return tls_ ? tls_->ssl() : nullptr; }

    std::unique_ptr<Wire> wire_;  // closed after the TLS over it is gone
    std::unique_ptr<TlsConnection> tls_;
    Phase phase_ = Phase::connecting;
    bool wants_write_ = true;
    std::string unsent_;
    std::string failure_;
};

}  // namespace treeline
