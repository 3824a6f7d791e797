// How a device's last values and last presence lie in the values store.
//
//   key of a value      device u64 ‖ ownership_epoch u64 ‖ pin u8     17 bytes, big-endian
//   key of a presence   device u64                                     8 bytes, big-endian
//   value of a value    at u64 (Unix ms) ‖ origin u8 ‖ bytes
//   value of a presence at u64 (Unix ms): last known alive
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

std::string encode_stored_value(const StoredValue& value);
// `pin` comes from the key. nullopt: not a stored value.
std::optional<StoredValue> decode_stored_value(Pin pin, std::string_view bytes);
std::string encode_last_seen(UnixTime at);
std::optional<UnixTime> decode_last_seen(std::string_view bytes);

}  // namespace treeline
