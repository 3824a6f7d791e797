// One device as an answer: the directory's part, and its presence from its home shard.
#pragma once

#include <string>

#include "broker/api/call.hpp"

namespace treeline {

// Asks for the presence, then for the right to see the device again, and answers with both or with
// 404. After a write (the caller could see it when it began) a device out of sight leaves only the
// revision. Shows call->access_token as the device's token where there is one.
void answer_device(CallPtr call, const World& world, DeviceId device);
// The device of the path, after a write.
void finish_device(CallPtr call, const World& world, std::uint64_t created);
std::string fresh_device_token(const Call& call);

}  // namespace treeline
