// What one loop has seen, read on its own thread at a scrape.
#pragma once

#include <cstdint>

#include "broker/hub/counters.hpp"

namespace treeline {

struct EdgeCounters {
    std::uint64_t links = 0;     // gauge
    std::uint64_t io_uring = 0;  // gauge: 1 where many sockets go in one system call
    std::uint64_t accepted = 0, refused_per_address = 0, out_of_descriptors = 0;
    std::uint64_t handshakes = 0, handshakes_failed = 0;
    std::uint64_t http_requests = 0, upgrades = 0, origins_denied = 0, moved_home = 0;
    std::uint64_t logins_unknown = 0;  // well-formed tokens of no device
    std::uint64_t resets = 0, write_stalls = 0, turn_stalls = 0;
    Histogram turn;
};

}  // namespace treeline
