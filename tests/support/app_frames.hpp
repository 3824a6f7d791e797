// Reads what a shard gathered for an app (protobuf encoding) back into messages.
#pragma once

#include <string_view>
#include <vector>

#include <proto/app/v1/app.pb.h>

#include "base/check.hpp"

namespace treeline {

namespace wire = ::treeline::app::v1;

// `bytes`: whole unmasked WebSocket frames.
inline std::vector<wire::ServerMessage> read_app_frames(std::string_view bytes) {
    std::vector<wire::ServerMessage> messages;
    while (!bytes.empty()) {
        CHECK(bytes.size() >= 2);
        std::size_t size = static_cast<unsigned char>(bytes[1]);
        std::size_t header = 2;
        const std::size_t extended = size == 126 ? 2 : size == 127 ? 8 : 0;
        if (extended > 0) {
            size = 0;
            for (std::size_t i = 0; i < extended; ++i) {
                size = size << 8 | static_cast<unsigned char>(bytes[2 + i]);
            }
            header += extended;
        }
        wire::ServerMessage message;
        const std::string_view payload = bytes.substr(header, size);
        CHECK(message.ParseFromArray(payload.data(), static_cast<int>(payload.size())));
        messages.push_back(std::move(message));
        bytes.remove_prefix(header + size);
    }
    return messages;
}

}  // namespace treeline
