// Keep-alive of an app's WebSocket: our pings and their answers.
#pragma once

#include "base/time.hpp"

namespace treeline {

// Owned by one session. Idle until start().
class KeepAlive {
  public:
    explicit KeepAlive(Millis interval) : interval_(interval) {}

    void start(SteadyTime now) { next_ping_ = now + interval_; }
    void answered() { unanswered_ = 0; }
    SteadyTime deadline() const { return next_ping_; }

    enum class Due { nothing, ping, dead };
    // Dead: two pings have gone unanswered for an interval each.
    Due expire(SteadyTime now);

  private:
    Millis interval_;
    SteadyTime next_ping_ = steady_time_max;
    int unanswered_ = 0;
};

}  // namespace treeline
