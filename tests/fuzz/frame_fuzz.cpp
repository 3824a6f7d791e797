// Fuzzes the device frame decoder: any cut gives the same frames, and encoding gives the bytes.
#include <algorithm>
#include <string>
#include <string_view>

#include "base/check.hpp"
#include "proto/device/frame.hpp"

namespace {

using namespace treeline::proto;

// Every frame in one text, cut into pieces of `step` bytes.
std::string frames_of(std::string_view bytes, std::size_t step) {
    FrameDecoder decoder(4096);
    std::string out;
    bool is_lost = false;
    while (!bytes.empty() && !is_lost) {
        decoder.feed(bytes.substr(0, step));
        bytes.remove_prefix(std::min(step, bytes.size()));
        for (auto frame = decoder.next();; frame = decoder.next()) {
            is_lost = !frame;
            if (!frame || !*frame) {
                break;
            }
            const Frame& f = **frame;
            out.append(f.command == Command::response ? encode_response(f.id, f.status)
                                                      : encode_frame(f.command, f.id, f.body));
        }
        decoder.release();
        CHECK(is_lost || decoder.held_size_bytes() < 4096 + device_header_size_bytes);
    }
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    const std::string whole = frames_of(bytes, bytes.size() + 1);
    CHECK(bytes.starts_with(whole));
    CHECK(frames_of(bytes, 1) == whole);
    CHECK(frames_of(bytes, 7) == whole);
    return 0;
}
