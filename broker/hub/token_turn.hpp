// TokenTurn: a device's new token on its way to it, and who waits to send it the next one.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "broker/hub/shard.hpp"

namespace treeline {

// Owned by the device's home shard. INVARIANT: at most one token is sent on a connection and not
// acknowledged: so it is always known which of two tokens a device may have.
struct TokenTurn {
    struct Asker {
        std::uint32_t shard = 0;
        std::uint64_t ask = 0;
    };
    struct Sent {
        SeatId seat;  // on this connection
        std::uint16_t id = 0;
        TokenHash token{};
    };
    struct Awaited {
        Asker by;
        SteadyTime due{};
    };

    bool is_leased = false;
    std::deque<Asker> waiting;  // for the lease
    std::optional<Sent> sent;   // not acknowledged yet, whether or not somebody still waits
    std::optional<Awaited> awaited;

    bool is_over() const { return !is_leased && waiting.empty() && !sent && !awaited; }
};

}  // namespace treeline
