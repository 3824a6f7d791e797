#include "firmware-sim/waveform.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <numbers>
#include <utility>

namespace treeline {
namespace {

constexpr std::array<std::pair<std::string_view, Wave>, 5> names{{{"sine", Wave::sine},
                                                                  {"square", Wave::square},
                                                                  {"ramp", Wave::ramp},
                                                                  {"random", Wave::random},
                                                                  {"constant", Wave::constant}}};

// Where in its period the wave stands, 0 <= result < 1.
double phase_of(const Waveform& waveform, Millis elapsed) {
    return static_cast<double>(elapsed.count() % waveform.period.count()) /
           static_cast<double>(waveform.period.count());
}

// The height between low (0) and high (1).
double height(const Waveform& waveform, Millis elapsed, double chance) {
    switch (waveform.wave) {
        case Wave::sine:
            return (1 + std::sin(2 * std::numbers::pi * phase_of(waveform, elapsed))) / 2;
        case Wave::square:
            return phase_of(waveform, elapsed) < 0.5 ? 1 : 0;
        case Wave::ramp:
            return phase_of(waveform, elapsed);
        case Wave::random:
            return chance;
        case Wave::constant:
            break;
    }
    return 1;
}

}  // namespace

std::optional<Wave> wave_named(std::string_view name) {
    for (const auto& [known, wave] : names) {
        if (known == name) {
            return wave;
        }
    }
    return std::nullopt;
}

double sample(const Waveform& waveform, Millis elapsed, double chance) {
    return waveform.low + (waveform.high - waveform.low) * height(waveform, elapsed, chance);
}

std::string as_text(double value) {
    std::array<char, 64> buffer{};
    const int size = std::snprintf(buffer.data(), buffer.size(), "%.2f", value);
    return {buffer.data(), static_cast<std::size_t>(size)};
}

}  // namespace treeline
