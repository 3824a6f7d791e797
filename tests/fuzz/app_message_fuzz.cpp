// Fuzzes what apps send: the first byte chooses the encoding.
#include <cstdio>
#include <string_view>

#include <google/protobuf/stubs/logging.h>

#include "base/check.hpp"
#include "broker/session/app_message.hpp"

namespace {

// The library tells of every bad message on stderr.
const google::protobuf::LogSilencer silence;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace treeline;
    if (size == 0) {
        return 0;
    }
    const auto encoding = (data[0] & 1U) != 0 ? Encoding::json : Encoding::protobuf;
    const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
    const WireIds wire;
    const auto request = decode(bytes, encoding, wire);
    if (!request) {
        return 0;
    }
    CHECK(std::holds_alternative<std::monostate>(request->body) == !request->problem.empty());
    AppReply reply;
    reply.request = request->request;
    reply.status = AppStatus::bad_request;
    reply.detail = bytes;
    CHECK(!encode(reply, encoding, wire).empty());
    if (const auto* write = std::get_if<AppWrite>(&request->body)) {
        const StoredValue value{write->pin, join_items(write->items), {}, Origin::app};
        CHECK(!encode(AppValue{write->device, value}, encoding, wire).empty());
    }
    return 0;
}
