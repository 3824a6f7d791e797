// The two clocks, and the one place that reads them. Every machine is told the time; none asks.
#pragma once

#include <chrono>
#include <cstdint>

namespace treeline {

using Millis = std::chrono::milliseconds;
// Wall time: what people and wires see. Milliseconds since 1970 UTC.
using UnixTime = std::chrono::sys_time<Millis>;
// Time that never steps back: for deadlines and durations.
using SteadyTime = std::chrono::time_point<std::chrono::steady_clock, Millis>;

inline constexpr UnixTime unix_time_max = UnixTime::max();
inline constexpr SteadyTime steady_time_max = SteadyTime::max();

// One reading of both clocks, handed to every machine of a turn.
struct Now {
    SteadyTime steady;
    UnixTime wall;
};

inline std::int64_t to_unix_ms(UnixTime time) {
    return time.time_since_epoch().count();
}
inline UnixTime from_unix_ms(std::int64_t ms) {
    return UnixTime(Millis(ms));
}

// Any thread. The wall part never runs backwards within a process: it is the greater of the
// system's clock and the monotonic projection of the greatest wall time seen (PRM-18: an NTP step
// back must not lengthen a membership).
Now read_clock();

// Any thread. Microseconds that never step back: for the trace and for measuring only.
inline std::int64_t steady_micros() {
    using std::chrono::duration_cast;
    using std::chrono::microseconds;
    return duration_cast<microseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace treeline
