// The device's side of the conversation with the broker, as a machine: bytes in, bytes out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "firmware-sim/plan.hpp"
#include "firmware-sim/random.hpp"
#include "proto/device/frame.hpp"

namespace treeline {

struct SimEvent {
    enum class Kind : std::uint8_t { online, wrote, downlink, restored, refused, token } kind{};
    std::uint8_t pin = 0;
    std::string value;
    std::uint16_t status = 0;  // of a refusal
};

// What the connection does next.
enum class Fate : std::uint8_t { stay, reconnect, nap, give_up };

struct SimStep {
    std::string bytes;  // to send
    std::vector<SimEvent> events;
    Fate fate = Fate::stay;
};

// Owned by one device; lives through its reconnects. Source: device-protocol.md §2.
class Conversation {
  public:
    Conversation(const DevicePlan& plan, std::string token, std::uint64_t seed, SteadyTime now);

    // A connection stands: logs in.
    SimStep opened(SteadyTime now);
    SimStep receive(std::string_view bytes, SteadyTime now);
    SimStep expire(SteadyTime now);
    SteadyTime deadline() const;
    double chance() { return random_.unit(); }

  private:
    enum class State : std::uint8_t { closed, logging_in, announcing, ready };

    void take(const proto::Frame& frame, SteadyTime now, SimStep& step);
    void take_response(const proto::Frame& frame, SteadyTime now, SimStep& step);
    void take_login(std::uint16_t status, SteadyTime now, SimStep& step);
    void take_ready(SteadyTime now, SimStep& step);
    void take_write(const proto::Frame& frame, SteadyTime now, SimStep& step);
    void take_internal(const proto::Frame& frame, SteadyTime now, SimStep& step);
    void write(std::uint8_t pin, std::string value, SteadyTime now, SimStep& step);
    std::uint16_t send(proto::Command command, std::string_view body, SteadyTime now,
                       SimStep& step);
    std::string info() const;

    DevicePlan plan_;
    std::string token_;
    SeededRandom random_;
    SteadyTime began_;
    proto::FrameDecoder decoder_;
    State state_ = State::closed;
    std::uint16_t last_id_ = 0;
    std::uint16_t info_id_ = 0;
    std::uint16_t sync_id_ = 0;  // 0: none asked
    SteadyTime last_heard_{};
    SteadyTime last_sent_{};
    SteadyTime next_write_ = steady_time_max;
    SteadyTime next_nap_ = steady_time_max;
};

}  // namespace treeline
