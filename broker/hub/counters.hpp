// Plain per-shard counters, read by mail at scrape; no tenant names.
#pragma once

#include <array>
#include <cstdint>

namespace treeline {

// Upper edges in microseconds; the last bucket is open.
inline constexpr std::array<std::uint64_t, 12> histogram_edges_us{
    100, 250, 500, 1'000, 2'500, 5'000, 10'000, 25'000, 50'000, 100'000, 500'000, 1'000'000};
struct Histogram {
    std::array<std::uint64_t, histogram_edges_us.size() + 1> buckets{};
    std::uint64_t count = 0;
    std::uint64_t sum_us = 0;
    std::uint64_t max_us = 0;
    void add(std::uint64_t us);
    void merge(const Histogram& other);
};

struct ShardCounters {
    std::uint64_t devices = 0, apps = 0, watches = 0;  // gauges
    std::uint64_t values_in = 0, values_delivered = 0, values_folded = 0, values_spilled = 0;
    std::uint64_t downlinks = 0, downlinks_folded = 0, downlinks_revoked = 0;
    std::uint64_t watches_ended = 0, items_revoked = 0, seats_swept = 0, resets = 0;
    std::uint64_t logins = 0, logins_refused = 0;
    std::uint64_t denied_not_found = 0, denied_forbidden = 0;
    std::uint64_t world = 0, settled = 0;  // revisions
    std::uint64_t lane_depth = 0;          // gauge: mails waiting here
};

}  // namespace treeline
