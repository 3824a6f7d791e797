// TlsConnection: TLS over a wire. OpenSSL shakes hands; the records of TLS 1.3 are ours from then
// on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

#include "net/wire.hpp"
#include "proto/tls/record_stream.hpp"

namespace treeline {

enum class IoStatus : std::uint8_t {
    ok,
    want_read,   // go on when the descriptor can be read
    want_write,  // go on when it can be written
    ended,       // the peer closed, orderly or not
    failed,      // the stream is lost: nothing may be written any more
};
// Of a call on a socket that failed, by errno.
IoStatus status_of_errno(IoStatus when_blocked);

// OpenSSL agrees on versions, suites and secrets, and checks certificates. When its handshake is
// done and it was TLS 1.3, its SSL is freed, which is most of what a silent connection weighs, and
// records are sealed and opened by proto/tls, at a third of the cost. A connection of TLS 1.2
// stays OpenSSL's. docs/adr/0011. Owned by one thread at a time; moves with its connection.
class TlsConnection {
  public:
    // What the context of all connections needs for that; without it they stay OpenSSL's.
    static void hand_over_after_handshake(SSL_CTX* context);

    // Takes `ssl`. The wire must outlive this.
    TlsConnection(Wire& wire, SSL* ssl);
    ~TlsConnection();
    TlsConnection(const TlsConnection&) = delete;
    TlsConnection& operator=(const TlsConnection&) = delete;

    // Call again until it is something else than want_read or want_write.
    IoStatus handshake();
    bool is_open() const { return is_open_; }

    // Once before the reads and writes of a turn: an error that anything else of OpenSSL has left
    // behind on this thread would be taken for theirs. They leave none; clearing costs 800
    // instructions.
    static void forget_errors();
    // ok: `size` bytes were read.
    IoStatus read(std::span<char> into, std::size_t& size);
    // Is there something to read that the descriptor knows nothing of?
    bool has_pending() const;
    // ok: `size` >= 1 bytes were taken, and are sealed; what the socket did not take of them is
    // unsent on the wire. After want_write, call again with the same bytes.
    IoStatus write(std::string_view bytes, std::size_t& size);
    // Says goodbye as far as the socket takes it.
    void close();

    // Why a handshake failed, for people.
    std::string failure() const;
    // The SSL of the handshake; null once it is handed over.
    SSL* ssl() const { return ssl_.get(); }

  private:
    struct FreeSsl {
        void operator()(SSL* ssl) const { SSL_free(ssl); }
    };
    struct Handover;

    static void on_secret(const SSL* ssl, const char* line);
    static void on_message(int written, int version, int type, const void* bytes, std::size_t size,
                           SSL* ssl, void* handover);
    static int handover_slot();

    IoStatus status_of(int result);
    void take_over();
    IoStatus read_records(std::span<char> into, std::size_t& size);
    bool put(std::string_view records);

    Wire& wire_;
    std::unique_ptr<Handover> handover_;  // while hands are shaken
    std::unique_ptr<SSL, FreeSsl> ssl_;
    std::unique_ptr<proto::tls::RecordStream> records_;
    unsigned long error_ = 0;  // OpenSSL's, when it failed
    bool is_open_ = false;
    bool failed_ = false;
    bool is_starved_ = false;  // OpenSSL wants more before it can tell anything
};

}  // namespace treeline
