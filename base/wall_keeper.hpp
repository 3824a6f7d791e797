// WallKeeper: wall time that never steps back, out of readings of a clock that does.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/time.hpp"

namespace treeline {

// Any thread.
class WallKeeper {
  public:
    // Both clocks, the wall read first. The wall part of the answer is the greater of the reading
    // and the monotonic projection of the greatest one so far.
    Now keep(UnixTime wall, SteadyTime steady) {
        const std::int64_t offset =
            wall.time_since_epoch().count() - steady.time_since_epoch().count();
        std::int64_t seen = offset_ms_max_.load(std::memory_order_relaxed);
        while (seen < offset && !offset_ms_max_.compare_exchange_weak(seen, offset)) {
        }
        const std::int64_t greatest = seen < offset ? offset : seen;
        return {steady, UnixTime(steady.time_since_epoch() + Millis(greatest))};
    }

  private:
    // The greatest offset wall - steady seen so far.
    std::atomic<std::int64_t> offset_ms_max_{INT64_MIN};
};

}  // namespace treeline
