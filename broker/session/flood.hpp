// Too much of something: how much is let through, and how long it has been far too much.
#pragma once

#include <cstdint>

#include "base/time.hpp"

namespace treeline {

// How often something may come a second, and since when it has come oftener, second after second.
// Owned by one session.
class FloodWatch {
  public:
    explicit FloodWatch(double per_second_max) : per_second_max_(per_second_max) {}

    void count(SteadyTime now);
    // Within the second that runs, as many have come as may.
    bool is_over() const { return static_cast<double>(counted_) > per_second_max_; }
    // Every second since was at the limit or over it; 0 when the last one was not.
    Millis lasting(SteadyTime now) const;

  private:
    void roll(SteadyTime now);

    double per_second_max_;
    SteadyTime window_{};  // when the second that runs began
    SteadyTime since_{};   // when the first of the full seconds in a row began
    std::uint64_t counted_ = 0;
};

// A device's frames: a token bucket, and what to do with those that find it empty.
// Owned by one session.
class FloodGate {
  public:
    // A rate of 0: everything passes.
    FloodGate(double per_second, double burst);

    enum class Verdict : std::uint8_t {
        pass,
        drop,
        drop_and_say,  // the first to be dropped in this second
        close,         // ten times the rate for ten seconds
    };
    Verdict take(SteadyTime now);

  private:
    void refill(SteadyTime now);

    double per_second_;
    double burst_;
    double tokens_;  // INVARIANT: 0 <= tokens_ <= burst_
    SteadyTime refilled_{};
    SteadyTime say_from_ = SteadyTime::min();
    FloodWatch watch_;
};

}  // namespace treeline
