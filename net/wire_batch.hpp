// WireBatch: what comes on many wires, and what goes out on many, in one system call each.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "net/socket_batch.hpp"
#include "net/wire.hpp"

namespace treeline {

// Owned by one thread. Wires are named only within a call: they may go or move in between.
class WireBatch {
  public:
    static constexpr std::size_t size_max = SocketBatch::size_max;

    explicit WireBatch(SocketBatch::Way way = SocketBatch::Way::ring_if_possible) : sockets_(way) {}
    // False where each socket is called by itself.
    bool has_ring() const { return sockets_.has_ring(); }

    // ---- In. Each wire handed in, at most size_max, finds what has come for it. The bytes live
    // until the next call: whoever has not read his by then needs Wire::keep_arrived. A wire whose
    // peer has closed, or that is broken, finds it out by reading.
    void receive(const std::vector<Wire*>& wires);

    // ---- Out. What is written to the wire until end() waits here for send().
    void begin(Wire& wire);
    // Is something of it to go out? REQUIRES: the wire of begin(). Afterwards it sends at once.
    bool end(Wire& wire);
    // As end, and forgets what was written: the stream is lost.
    void drop(Wire& wire);
    // Nothing more should be added before send().
    bool is_full() const;
    std::size_t size() const { return ends_.size(); }
    // Hands the bytes of each, numbered by end(), to the wire that `wire_of` names (null: they are
    // of no use any more). What its socket doesn't take stays with the wire, unsent. False for a
    // wire that is broken. The answer lives until the next call.
    const std::vector<bool>& send(const std::function<Wire*(std::size_t)>& wire_of);

  private:
    SocketBatch sockets_;
    std::vector<SocketIo> calls_;
    std::unique_ptr<char[]> slots_;  // one for each wire that is read
    std::string bytes_;
    std::vector<std::size_t> ends_;  // in bytes_; each begins where the one before ends
    std::vector<bool> intact_;
};

}  // namespace treeline
