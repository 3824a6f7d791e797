// What a simulated sensor measures at a moment.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace treeline {

enum class Wave { sine, square, ramp, random, constant };

std::optional<Wave> wave_named(std::string_view name);

struct Waveform {
    Wave wave = Wave::sine;
    double low = 0;
    double high = 100;      // low <= result <= high
    Millis period{60'000};  // of sine, square and ramp; above zero
};

// `elapsed`: since the device began. `chance`: 0 <= chance < 1, used by `random` only.
// A constant is `high`; a square is high in its first half; a ramp rises and falls back at once.
double sample(const Waveform& waveform, Millis elapsed, double chance);

// With two decimals, as firmware prints a float.
std::string as_text(double value);

}  // namespace treeline
