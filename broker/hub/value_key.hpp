// How a device's last values, last presence and history lie in the values store.
//
//   key of a value      device u64 ‖ ownership_epoch u64 ‖ pin u8     17 bytes, big-endian
//   key of a presence   device u64                                     8 bytes, big-endian
//   value of a value    at u64 (Unix ms) ‖ origin u8 ‖ bytes
//   value of a presence at u64 (Unix ms): last known alive
//   key of a point      series u8 ‖ device u64 ‖ epoch u64 ‖ pin u8 ‖ at u48 (Unix ms) ‖ tie u16
//                       26 bytes, big-endian; series 0xfe: events (pin 0), 0xff: a pin's values
//   value of a point    as of a value; of an event: is_clear u8 ‖ code ‖ NUL ‖ text
//
// The numbers of devices are dense, so no key of a value begins with 0xfe or 0xff.
//
// The epoch stands in the key so that a late write-behind lands in the epoch it was received in,
// never in the next owner's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "broker/session/values.hpp"

namespace treeline {

struct ValueKey {
    DeviceId device{};
    std::uint64_t epoch = 0;
    Pin pin = 0;
};

std::string encode_value_key(const ValueKey& key);
std::string encode_presence_key(DeviceId device);
// The device a key of either kind is about; nullopt for anything else.
std::optional<DeviceId> device_of_key(std::string_view key);
// nullopt: not the key of a value.
std::optional<ValueKey> decode_value_key(std::string_view key);

// What happened to a device over time, by ownership.
enum class SeriesKind : std::uint8_t { events = 0xfe, values = 0xff };
inline constexpr std::string_view first_series_key = "\xfe";

// Where a point stands in its series: by time, then by `tie`. Ordered as the keys are.
using SeriesPlace = std::uint64_t;
SeriesPlace series_place(UnixTime at, std::uint64_t tie);
UnixTime time_of(SeriesPlace place);

struct SeriesKey {
    SeriesKind kind{};
    DeviceId device{};
    std::uint64_t epoch = 0;
    Pin pin = 0;
    SeriesPlace place = 0;
};
std::string encode_series_key(const SeriesKey& key);
std::optional<SeriesKey> decode_series_key(std::string_view key);

struct StoredEvent {
    std::string code;
    std::string text;
    bool is_clear = false;
};
std::string encode_stored_event(const StoredEvent& event);
std::optional<StoredEvent> decode_stored_event(std::string_view bytes);

std::string encode_stored_value(const StoredValue& value);
// `pin` comes from the key. nullopt: not a stored value.
std::optional<StoredValue> decode_stored_value(Pin pin, std::string_view bytes);
std::string encode_last_seen(UnixTime at);
std::optional<UnixTime> decode_last_seen(std::string_view bytes);

}  // namespace treeline
