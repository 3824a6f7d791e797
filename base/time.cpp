#include "base/time.hpp"

#include <atomic>

namespace treeline {

namespace {

// The greatest offset wall - steady seen so far, in milliseconds.
std::atomic<std::int64_t> offset_ms_max{INT64_MIN};

}  // namespace

Now read_clock() {
    using std::chrono::floor;
    // The wall first: a thread that is set aside between the two finds too small an offset, which
    // is forgotten. The other way round it would find too great a one, and keep it for ever: all
    // windows would end early by the longest such pause.
    const auto wall = floor<Millis>(std::chrono::system_clock::now());
    const auto steady = floor<Millis>(std::chrono::steady_clock::now());
    const std::int64_t offset = wall.time_since_epoch().count() - steady.time_since_epoch().count();
    std::int64_t seen = offset_ms_max.load(std::memory_order_relaxed);
    while (seen < offset && !offset_ms_max.compare_exchange_weak(seen, offset)) {
    }
    const std::int64_t greatest = seen < offset ? offset : seen;
    return {steady, UnixTime(steady.time_since_epoch() + Millis(greatest))};
}

}  // namespace treeline
