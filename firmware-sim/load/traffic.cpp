#include "firmware-sim/load/traffic.hpp"

#include <algorithm>
#include <cstdio>

#include <unistd.h>

#include "base/time.hpp"

namespace treeline::load {
namespace {

constexpr std::int64_t progress_us = 1'000'000;

}  // namespace

Traffic::Traffic(const LoadPlan& plan, const Roster& roster, Targets targets)
    : plan_(plan),
      roster_(roster),
      targets_(targets),
      layout_(lay_out(plan, roster)),
      wires_(*this),
      random_(plan.seed) {}

LoadResult Traffic::run() {
    result_.before = read_use(plan_.server_pid);
    prepare();
    if (!seat_all()) {
        result_.is_ended_early = wires_.orders_to_end() > 0;
        return result_;
    }
    if (plan_.scenario == Scenario::logins) {
        log_in_and_out();
    } else {
        run_flows();
    }
    result_.is_ended_early = wires_.orders_to_end() > 0;
    result_.tally = ledger_.closed();
    return result_;
}

void Traffic::run_flows() {
    pass(Millis(500));  // what the server still does about the logins
    result_.seated = read_use(plan_.server_pid);
    start_flows();
    pass(plan_.warmup);
    if (plan_.scenario == Scenario::storm) {
        storm();
    } else {
        measure();
    }
    drain();
}

// False: it is to end.
bool Traffic::turn(std::int64_t until_us) {
    connect_more();
    const std::int64_t now_us = steady_micros();
    progress(now_us);
    churn(now_us);
    std::int64_t wait_until_us = std::min(until_us, next_progress_us_);
    if (plan_.rate > 0 && is_flowing_) {
        send_due(now_us);
        const double next_us = static_cast<double>(scheduled_) * 1e6 / plan_.rate;
        wait_until_us =
            std::min(wait_until_us, flow_began_us_ + static_cast<std::int64_t>(next_us));
    }
    wires_.turn(wait_until_us);
    return wires_.orders_to_end() == 0;
}

// Lets `time` pass, or less where all messages were sent. False: it is to end.
bool Traffic::pass(Millis time) {
    const std::int64_t end_us = steady_micros() + time.count() * 1'000;
    while (steady_micros() < end_us && (!is_flowing_ || flows_.empty() || may_send())) {
        if (!turn(end_us)) {
            return false;
        }
    }
    return true;
}

void Traffic::measure() {
    begin_measuring();
    std::optional<SyscallCounter> counter;
    if (plan_.count_syscalls) {
        counter.emplace(plan_.server_pid);
    }
    pass(plan_.duration);
    if (plan_.messages > 0) {
        drain();  // a run by count ends with the last answer
    }
    if (counter && counter->works()) {
        result_.syscalls = counter->count();
    }
    end_measuring();
}

void Traffic::begin_measuring() {
    result_.latency_us_by_time.assign(slices, Histogram());
    slice_us_ = std::max<std::int64_t>(1, plan_.duration.count() * 1'000 / std::int64_t{slices});
    result_.begin = read_use(plan_.server_pid);
    result_.own_cpu_ns = read_use(getpid()).cpu_ns;
    measure_began_us_ = steady_micros();
    is_measuring_ = true;
}

void Traffic::end_measuring() {
    is_measuring_ = false;
    result_.seconds = static_cast<double>(steady_micros() - measure_began_us_) / 1e6;
    result_.end = read_use(plan_.server_pid);
    result_.own_cpu_ns = read_use(getpid()).cpu_ns - result_.own_cpu_ns;
}

// Sends nothing more, and waits for what is under way; not after a second order to end.
void Traffic::drain() {
    is_flowing_ = false;
    const std::int64_t end_us = steady_micros() + plan_.grace.count() * 1'000;
    while (is_under_way() && steady_micros() < end_us && wires_.orders_to_end() < 2) {
        turn(end_us);
    }
}

bool Traffic::is_under_way() const {
    return ledger_.tally().delivered < ledger_.tally().expected ||
           std::ranges::any_of(flows_, [](const Flow& flow) { return flow.under_way > 0; });
}

void Traffic::progress(std::int64_t now_us) {
    if (now_us < next_progress_us_) {
        return;
    }
    next_progress_us_ = now_us + progress_us;
    const Tally& tally = ledger_.tally();
    const std::uint64_t fresh = tally.delivered - progress_delivered_;
    progress_delivered_ = tally.delivered;
    if (!plan_.quiet) {
        std::fprintf(stderr, "%s seated %zu/%zu sent %llu delivered %llu (%llu/s) misrouted %llu%s",
                     is_measuring_ ? "measuring" : "preparing", seated_, peers_.size(),
                     static_cast<unsigned long long>(tally.sent),
                     static_cast<unsigned long long>(tally.delivered),
                     static_cast<unsigned long long>(fresh),
                     static_cast<unsigned long long>(tally.misrouted),
                     isatty(STDERR_FILENO) == 1 ? "   \r" : "\n");
    }
}

}  // namespace treeline::load
