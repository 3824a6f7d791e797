// One connection to the broker, over TLS or plain, that never blocks.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

#include "base/result.hpp"
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
    // Fails with one clear line: an unknown host, an unreadable CA file.
    static ResultOf<Target, std::string> make(const std::string& host, std::uint16_t port,
                                              const std::string& ca_file, bool plain);
    // A socket whose connect is under way; none when it failed at once (errno).
    Fd open_socket() const;
    // Null for plain connections.
    SslPointer new_ssl(Wire& wire) const;

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

    // What can be had without waiting, appended; false when the peer is gone. More may wait in the
    // socket: the descriptor then stays readable.
    bool read(std::string& into);
    // Sends what it can and keeps the rest; false when the peer is gone.
    bool write(std::string_view bytes);
    bool wants_write() const { return wants_write_ || wire_->has_unsent(); }
    const std::string& failure() const { return failure_; }
    // What a later connection may go on with; null for plain ones.
    SslSessionPointer session() const;
    bool is_resumed() const { return ssl_ && SSL_session_reused(ssl_.get()) == 1; }

  private:
    enum class Phase : std::uint8_t { connecting, handshaking, open, broken };

    Progress broken(std::string why);
    Progress handshake();
    bool flush();
    int send_some(std::string_view bytes);
    int read_some(char* into, std::size_t size);
    bool must_wait(int result);

    std::unique_ptr<Wire> wire_;  // closed after the SSL over it is freed
    SslPointer ssl_;
    bool is_plain_;
    Phase phase_ = Phase::connecting;
    bool wants_write_ = true;
    std::string unsent_;
    std::string failure_;
};

}  // namespace treeline
