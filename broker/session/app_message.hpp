// What an app and the broker say to each other, with internal ids and no encoding.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/recycling_allocator.hpp"
#include "broker/domain/directory.hpp"
#include "broker/session/values.hpp"

namespace treeline {

enum class Encoding : std::uint8_t { protobuf, json };

// ---- client → broker
struct AppSignIn {
    std::string token;
};
struct AppWatch {
    enum class Kind : std::uint8_t { none, device, org, subtree } kind{};
    DeviceId device{};
    OrgId org{};
    std::vector<Pin> pins;  // empty: all
    bool snapshot = false;
};
struct AppUnwatch {
    std::uint64_t watch = 0;
};
struct AppWrite {
    DeviceId device{};
    Pin pin = 0;
    std::vector<std::string, RecyclingAllocator<std::string>> items;
};
struct AppRead {
    DeviceId device{};
    std::vector<Pin> pins;  // empty: all stored
};
struct AppDevices {
    OrgId org{};  // 0: wherever
    bool subtree = false;
    std::uint32_t limit = 0;  // 0: 50; at most 1,000
    std::string cursor;
};
struct AppExplain {
    DeviceId device{};
    std::string action;
};
// monostate: no body, a body that breaks the schema's rules (pin over 255, unknown JSON field …):
// answered BAD_REQUEST with `problem`.
struct AppRequest {
    std::uint32_t request = 0;
    std::variant<std::monostate, AppSignIn, AppWatch, AppUnwatch, AppWrite, AppRead, AppDevices,
                 AppExplain>
        body;
    std::string problem;
};

// ---- broker → client
enum class AppStatus : std::uint8_t {
    ok = 1,
    not_found,
    forbidden,
    bad_request,
    too_large,
    device_offline,
    device_slow,
    throttled,
    unavailable,
    unauthenticated,
};
enum class Delivery : std::uint8_t { delivered = 1, stored = 2 };
enum class EndReason : std::uint8_t { revoked = 1, transferred, deleted, expired };

struct AppAccount {
    UserId user{};
    OrgId home_org{};
};
struct AppDevice {
    DeviceId id{};
    OrgId org{};
    UserId owner{};
    std::string name;
    bool online = false;
};
struct AppDevicePage {
    std::vector<AppDevice> devices;
    std::string next_cursor;
};
struct AppExplanation {
    bool allowed = false;
    std::string rule;
    OrgId membership_org{};
    std::uint32_t role = 0;
    std::string missing_permission;
};
struct AppStoredValues {
    DeviceId device{};
    std::vector<StoredValue> values;
};
struct AppWatchId {
    std::uint64_t watch = 0;
};
struct AppReply {
    std::uint32_t request = 0;
    AppStatus status{};
    std::uint64_t revision = 0;  // the tree's
    std::string detail;
    std::variant<std::monostate, AppWatchId, Delivery, AppStoredValues, AppDevicePage,
                 AppExplanation, AppAccount>
        result;
};
struct AppValue {
    DeviceId device{};
    StoredValue value;
};
struct AppPresence {
    DeviceId device{};
    Presence presence;
};
struct AppEvent {
    DeviceId device{};
    std::string code;
    std::string text;
    UnixTime at{};
};
struct AppWatchEnded {
    std::uint64_t watch = 0;  // 0: not said
    DeviceId device{};        // 0: the whole watch
    EndReason reason{};
};
struct AppWatchBegan {
    std::uint64_t watch = 0;
    DeviceId device{};
};
struct AppLagged {
    std::uint64_t dropped = 0;
};
struct AppSignedOut {
    std::string reason;
};
using AppMessage = std::variant<AppReply, AppValue, AppPresence, AppEvent, AppWatchEnded,
                                AppWatchBegan, AppLagged, AppSignedOut>;

// The bytes of one message (without WebSocket framing).
std::string encode(const AppMessage& message, Encoding encoding, const WireIds& wire);
// The bytes of an AppValue, for whoever knows already what its device is called on the wire.
std::string encode_value(std::uint64_t device, const StoredValue& value, Encoding encoding);
// nullopt: not a message of this encoding at all (the caller closes with 1007).
std::optional<AppRequest> decode(std::string_view bytes, Encoding encoding, const WireIds& wire);

}  // namespace treeline
