// Flood watch and flood gate.
#include "broker/session/flood.hpp"

#include <algorithm>

namespace treeline {

namespace {

constexpr Millis second{1'000};
constexpr double unbearable_factor = 10;
constexpr Millis unbearable_max{10'000};

}  // namespace

// A window ends with the first event a second or more after it began; its rate is over the time it
// really took, so a pause breaks the row.
void FloodWatch::roll(SteadyTime now) {
    const Millis took = now - window_;
    if (took < second) {
        return;
    }
    const double allowed = per_second_max_ * static_cast<double>(took.count()) / 1'000.0;
    if (static_cast<double>(counted_) < allowed) {
        since_ = now;
    }
    window_ = now;
    counted_ = 0;
}

void FloodWatch::count(SteadyTime now) {
    roll(now);
    ++counted_;
}

Millis FloodWatch::lasting(SteadyTime now) const {
    return now - since_;
}

FloodGate::FloodGate(double per_second, double burst)
    : per_second_(per_second),
      burst_(std::max(burst, 1.0)),  // a bucket that holds no frame would let none through
      tokens_(burst_),
      watch_(per_second * unbearable_factor) {}

void FloodGate::refill(SteadyTime now) {
    const double seconds = static_cast<double>((now - refilled_).count()) / 1'000.0;
    tokens_ = std::min(burst_, tokens_ + seconds * per_second_);
    refilled_ = now;
}

FloodGate::Verdict FloodGate::take(SteadyTime now) {
    if (per_second_ <= 0) {
        return Verdict::pass;
    }
    refill(now);
    watch_.count(now);
    if (tokens_ >= 1) {
        tokens_ -= 1;
        return Verdict::pass;
    }
    if (watch_.lasting(now) >= unbearable_max) {
        return Verdict::close;
    }
    if (now < say_from_) {
        return Verdict::drop;
    }
    say_from_ = now + second;
    return Verdict::drop_and_say;
}

}  // namespace treeline
