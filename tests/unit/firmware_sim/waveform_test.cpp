// What a simulated sensor measures, and how long a device waits before it tries again.
#include "firmware-sim/waveform.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "firmware-sim/backoff.hpp"
#include "firmware-sim/random.hpp"

namespace treeline {
namespace {

using namespace std::chrono_literals;

Waveform between(Wave wave, double low, double high) {
    return {.wave = wave, .low = low, .high = high, .period = 1'000ms};
}

TEST(Waveform, a_sine_begins_in_the_middle_and_peaks_after_a_quarter) {
    const Waveform sine = between(Wave::sine, -10, 30);
    EXPECT_NEAR(sample(sine, 0ms, 0), 10, 1e-9);
    EXPECT_NEAR(sample(sine, 250ms, 0), 30, 1e-9);
    EXPECT_NEAR(sample(sine, 750ms, 0), -10, 1e-9);
}

TEST(Waveform, a_square_is_high_in_its_first_half) {
    const Waveform square = between(Wave::square, 0, 1);
    EXPECT_EQ(sample(square, 499ms, 0), 1);
    EXPECT_EQ(sample(square, 500ms, 0), 0);
    EXPECT_EQ(sample(square, 1'000ms, 0), 1);
}

TEST(Waveform, a_ramp_rises_and_falls_back_at_once) {
    const Waveform ramp = between(Wave::ramp, 0, 100);
    EXPECT_NEAR(sample(ramp, 10ms, 0), 1, 1e-9);
    EXPECT_NEAR(sample(ramp, 990ms, 0), 99, 1e-9);
    EXPECT_NEAR(sample(ramp, 1'010ms, 0), 1, 1e-9);
}

TEST(Waveform, a_constant_is_its_high_value) {
    EXPECT_EQ(sample(between(Wave::constant, 1, 21.5), 123ms, 0.7), 21.5);
}

RC_GTEST_PROP(Waveform, never_leaves_its_bounds, ()) {
    const auto wave =
        *rc::gen::element(Wave::sine, Wave::square, Wave::ramp, Wave::random, Wave::constant);
    const auto elapsed = *rc::gen::inRange(0, 100'000'000);
    const double chance = SeededRandom(*rc::gen::arbitrary<std::uint64_t>()).unit();
    const double value = sample(between(wave, -5, 7), Millis(elapsed), chance);
    RC_ASSERT(value >= -5 && value <= 7);
}

TEST(Waveform, values_are_written_with_two_decimals) {
    EXPECT_EQ(as_text(21.5), "21.50");
    EXPECT_EQ(as_text(-0.126), "-0.13");
}

TEST(Backoff, doubles_up_to_its_maximum_and_begins_anew_after_a_success) {
    Backoff backoff(100ms, 500ms);
    EXPECT_EQ(backoff.failed(0), 50ms);
    EXPECT_EQ(backoff.failed(0), 100ms);
    EXPECT_EQ(backoff.failed(0), 200ms);
    EXPECT_EQ(backoff.failed(0), 250ms);
    EXPECT_EQ(backoff.failed(0), 250ms);
    backoff.succeeded();
    EXPECT_EQ(backoff.failed(0), 50ms);
}

RC_GTEST_PROP(Backoff, waits_between_half_of_the_step_and_the_step, (std::uint64_t seed)) {
    SeededRandom random(seed);
    Backoff backoff(100ms, 3'000ms);
    for (const Millis step : {100ms, 200ms, 400ms, 800ms, 1'600ms, 3'000ms, 3'000ms}) {
        const Millis waited = backoff.failed(random.unit());
        RC_ASSERT(waited >= step / 2 && waited <= step);
    }
}

TEST(SeededRandom, the_same_seed_gives_the_same_numbers) {
    SeededRandom one(7);
    SeededRandom same(7);
    SeededRandom other(8);
    EXPECT_EQ(one.next(), same.next());
    EXPECT_NE(one.next(), other.next());
}

}  // namespace
}  // namespace treeline
