// Who may see what in a load, and whether exactly that arrived, once and in order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "firmware-sim/load/payload.hpp"

namespace treeline::load {

// All counts are of single deliveries: a message to ten receivers is ten.
struct Tally {
    std::uint64_t sent = 0;       // messages, whatever the number of their receivers
    std::uint64_t expected = 0;   // deliveries of them
    std::uint64_t delivered = 0;  // to whom they are for, each once
    std::uint64_t lost = 0;       // known once the ledger is closed
    std::uint64_t lagged = 0;     // of the lost: those that the server said it had folded
    std::uint64_t reordered = 0;  // of the delivered: after a later one
    std::uint64_t duplicated = 0;
    std::uint64_t misrouted = 0;  // to somebody who may not see them, or in another's name
    std::uint64_t unreadable = 0;

    bool is_clean() const {
        return misrouted == 0 && unreadable == 0 && duplicated == 0 && reordered == 0 &&
               lost <= lagged;
    }
};

enum class Verdict : std::uint8_t { delivered, reordered, duplicated, misrouted, unreadable };

// Owned by one thread.
class Ledger {
  public:
    static constexpr std::uint64_t unnamed = 0;  // the protocol doesn't say whose value it is

    // `receiver` may see what is of `device`, which the server calls `name`.
    void allow(std::size_t receiver, std::uint32_t tenant, std::uint32_t device,
               std::uint64_t name);
    // The next message of a device; its sequence.
    std::uint64_t send(std::uint32_t device);
    // A receiver got `payload`, which the server says is of the device called `name`.
    // `mark` is what the payload says, where it could be read.
    Verdict receive(std::size_t receiver, std::uint64_t name, std::string_view payload, Mark& mark);
    void lagged(std::uint64_t dropped) { tally_.lagged += dropped; }

    const Tally& tally() const { return tally_; }
    // The tally with what is lost, now that nothing more comes.
    Tally closed() const;

  private:
    struct Stream {  // of one device to one receiver
        std::uint32_t tenant = 0;
        std::uint64_t name = unnamed;
        std::uint64_t next = 1;
        std::vector<std::pair<std::uint64_t, std::uint64_t>> gaps;  // [first, last], all < next
    };
    static std::uint64_t key(std::size_t receiver, std::uint32_t device) {
        return static_cast<std::uint64_t>(receiver) << 32U | device;
    }
    static Verdict take(Stream& stream, std::uint64_t sequence);
    static bool fill(Stream& stream, std::uint64_t sequence);
    Verdict judge(std::size_t receiver, std::uint64_t name, const Mark& mark);

    std::unordered_map<std::uint64_t, Stream> streams_;
    std::vector<std::uint64_t> sequences_;  // of each device: the last one sent
    std::vector<std::uint32_t> receivers_;  // of each device: how many
    Tally tally_;
};

}  // namespace treeline::load
