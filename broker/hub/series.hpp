// Series: what a pin was worth and what a device reported over time, kept in the values store.
// They are written where last values are, by the writer's thread, and read by a worker: no shard
// has a hand in them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "broker/hub/value_key.hpp"
#include "storage/store.hpp"

namespace treeline {

struct SeriesLimits {
    std::uint32_t values_max = 10'000;  // points per pin and ownership; 0: none is kept
    std::uint32_t events_max = 1'000;   // per device and ownership; at least 1
};

// Owned by the writer's thread.
class SeriesKeeper {
  public:
    SeriesKeeper(const storage::Store& store, const SeriesLimits& limits)
        : store_(store), limits_(limits) {}

    // Goes with a put (storage::Writer::Also): adds the point that a last value also is. About
    // once in an eighth of the limit it drops what is over the limit from the series put to, so
    // that a series is seldom more than a quarter over it.
    void join(std::string_view key, std::string_view value, std::vector<storage::Write>& batch);

  private:
    void trim(const SeriesKey& newest, std::uint32_t points_max,
              std::vector<storage::Write>& batch);
    bool is_turn(std::uint32_t points_max);

    const storage::Store& store_;
    const SeriesLimits limits_;
    std::uint64_t draw_ = 0x9e3779b97f4a7c15u;
};

inline constexpr std::uint64_t series_epochs_max =
    1'000;  // the newest ones of each range asked for

struct EpochRange {
    std::uint64_t from = 0;
    std::uint64_t to = 0;  // inclusive
    bool operator==(const EpochRange&) const = default;
};

struct SeriesQuery {
    SeriesKind kind{};
    DeviceId device{};
    std::vector<EpochRange> epochs;  // disjoint
    Pin pin = 0;
    SeriesPlace from = 0;
    SeriesPlace to = ~SeriesPlace{0};  // exclusive
    SeriesPlace after = 0;             // the last place of the page before; 0: from the start
    std::size_t limit = 0;
};
struct SeriesPage {
    std::map<SeriesPlace, std::string> points;  // as stored
    std::uint64_t total = 0;                    // in [from, to), on all pages
    SeriesPlace next = 0;  // SeriesQuery::after of the next page; 0: there is none
};
// Blocks on the disk. Costs the points in [from, to), which SeriesLimits bounds per ownership.
storage::Result<SeriesPage> read_series(const storage::Store& store, const SeriesQuery& query);

}  // namespace treeline
