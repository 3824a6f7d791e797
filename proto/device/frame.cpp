// Device frames, to and from bytes.
#include "proto/device/frame.hpp"

#include "base/check.hpp"

namespace treeline::proto {

namespace {

// An idle device keeps no more than this for its next frame.
constexpr std::size_t idle_capacity_bytes_max = 256;

std::uint16_t u16_at(std::string_view bytes, std::size_t at) {
    const auto high = static_cast<unsigned char>(bytes[at]);
    const auto low = static_cast<unsigned char>(bytes[at + 1]);
    return static_cast<std::uint16_t>((high << 8U) | low);
}

void append_u16(std::string& out, std::size_t value) {
    out.push_back(static_cast<char>((value >> 8U) & 0xffU));
    out.push_back(static_cast<char>(value & 0xffU));
}

std::string header(Command command, std::uint16_t id, std::size_t length) {
    std::string out;
    out.reserve(device_header_size_bytes + (command == Command::response ? 0 : length));
    out.push_back(static_cast<char>(command));
    append_u16(out, id);
    append_u16(out, length);
    return out;
}

}  // namespace

void FrameDecoder::feed(std::string_view bytes) {
    buffer_.erase(0, taken_);
    taken_ = 0;
    buffer_.append(bytes);
}

ResultOf<std::optional<Frame>, FrameTooLarge> FrameDecoder::next() {
    if (refused_) {
        return *refused_;
    }
    const std::string_view rest = std::string_view(buffer_).substr(taken_);
    if (rest.size() < device_header_size_bytes) {
        return std::optional<Frame>();
    }
    Frame frame{static_cast<Command>(rest[0]), u16_at(rest, 1), 0, {}};
    const std::uint16_t length = u16_at(rest, 3);
    if (frame.command == Command::response) {
        frame.status = length;
        taken_ += device_header_size_bytes;
        return std::optional(frame);
    }
    if (length > body_size_bytes_max_) {
        refused_ = FrameTooLarge{frame.command, frame.id, length};
        return *refused_;
    }
    if (rest.size() < device_header_size_bytes + length) {
        return std::optional<Frame>();
    }
    frame.body = rest.substr(device_header_size_bytes, length);
    taken_ += device_header_size_bytes + length;
    return std::optional(frame);
}

void FrameDecoder::release() {
    buffer_.erase(0, taken_);
    taken_ = 0;
    if (buffer_.size() <= idle_capacity_bytes_max && buffer_.capacity() > idle_capacity_bytes_max) {
        buffer_.shrink_to_fit();
    }
}

std::string begin_frame(Command command, std::uint16_t id, std::size_t body_size_bytes) {
    CHECK(command != Command::response && body_size_bytes <= device_frame_body_size_bytes_max);
    return header(command, id, body_size_bytes);
}

std::string encode_frame(Command command, std::uint16_t id, std::string_view body) {
    std::string frame = begin_frame(command, id, body.size());
    frame.append(body);
    return frame;
}

std::string encode_response(std::uint16_t id, std::uint16_t status) {
    return header(Command::response, id, status);
}

}  // namespace treeline::proto
