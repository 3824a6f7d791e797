// Transport: one connection's bytes, through TLS or (tests, boards) without it. Never blocks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include <openssl/ssl.h>

#include "net/wire.hpp"

namespace treeline {

enum class IoStatus : std::uint8_t {
    ok,
    want_read,   // go on when the descriptor can be read
    want_write,  // go on when it can be written
    ended,       // the peer closed, orderly or not
    failed,      // the stream is lost: nothing may be written any more
};

// Owned by one shard; moves with its connection.
class Transport {
  public:
    // `ssl`: null for plain TCP. Takes both.
    Transport(Fd socket, SSL* ssl);

    // Once before the reads and writes of a turn: an error that anything else of OpenSSL has left
    // behind on this thread would be taken for theirs. They leave none; clearing costs 800
    // instructions.
    static void forget_errors();
    IoStatus handshake();  // ok at once without TLS
    // ok: `size` bytes were read.
    IoStatus read(std::span<char> into, std::size_t& size);
    // Is there something to read that the descriptor knows nothing of?
    bool has_pending() const {
        return wire_->has_arrived() || (ssl_ && SSL_has_pending(ssl_.get()) == 1);
    }
    // ok: `size` >= 1 bytes were taken. After want_write, call again with the same bytes.
    IoStatus write(std::string_view bytes, std::size_t& size);
    // What a batch has left is written first. ok: all of it is out; `size`: bytes now taken.
    IoStatus write_unsent(std::size_t& size);
    // Says goodbye as far as the socket takes it, and sends no more. Never waits for the peer.
    void finish();
    // Throws away what comes. False when the peer is done as well.
    bool drain(std::span<char> scratch);
    // The close sends RST, and what waits in the kernel is lost on purpose.
    void abort();

    Wire& wire() { return *wire_; }
    const Fd& socket() const { return wire_->socket(); }
    bool has_unsent() const { return wire_->has_unsent(); }
    bool encrypted() const { return ssl_ != nullptr; }

  private:
    struct FreeSsl {
        void operator()(SSL* ssl) const { SSL_free(ssl); }
    };
    IoStatus status_of(int result);
    std::unique_ptr<Wire> wire_;  // closed after the SSL over it is freed
    std::unique_ptr<SSL, FreeSsl> ssl_;
    bool failed_ = false;
};

}  // namespace treeline
