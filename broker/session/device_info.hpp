// What a device tells about itself in its info frame.
#pragma once

#include <string_view>
#include <vector>

#include "broker/session/device_session.hpp"

namespace treeline {

// `items`: of an INTERNAL body that proto::is_info. Numbers out of range are clamped, words in
// their place count as absent.
DeviceInfo read_info(const std::vector<std::string_view>& items);

}  // namespace treeline
