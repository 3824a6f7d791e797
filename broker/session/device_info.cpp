// The info frame, read with its clamps.
#include "broker/session/device_info.hpp"

#include <algorithm>

#include "proto/device/body.hpp"

namespace treeline {

namespace {

constexpr std::int64_t heartbeat_s_min = 10;
constexpr std::int64_t heartbeat_s_max = 3'600;
// More than any frame we send needs.
constexpr std::int64_t buff_in_max = 0xffff + 5;

}  // namespace

DeviceInfo read_info(const std::vector<std::string_view>& items) {
    DeviceInfo info;
    for (const auto& [key, value] : proto::info_pairs(items)) {
        info.pairs.emplace_back(key, value);
        const auto number = proto::parse_integer(value);
        if (key == "h-beat" && number) {
            const auto seconds = std::clamp(*number, heartbeat_s_min, heartbeat_s_max);
            info.heartbeat = Millis(seconds * 1'000);
        } else if (key == "buff-in" && number && *number > 0) {
            info.buff_in = static_cast<std::size_t>(std::min(*number, buff_in_max));
        } else if (key == "rotate") {
            info.rotate = value != "0";
        }
    }
    return info;
}

}  // namespace treeline
