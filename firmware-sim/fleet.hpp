// Many simulated devices on one thread: an epoll set, a queue of deadlines, one machine each.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "firmware-sim/backoff.hpp"
#include "firmware-sim/connection.hpp"
#include "firmware-sim/conversation.hpp"
#include "firmware-sim/plan.hpp"
#include "firmware-sim/reporter.hpp"

namespace treeline {

// One thread. Blocks SIGINT and SIGTERM and takes them as the order to end.
class Fleet {
  public:
    explicit Fleet(const FleetPlan& plan);
    ~Fleet();
    Fleet(const Fleet&) = delete;
    Fleet& operator=(const Fleet&) = delete;

    // Until it is told to end, the duration has passed or every device gave up. The exit code: 0;
    // 1 when every device gave up; 69 when the target can't be resolved or its CA not read.
    int run();

  private:
    struct Member {
        Conversation conversation;
        Backoff backoff;
        std::unique_ptr<Connection> connection;
        SteadyTime due = steady_time_max;  // as it stands in deadlines_
        std::uint32_t events = 0;          // as the epoll set has them
        bool is_online = false;
    };

    int fail(const std::string& why) const;
    void prepare();
    void loop();
    int wait_ms(SteadyTime now) const;
    void expire(SteadyTime now);
    void wake(std::size_t index, SteadyTime now);
    void ready(std::size_t index, SteadyTime now);
    void connect(std::size_t index, SteadyTime now);
    void progress(std::size_t index, SteadyTime now);
    void take(std::size_t index, const SimStep& step, SteadyTime now);
    void count(std::size_t index, const SimEvent& event);
    void end(std::size_t index, Fate fate, std::string why, SteadyTime now);
    void watch(std::size_t index);
    void set_due(std::size_t index, SteadyTime due);

    FleetPlan plan_;
    Reporter reporter_;
    SimTotals totals_;
    std::vector<Target> target_;  // one, once it is resolved
    std::vector<Member> members_;
    std::set<std::pair<SteadyTime, std::size_t>> deadlines_;
    SteadyTime ends_at_ = steady_time_max;
    int epoll_ = -1;
    int signals_ = -1;
    bool is_ending_ = false;
};

}  // namespace treeline
