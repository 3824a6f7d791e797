// Loads in which peers leave and come back: all at once, or one after the other.
#include <algorithm>

#include "base/time.hpp"
#include "firmware-sim/load/traffic.hpp"

namespace treeline::load {

// All but the witnesses drop at once and come back as fast as they can, while the witnesses go on.
// What is measured ends when all are back, or after the time for connecting.
void Traffic::storm() {
    begin_measuring();
    for (std::size_t peer = layout_.stormers; peer < peers_.size(); ++peer) {
        leave(peer);
        enqueue(peer);
    }
    const std::int64_t end_us = measure_began_us_ + plan_.connect_max.count() * 1'000;
    while (seated_ < peers_.size() && steady_micros() < end_us && turn(end_us)) {
    }
    if (seated_ < peers_.size()) {
        result_.failure = std::to_string(peers_.size() - seated_) + " devices are not back in time";
    }
    result_.back_seconds = static_cast<double>(steady_micros() - measure_began_us_) / 1e6;
    end_measuring();
}

// Each device leaves as soon as it has logged in, and comes back at its turn.
void Traffic::log_in_and_out() {
    is_leaving_at_once_ = true;
    for (std::size_t peer = 0; peer < peers_.size(); ++peer) {
        leave(peer);
        enqueue(peer);
    }
    pass(plan_.warmup);
    begin_measuring();
    pass(plan_.duration);
    end_measuring();
}

// A device that writes leaves at random, once what it has sent has arrived, and comes back.
void Traffic::churn(std::int64_t now_us) {
    if (plan_.scenario != Scenario::churn || !is_flowing_) {
        return;
    }
    const double elapsed_s = static_cast<double>(now_us - flow_began_us_) / 1e6;
    while (static_cast<double>(left_) < elapsed_s * plan_.leaving_per_second) {
        ++left_;
        const std::size_t index = random_.next() % flows_.size();
        Flow& flow = flows_[index];
        if (!flow.is_leaving && peers_[flow.plan.sender].state == State::seated) {
            flow.is_leaving = true;
            leave_if_idle(index);
        }
    }
}

void Traffic::leave_if_idle(std::size_t index) {
    const Flow& flow = flows_[index];
    if (flow.under_way == 0) {
        leave(flow.plan.sender);
        enqueue(flow.plan.sender);
    }
}

}  // namespace treeline::load
