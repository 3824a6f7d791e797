// The conversation with one device, as a machine: bytes in, actions out.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/recycling_allocator.hpp"
#include "broker/session/values.hpp"

namespace treeline {

struct DeviceLimits {
    Millis login_max{15'000};       // device.login_seconds
    double heartbeat_factor = 2.3;  // closed after factor × h-beat of silence
    Millis info_wait_max{2'000};    // downlinks wait this long for an info frame
    double flood_per_second = 50;   // 0: off
    double flood_burst = 100;
    std::size_t unauthenticated_body_size_bytes_max = 64;
    std::size_t held_back_size_bytes_max = 256 * 1024;  // while a login is looked up
};

enum class DeviceStatus : std::uint16_t {
    ok = 200,
    quota = 1,
    illegal_command = 2,
    already_logged_in = 4,
    not_authenticated = 5,
    not_allowed = 6,
    device_offline = 7,
    invalid_token = 9,
    bad_body = 11,
    timeout = 16,
    no_data = 17,
    server_error = 19,
};

// What the device told about itself in its info frame.
struct DeviceInfo {
    std::size_t buff_in = buff_in_default;  // body + 5 <= buff_in
    Millis heartbeat{45'000};               // clamped 10..3600 s
    bool rotate = false;
    std::vector<std::pair<std::string, std::string>> pairs;  // all of it, as sent
};

// ---- what the connection must do, in order
struct DeviceSend {  // one frame = one write = one TLS record
    std::string frame;
};
struct DeviceLogin {  // look the token up; then call admitted() or refused()
    std::uint16_t id = 0;
    std::string token;  // 32 characters of base64url; anything else was refused by the machine
};
struct DeviceAnnounced {  // the info frame (answered already)
    DeviceInfo info;
};
struct DeviceReady {};  // downlinks may flow: info frame answered, or 2 s passed
struct DeviceWrote {
    StoredValue value;  // at: now, or the open group's timestamp
};
struct DeviceSync {
    std::uint16_t id = 0;
    std::vector<Pin> pins;  // empty: all
};
struct DeviceProperty {
    std::vector<Pin> pins;
    std::string property;
    std::vector<std::string> values;
};
struct DeviceEvent {
    std::string code;
    std::string text;
    bool clear = false;  // EVENT_CLEAR
};
struct DeviceMetaGet {
    std::uint16_t id = 0;
    std::string name;
};
struct DeviceMetaSet {  // durable, then answer 200 with meta_stored()
    std::uint16_t id = 0;
    std::string name;
    std::string value;
};
struct DeviceTokenStored {  // the device's 200 to a `token NEW` downlink with this id
    std::uint16_t id = 0;
};
struct DeviceClose {       // after what was sent before is flushed
    std::string_view why;  // a constant word for the log
};
using DeviceAction = std::variant<DeviceSend, DeviceLogin, DeviceAnnounced, DeviceReady,
                                  DeviceWrote, DeviceSync, DeviceProperty, DeviceEvent,
                                  DeviceMetaGet, DeviceMetaSet, DeviceTokenStored, DeviceClose>;
using DeviceActions = std::vector<DeviceAction, RecyclingAllocator<DeviceAction>>;

// Zone facts for `utc tz…`, handed in by whoever reads the time-zone database.
struct Zone {
    std::string name = "UTC";
    std::string posix_rule = "UTC0";
    std::int32_t offset_minutes = 0;
    std::optional<UnixTime> next_transition;
    std::optional<std::int32_t> next_offset_minutes;  // from then on
};

// Owned by one connection; moves with it to its home shard. Source: device-protocol.md §1–2.
class DeviceSession {
  public:
    explicit DeviceSession(const DeviceLimits& limits, Now now);
    DeviceSession(DeviceSession&&) noexcept;
    DeviceSession& operator=(DeviceSession&&) noexcept;
    ~DeviceSession();

    // Consumes bytes as they came. After a DeviceLogin action it holds further bytes back until
    // admitted() or refused() was called; call receive({}, now) then to go on.
    DeviceActions receive(std::string_view bytes, Now now);
    DeviceActions expire(Now now);
    SteadyTime deadline() const;

    // Answers to DeviceLogin. refused: status invalid_token, quota or server_error, then close.
    DeviceActions admitted(std::uint16_t id, const Zone& zone, Now now);
    DeviceActions refused(std::uint16_t id, DeviceStatus status);
    bool logged_in() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// ---- frames the hub and the edge send
std::string response_frame(std::uint16_t id, DeviceStatus status);
std::string hardware_frame(std::uint16_t id, Pin pin, std::string_view value_bytes);  // `vw`
std::string internal_frame(std::uint16_t id, const std::vector<std::string>& items);

}  // namespace treeline
