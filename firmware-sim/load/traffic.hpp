// The load itself: connects all peers, lets messages flow, measures, and stops.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "firmware-sim/load/layout.hpp"
#include "firmware-sim/load/ledger.hpp"
#include "firmware-sim/load/plan.hpp"
#include "firmware-sim/load/result.hpp"
#include "firmware-sim/load/roster.hpp"
#include "firmware-sim/load/speaker.hpp"
#include "firmware-sim/load/wires.hpp"
#include "firmware-sim/random.hpp"

namespace treeline::load {

// One thread. A peer's number is its wire's.
class Traffic : private Wires::Listener, private Ear {
  public:
    // `targets`: of devices, and of apps. All three outlive it.
    struct Targets {
        const Target& devices;
        const Target& apps;
    };
    Traffic(const LoadPlan& plan, const Roster& roster, Targets targets);

    LoadResult run();

  private:
    static constexpr std::size_t asked_max = 64;  // requests that a session may have under way

    enum class State : std::uint8_t { away, queued, connecting, seated };
    struct Asked {
        std::size_t flow = 0;
        std::int64_t due_us = 0;
    };
    struct Peer {
        std::unique_ptr<Speaker> speaker;
        SslSessionPointer session;  // to go on with
        State state = State::away;
        unsigned tries = 0;
        std::vector<Asked> asked;  // of an app that commands: by request
        std::size_t asking = 0;    // requests under way
    };
    struct Flow {
        FlowPlan plan;
        DeviceName name;
        std::size_t window = 0;         // messages under way at most, in a closed loop
        std::uint64_t under_way = 0;    // deliveries, or answers, yet to come
        std::deque<std::int64_t> owed;  // due, but too many are under way
        bool is_leaving = false;        // `churn`: its device goes once nothing is under way
    };

    // Wires::Listener
    void opened(std::size_t wire) override;
    void received(std::size_t wire, std::string_view bytes) override;
    void lost(std::size_t wire, const std::string& why) override;
    // Ear
    void seated(std::size_t peer) override;
    void delivered(std::size_t peer, std::uint64_t id, std::string_view payload) override;
    void answered(std::size_t peer, std::uint32_t request, bool is_ok) override;
    void lagged(std::size_t peer, std::uint64_t dropped) override;

    // Connecting: traffic_connect.cpp.
    void prepare();
    void allow_all();
    std::unique_ptr<Speaker> make_speaker(std::size_t peer);
    std::unique_ptr<Speaker> make_mqtt(std::size_t peer);
    void enqueue(std::size_t peer);
    void connect_more();
    void leave(std::size_t peer);
    bool seat_all();

    // Leaving: traffic_leave.cpp.
    void storm();
    void log_in_and_out();
    void churn(std::int64_t now_us);
    void leave_if_idle(std::size_t flow);

    // Flowing: traffic_flow.cpp.
    void start_flows();
    void send(std::size_t flow, std::int64_t due_us);
    void send_due(std::int64_t now_us);
    void complete(std::size_t flow, std::int64_t due_us);
    void refill(Flow& flow, std::size_t index);
    void go_on(std::size_t flow);
    static std::uint64_t deliveries_of(const Flow& flow);
    bool may_send() const;
    bool has_room(const Flow& flow) const;
    std::size_t unit() const { return plan_.scenario == Scenario::burst ? plan_.burst : 1; }

    // Phases: traffic.cpp.
    bool turn(std::int64_t until_us);
    bool pass(Millis time);
    void measure();
    void begin_measuring();
    void end_measuring();
    void drain();
    void run_flows();
    bool is_under_way() const;
    void progress(std::int64_t now_us);

    const LoadPlan& plan_;
    const Roster& roster_;
    Targets targets_;
    Layout layout_;
    Ledger ledger_;
    Wires wires_;
    SeededRandom random_;
    std::vector<Peer> peers_;
    std::vector<Flow> flows_;
    std::vector<std::size_t> flow_of_device_;
    std::deque<std::size_t> to_connect_;
    std::size_t connecting_ = 0;
    std::size_t seated_ = 0;

    bool is_flowing_ = false;
    bool is_measuring_ = false;
    bool is_leaving_at_once_ = false;  // `logins`
    std::int64_t flow_began_us_ = 0;
    std::uint64_t scheduled_ = 0;  // open loop: messages that were due so far
    std::size_t turn_flow_ = 0;    // open loop: whose turn it is
    std::uint64_t left_ = 0;       // `churn`: how many were told to leave
    std::int64_t measure_began_us_ = 0;
    std::int64_t slice_us_ = 1;
    std::int64_t next_progress_us_ = 0;
    std::uint64_t progress_delivered_ = 0;
    std::string payload_;
    LoadResult result_;
};

}  // namespace treeline::load
