// The frames that the hub and the edge send to devices.
#include "base/check.hpp"
#include "broker/session/device_session.hpp"
#include "proto/device/frame.hpp"

namespace treeline {

std::string response_frame(std::uint16_t id, DeviceStatus status) {
    return proto::encode_response(id, static_cast<std::uint16_t>(status));
}

std::string hardware_frame(std::uint16_t id, Pin pin, std::string_view value_bytes) {
    std::string body("vw\0", 3);
    body.append(std::to_string(pin)).push_back('\0');
    body.append(value_bytes);
    return proto::encode_frame(proto::Command::hardware, id, body);
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
