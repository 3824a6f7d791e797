// The words that sessions, the hub and the API share: pins, values, stamps, origins.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "broker/domain/ids.hpp"

namespace treeline {

using Pin = std::uint8_t;

inline constexpr std::size_t value_size_bytes_max = 1024;
inline constexpr std::size_t device_body_size_bytes_max = 4096;
inline constexpr std::size_t event_text_size_bytes_max = 300;
inline constexpr std::size_t buff_in_default = 255;

enum class Origin : std::uint8_t { device = 1, app = 2, api = 3, automation = 4 };

// What a pin holds: the bytes behind the pin's NUL, unchanged (items separated by NUL).
struct StoredValue {
    Pin pin = 0;
    std::string bytes;
    UnixTime at{};
    Origin origin = Origin::device;
};

// The split shown to apps: items between NULs, one trailing NUL dropped.
std::vector<std::string_view> items_of(std::string_view bytes);
// The reverse: items joined by NUL.
std::string join_items(std::span<const std::string> items);

// Promise R2: under which world, owner and order a value was received by its home shard.
struct Stamp {
    DeviceId device{};
    std::uint64_t sequence = 0;  // of the device, +1 each; order is promised per device
    std::uint64_t epoch = 0;     // ownership_epoch
    OrgId org{};
    Revision revision{};  // of the home shard's world at that moment
};

struct Presence {
    bool online = false;
    UnixTime at{};  // since when; last seen when offline; 0 when never seen
};

}  // namespace treeline
