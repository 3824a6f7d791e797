// Transport: one connection's bytes, through TLS or (tests, boards) without it. Never blocks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "net/tls_connection.hpp"
#include "net/wire.hpp"

namespace treeline {

// Owned by one shard; moves with its connection.
class Transport {
  public:
    // `ssl`: null for plain TCP. Takes both.
    Transport(Fd socket, SSL* ssl);

    IoStatus handshake();  // ok at once without TLS
    // ok: `size` bytes were read.
    IoStatus read(std::span<char> into, std::size_t& size);
    // Is there something to read that the descriptor knows nothing of?
    bool has_pending() const { return tls_ ? tls_->has_pending() : wire_->has_arrived(); }
    // ok: `size` >= 1 bytes were taken, and what the socket didn't take of them is unsent (only
    // under TLS). After want_write, call again with the same bytes.
    IoStatus write(std::string_view bytes, std::size_t& size);
    // What is sealed and unsent is written first. ok: all of it is out; `size`: bytes now taken.
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
    bool encrypted() const { return tls_ != nullptr; }

  private:
    std::unique_ptr<Wire> wire_;  // closed after the TLS over it is gone
    std::unique_ptr<TlsConnection> tls_;
};

}  // namespace treeline
