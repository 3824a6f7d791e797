// The frames that the hub and the edge send to devices.
#include "base/check.hpp"
#include "broker/session/device_session.hpp"
#include "proto/device/frame.hpp"

namespace treeline {

std::string response_frame(std::uint16_t id, DeviceStatus status) {
    return proto::encode_response(id, static_cast<std::uint16_t>(status));
}

std::string hardware_frame(std::uint16_t id, Pin pin, std::string_view value_bytes) {
    const std::string pin_text = std::to_string(pin);
    constexpr std::string_view kind("vw\0", 3);
    std::string frame = proto::begin_frame(proto::Command::hardware, id,
                                           kind.size() + pin_text.size() + 1 + value_bytes.size());
    frame.append(kind).append(pin_text).push_back('\0');
    frame.append(value_bytes);
    return frame;
}

// Clients look for the NUL that ends the key, so a key alone gets one.
std::string internal_frame(std::uint16_t id, const std::vector<std::string>& items) {
    CHECK(!items.empty());
    std::string body = items.front() + '\0';
    for (std::size_t at = 1; at < items.size(); ++at) {
        body.append(at == 1 ? "" : std::string_view("\0", 1)).append(items[at]);
    }
    return proto::encode_frame(proto::Command::internal, id, body);
}

}  // namespace treeline
