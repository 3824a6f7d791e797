// Device frames: the unit in which devices and the broker speak (device-protocol.md §2).
//
//   frame  = command u8, id u16, length u16, body      big-endian; length = size of the body
//          | 0x00,       id u16, status u16            RESPONSE: the status stands in the length's
//                                                      place and there is no body
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace treeline::proto {

enum class Command : std::uint8_t {
    response = 0,
    login = 2,
    ping = 6,
    bridge = 15,
    hardware_sync = 16,
    internal = 17,
    property = 19,
    hardware = 20,
    group = 21,
    hw_login = 29,
    redirect = 41,
    debug_print = 55,
    event_log = 64,
    event_clear = 65,
};

inline constexpr std::size_t device_header_size_bytes = 5;
inline constexpr std::size_t device_frame_body_size_bytes_max = 0xffff;  // what the header can say

struct Frame {
    Command command{};  // any byte: not every value has a name
    std::uint16_t id = 0;
    std::uint16_t status = 0;  // of a RESPONSE
    std::string_view body;     // lives until the decoder is fed or released
};

// A header that announces more than the decoder takes. The stream is lost.
struct FrameTooLarge {
    Command command{};
    std::uint16_t id = 0;
    std::size_t body_size_bytes = 0;
};

// Splits a byte stream into device frames. Holds what was fed and not yet taken: at most one frame
// begun, where its user takes all frames after each feed. Owned by one connection.
class FrameDecoder {
  public:
    explicit FrameDecoder(std::size_t body_size_bytes_max)
        : body_size_bytes_max_(body_size_bytes_max) {}

    // Holds from the next frame on; a header that was refused stays refused.
    void set_body_size_max(std::size_t bytes) { body_size_bytes_max_ = bytes; }
    // Appends bytes as they came. Ends the life of every Frame handed out before.
    void feed(std::string_view bytes);
    // The next whole frame; nullopt when more bytes are needed. Fails as soon as a header is there
    // whose body exceeds the limit, and from then on always.
    ResultOf<std::optional<Frame>, FrameTooLarge> next();
    // Gives back the memory of an idle connection. Ends the life of every Frame handed out.
    void release();
    std::size_t held_size_bytes() const { return buffer_.size() - taken_; }

  private:
    std::string buffer_;
    std::size_t taken_ = 0;  // INVARIANT: taken_ <= buffer_.size()
    std::size_t body_size_bytes_max_;
    std::optional<FrameTooLarge> refused_;
};

// A header with room behind it for the body, which the caller appends.
// REQUIRES, here and below: the body fits device_frame_body_size_bytes_max; not RESPONSE.
std::string begin_frame(Command command, std::uint16_t id, std::size_t body_size_bytes);
std::string encode_frame(Command command, std::uint16_t id, std::string_view body);
std::string encode_response(std::uint16_t id, std::uint16_t status);

}  // namespace treeline::proto
