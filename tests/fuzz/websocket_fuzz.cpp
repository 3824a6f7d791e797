// Fuzzes WebSocket framing: any cut gives the same messages, within the limit.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.hpp"
#include "proto/websocket/frame.hpp"

namespace {

namespace ws = treeline::proto::websocket;

constexpr std::size_t message_size_max = 1000;

struct Heard {
    std::vector<std::string> messages;
    std::optional<ws::Breach> breach;
    bool operator==(const Heard&) const = default;
};

Heard hear(std::string_view bytes, std::size_t step, ws::Role role) {
    ws::Decoder decoder(role, message_size_max);
    Heard heard;
    while (!bytes.empty() && !heard.breach) {
        decoder.feed(bytes.substr(0, step));
        bytes.remove_prefix(std::min(step, bytes.size()));
        for (auto message = decoder.next();; message = decoder.next()) {
            if (!message) {
                heard.breach = message.error();
                break;
            }
            if (!*message) {
                break;
            }
            CHECK((*message)->payload.size() <= message_size_max);
            const bool is_text = (*message)->opcode == ws::Opcode::text;
            CHECK(!is_text || treeline::proto::is_utf8((*message)->payload));
            heard.messages.push_back(std::to_string(int((*message)->opcode)) +
                                     std::to_string((*message)->close_code) + (*message)->payload);
        }
    }
    return heard;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const auto role = (data[0] & 1U) != 0 ? ws::Role::server : ws::Role::client;
    const std::string bytes(reinterpret_cast<const char*>(data + 1), size - 1);
    const Heard whole = hear(bytes, bytes.size() + 1, role);
    CHECK(hear(bytes, 1, role) == whole);
    CHECK(hear(bytes, 5, role) == whole);
    return 0;
}
