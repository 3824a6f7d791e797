// What the broker tells its operators: one row per shard, and the process' own numbers.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "broker/edge/counters.hpp"
#include "broker/hub/counters.hpp"

namespace treeline {

struct ShardReport {
    std::uint32_t index = 0;
    ShardCounters hub;
    EdgeCounters edge;
};
struct MailReport {
    std::uint64_t waiting = 0, parked = 0;
    std::uint64_t sent = 0, deferred = 0, refused = 0, expired = 0, withdrawn = 0;
    std::uint64_t oldest_ms = 0;  // how long the oldest waits
    bool is_paused = false;       // nobody takes mail at the moment
};
struct BrokerReport {
    std::vector<ShardReport> shards;
    std::uint64_t revision = 0;  // published
    std::uint64_t settled = 0;
    std::uint64_t incarnation = 0;
    std::uint64_t accepted = 0, refused = 0, fsyncs = 0, fsync_us = 0, fences = 0;
    std::uint64_t values_lag_ms = 0, values_shed = 0;
    std::uint64_t reloads = 0, reloads_failed = 0;
    Histogram settle;  // from commit to the last shard's adoption
    bool draining = false;
    MailReport mail;
};

// One JSON object on one line.
std::string status_json(const BrokerReport& report);
std::string shards_json(const BrokerReport& report);
// The text exposition format, version 0.0.4. No tenant's name in any label.
std::string metrics_text(const BrokerReport& report);

}  // namespace treeline
