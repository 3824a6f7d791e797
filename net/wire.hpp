// Wire: one socket's bytes as they are on the network, by themselves or in a batch with others'.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <openssl/bio.h>
#include <sys/types.h>

#include "net/fd.hpp"

namespace treeline {

// Owned by one shard; moves with its connection, and stays where it is in memory.
class Wire {
  public:
    explicit Wire(Fd socket) : socket_(std::move(socket)) {}
    Wire(const Wire&) = delete;
    Wire& operator=(const Wire&) = delete;

    // As recv and send: never wait, -1 with errno. What a batch has brought comes first; what is
    // unsent goes first (EAGAIN until it has).
    ssize_t read(std::span<char> into);
    ssize_t write(std::string_view bytes);

    // From now on what is written is appended there; null: it is sent at once again.
    void divert(std::string* into) { diverted_ = into; }
    std::string* diverted() const { return diverted_; }
    // What a batch has read. The bytes stay the caller's until keep_arrived().
    // REQUIRES: nothing has arrived that is not read yet.
    void arrived(std::string_view bytes);
    // As recv; what came has arrived in the caller's `buffer`. REQUIRES: as above.
    ssize_t receive(std::span<char> buffer);
    // Copies what nobody has read yet.
    void keep_arrived();
    std::string_view arrived() const { return arrived_; }
    bool has_arrived() const { return !arrived_.empty(); }
    // That many bytes of what has arrived are read.
    void consume(std::size_t size);
    // The end of what was to be sent that the socket did not take.
    void keep_unsent(std::string_view rest) { unsent_.append(rest); }
    bool has_unsent() const { return !unsent_.empty(); }
    // As send, of what is unsent; 0 when there is none.
    ssize_t send_unsent();

    const Fd& socket() const { return socket_; }
    bool has_ended() const { return ended_; }

  private:
    Fd socket_;
    bool ended_ = false;  // the peer has closed
    std::string* diverted_ = nullptr;
    std::string_view arrived_;
    std::string kept_;  // INVARIANT: empty, or arrived_ lies in it
    std::string unsent_;
};

// For SSL_set_bio: reads and writes the wire, which must outlive it. Null when out of memory.
BIO* bio_over(Wire& wire);

}  // namespace treeline
