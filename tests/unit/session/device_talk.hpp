// A dialogue with a DeviceSession, as a script: what the device sends, what must come of it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "broker/session/device_session.hpp"
#include "proto/device/frame.hpp"

namespace treeline {

using proto::Command;

inline const std::string lamp_token = "abcdefghijklmnopqrstuvwxyzAZ09-_";

// Items joined by NUL: body({"vw", "5", "on"}).
std::string body(const std::vector<std::string>& items);
std::string frame(Command command, std::uint16_t id, std::string_view payload = {});
// An action in words, such as `send 1:200` or `wrote 5=on`.
std::string words(const DeviceAction& action);
std::string printable(std::string_view bytes);

// Owns a session and its clock. Actions wait until they are expected; a login is admitted at once.
class DeviceTalk {
  public:
    explicit DeviceTalk(const DeviceLimits& limits = {});

    DeviceTalk& bytes(std::string_view sent);
    DeviceTalk& sends(Command command, std::uint16_t id, std::string_view payload = {}) {
        return bytes(frame(command, id, payload));
    }
    DeviceTalk& expect(const std::vector<std::string>& actions);
    DeviceTalk& expect_nothing() { return expect({}); }
    // Time passes; timers that are due in between go off.
    DeviceTalk& waits(Millis time);
    DeviceTalk& refuses_logins_with(DeviceStatus status);
    // Logged in, with an info frame, and nothing left to expect.
    DeviceTalk& logged_in();
    DeviceTalk& in_zone(Zone zone);

    // What has come of it so far and was not expected yet.
    std::vector<std::string> take() { return std::exchange(seen_, {}); }
    const DeviceInfo& info() const { return info_; }
    UnixTime wall() const { return now_.wall; }
    UnixTime written_at() const { return written_at_; }
    SteadyTime deadline() const { return session_.deadline(); }

  private:
    void note(DeviceActions actions);

    Now now_{SteadyTime(Millis(5'000'000)), from_unix_ms(1'601'968'586'694)};
    DeviceSession session_;
    Zone zone_;
    std::optional<DeviceStatus> refusal_;
    std::vector<std::string> seen_;
    DeviceInfo info_;
    UnixTime written_at_{};
};

}  // namespace treeline
