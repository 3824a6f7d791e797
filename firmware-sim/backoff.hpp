// How long to wait before the next attempt to connect.
#pragma once

#include <algorithm>

#include "base/time.hpp"

namespace treeline {

// Doubles with every failure, up to a maximum; the jitter keeps a fleet from coming back at once.
// Owned by one device.
class Backoff {
  public:
    Backoff(Millis first, Millis max) : first_(first), max_(max), next_(first) {}

    // Between half of the step and the step. `chance`: 0 <= chance < 1.
    Millis failed(double chance) {
        const Millis step = next_;
        next_ = std::min(next_ * 2, max_);
        return step / 2 + Millis(static_cast<Millis::rep>(
                              chance * static_cast<double>((step - step / 2).count())));
    }
    void succeeded() { next_ = first_; }

  private:
    Millis first_;
    Millis max_;
    Millis next_;
};

}  // namespace treeline
