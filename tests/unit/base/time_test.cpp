// The clocks: no step back, and numbers that survive the way to the wire.
#include "base/time.hpp"

#include <gtest/gtest.h>

#include "base/wall_keeper.hpp"

namespace treeline {
namespace {

TEST(Clock, never_runs_backwards) {
    Now before = read_clock();
    for (int i = 0; i < 10'000; ++i) {
        const Now now = read_clock();
        ASSERT_GE(now.wall, before.wall);
        ASSERT_GE(now.steady, before.steady);
        before = now;
    }
}

TEST(Clock, PRM_18_goes_on_by_the_steady_one_when_the_wall_steps_back) {
    WallKeeper keeper;
    const UnixTime noon = from_unix_ms(1'800'000'000'000);
    const SteadyTime start(Millis(7));
    EXPECT_EQ(keeper.keep(noon, start).wall, noon);
    const Millis later(250);
    EXPECT_EQ(keeper.keep(noon - std::chrono::hours(1) + later, start + later).wall, noon + later);
    const UnixTime ahead = noon + std::chrono::hours(2);
    EXPECT_EQ(keeper.keep(ahead, start + 2 * later).wall, ahead) << "a step forward is followed";
}

TEST(Clock, reads_a_wall_time_after_this_was_written) {
    EXPECT_GT(to_unix_ms(read_clock().wall), 1'700'000'000'000);
}

TEST(Clock, gives_milliseconds_back_as_they_were) {
    for (const std::int64_t ms :
         {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1'700'000'000'123}}) {
        EXPECT_EQ(to_unix_ms(from_unix_ms(ms)), ms);
    }
}

}  // namespace
}  // namespace treeline
