// WebSocket framing, to and from bytes.
#include "proto/websocket/frame.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "base/check.hpp"

namespace treeline::proto::websocket {

namespace {

constexpr std::size_t control_size_bytes_max = 125;
constexpr std::uint64_t length_16 = 126;  // "the length follows in 16 bits"
constexpr std::uint64_t length_64 = 127;
constexpr std::size_t idle_capacity_bytes_max = 256;

std::uint64_t big_endian(std::string_view bytes) {
    std::uint64_t value = 0;
    for (const char c : bytes) {
        value = (value << 8U) | static_cast<unsigned char>(c);
    }
    return value;
}

void append_big_endian(std::string& out, std::uint64_t value, unsigned bytes) {
    while (bytes-- > 0) {
        out.push_back(static_cast<char>((value >> (8 * bytes)) & 0xffU));
    }
}

std::uint16_t code_of(Breach breach) {
    return static_cast<std::uint16_t>(breach);
}

// [RFC 6455 7.4] What a peer may put on the wire.
bool is_close_code(std::uint64_t code) {
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
           (code >= 3000 && code <= 4999);
}

// An idle connection keeps little for its next message.
void give_back(std::string& buffer) {
    buffer.clear();
    if (buffer.capacity() > idle_capacity_bytes_max) {
        buffer.shrink_to_fit();
    }
}

}  // namespace

void Decoder::feed(std::string_view bytes) {
    if (breach_ || is_closed_) {
        return;
    }
    buffer_.erase(0, taken_);
    taken_ = 0;
    buffer_.append(bytes);
}

ResultOf<std::optional<Message>, Breach> Decoder::fail(Breach breach) {
    breach_ = breach;
    buffer_ = std::string();
    payload_ = std::string();
    taken_ = 0;
    return breach;
}

ResultOf<std::optional<Message>, Breach> Decoder::next() {
    while (!breach_ && !is_closed_) {
        if (!header_) {
            if (const std::uint16_t code = read_header()) {
                return fail(Breach{code});
            }
        }
        if (!header_) {
            break;
        }
        if (const std::uint16_t code = read_payload()) {
            return fail(Breach{code});
        }
        if (header_->rest > 0) {
            break;
        }
        auto finished = finish_frame();
        if (!finished || *finished) {
            return finished;
        }
    }
    if (breach_) {
        return *breach_;
    }
    if (taken_ == buffer_.size()) {
        give_back(buffer_);
        taken_ = 0;
    }
    return std::optional<Message>();
}

// [RFC 6455 5.2, 5.4, 5.5] All that the first two bytes can get wrong.
std::uint16_t Decoder::check_start(unsigned char first, unsigned char second) const {
    const auto opcode = static_cast<Opcode>(first & 0x0fU);
    const bool is_last = (first & 0x80U) != 0;
    const bool is_masked = (second & 0x80U) != 0;
    bool legal = (first & 0x70U) == 0 && is_masked == (role_ == Role::server);
    switch (opcode) {
        case Opcode::continuation:
            legal = legal && message_.has_value();
            break;
        case Opcode::text:
        case Opcode::binary:
            legal = legal && !message_.has_value();
            break;
        case Opcode::close:
        case Opcode::ping:
        case Opcode::pong:
            legal = legal && is_last && (second & 0x7fU) <= control_size_bytes_max;
            break;
        default:
            legal = false;
    }
    return legal ? 0 : code_of(Breach::protocol_error);
}

std::uint16_t Decoder::check_length(Opcode opcode, std::uint64_t length) const {
    if (opcode >= Opcode::close) {
        return 0;
    }
    const std::size_t held = payload_.size();
    const bool fits = held <= message_size_bytes_max_ && length <= message_size_bytes_max_ - held;
    return fits ? 0 : code_of(Breach::too_big);
}

std::uint16_t Decoder::read_header() {
    const std::string_view bytes = rest();
    if (bytes.size() < 2) {
        return 0;
    }
    const auto first = static_cast<unsigned char>(bytes[0]);
    const auto second = static_cast<unsigned char>(bytes[1]);
    if (const std::uint16_t code = check_start(first, second)) {
        return code;
    }
    std::uint64_t length = second & 0x7fU;
    const std::size_t extended = length == length_64 ? 8 : length == length_16 ? 2 : 0;
    if (bytes.size() < 2 + extended) {
        return 0;
    }
    if (extended > 0) {
        length = big_endian(bytes.substr(2, extended));
        const bool is_shortest = extended == 2 ? length >= length_16 : length > 0xffff;
        if (!is_shortest || (length >> 63U) != 0) {
            return code_of(Breach::protocol_error);
        }
    }
    Header header{(first & 0x80U) != 0, static_cast<Opcode>(first & 0x0fU), length, {}, 0};
    if (const std::uint16_t code = check_length(header.opcode, length)) {
        return code;
    }
    const std::size_t mask_size = role_ == Role::server ? header.mask.size() : 0;
    if (bytes.size() < 2 + extended + mask_size) {
        return 0;
    }
    bytes.copy(header.mask.data(), mask_size, 2 + extended);
    taken_ += 2 + extended + mask_size;
    start(header);
    return 0;
}

// Eight bytes at once where there are as many; the mask is turned to where it stands.
void Decoder::unmask(std::span<char> bytes, Header& header) {
    std::array<char, 8> turned{};
    for (std::size_t i = 0; i < turned.size(); ++i) {
        turned[i] = header.mask[(header.masked + i) % 4];
    }
    header.masked += bytes.size();
    const auto mask = std::bit_cast<std::uint64_t>(turned);
    std::uint64_t word = 0;
    std::size_t at = 0;
    for (; at + sizeof word <= bytes.size(); at += sizeof word) {
        std::memcpy(&word, bytes.data() + at, sizeof word);
        word ^= mask;
        std::memcpy(bytes.data() + at, &word, sizeof word);
    }
    for (std::size_t i = 0; at < bytes.size(); ++at, ++i) {
        bytes[at] = static_cast<char>(bytes[at] ^ turned[i]);
    }
}

void Decoder::start(const Header& header) {
    header_ = header;
    if (header.opcode == Opcode::text || header.opcode == Opcode::binary) {
        message_ = header.opcode;
        utf8_ = Utf8Check();
    }
}

std::uint16_t Decoder::read_payload() {
    const std::string_view bytes = rest().substr(
        0, static_cast<std::size_t>(std::min<std::uint64_t>(header_->rest, rest().size())));
    std::string& into = is_control() ? control_ : payload_;
    const std::size_t before = into.size();
    into.append(bytes);
    unmask(std::span(into).subspan(before), *header_);
    taken_ += bytes.size();
    header_->rest -= bytes.size();
    const bool is_text = !is_control() && message_ == Opcode::text;
    if (is_text && !utf8_.feed(std::string_view(into).substr(before))) {
        return code_of(Breach::not_utf8);
    }
    return 0;
}

ResultOf<std::optional<Message>, Breach> Decoder::finish_frame() {
    const Header header = *header_;
    header_.reset();
    if (header.opcode == Opcode::close) {
        return finish_close();
    }
    if (header.opcode >= Opcode::close) {
        Message control{header.opcode, std::move(control_), no_close_code};
        control_ = std::string();
        return std::optional(std::move(control));
    }
    if (!header.is_last) {
        return std::optional<Message>();
    }
    if (*message_ == Opcode::text && !utf8_.is_complete()) {
        return fail(Breach::not_utf8);
    }
    Message whole{*message_, std::move(payload_), no_close_code};
    payload_ = std::string();
    message_.reset();
    return std::optional(std::move(whole));
}

// [RFC 6455 5.5.1] Nothing, or a code and a reason in UTF-8.
ResultOf<std::optional<Message>, Breach> Decoder::finish_close() {
    Message close{Opcode::close, {}, no_close_code};
    if (!control_.empty()) {
        const std::uint64_t code = big_endian(std::string_view(control_).substr(0, 2));
        if (control_.size() < 2 || !is_close_code(code)) {
            return fail(Breach::protocol_error);
        }
        close.close_code = static_cast<std::uint16_t>(code);
        close.payload = control_.substr(2);
        if (!is_utf8(close.payload)) {
            return fail(Breach::not_utf8);
        }
    }
    is_closed_ = true;
    buffer_ = std::string();
    taken_ = 0;
    return std::optional(std::move(close));
}

std::size_t header_size(std::size_t payload_size) {
    return payload_size < length_16 ? 2 : payload_size <= 0xffff ? 4 : 10;
}

char* put_header(char* at, Opcode opcode, std::size_t payload_size) {
    *at++ = static_cast<char>(0x80U | static_cast<unsigned>(opcode));
    const std::size_t extended = header_size(payload_size) - 2;
    *at++ = static_cast<char>(extended == 0 ? payload_size : extended == 2 ? length_16 : length_64);
    for (std::size_t i = extended; i-- > 0;) {
        *at++ = static_cast<char>(payload_size >> (8 * i) & 0xffU);
    }
    return at;
}

std::string encode(Opcode opcode, std::string_view payload,
                   std::optional<std::array<char, 4>> mask) {
    CHECK(opcode < Opcode::close || payload.size() <= control_size_bytes_max);
    std::string out;
    out.reserve(payload.size() + 14);
    out.resize(header_size(payload.size()));
    put_header(out.data(), opcode, payload.size());
    if (!mask) {
        return out.append(payload);
    }
    out[1] = static_cast<char>(out[1] | 0x80);
    out.append(mask->data(), mask->size());
    for (std::size_t at = 0; at < payload.size(); ++at) {
        out.push_back(static_cast<char>(payload[at] ^ (*mask)[at % 4]));
    }
    return out;
}

std::string close_payload(std::uint16_t code, std::string_view reason) {
    if (code == no_close_code) {
        return {};
    }
    std::string text = to_utf8(reason);
    std::size_t size = std::min(text.size(), control_size_bytes_max - 2);
    while (size < text.size() && !is_utf8(std::string_view(text).substr(0, size))) {
        --size;
    }
    std::string out;
    append_big_endian(out, code, 2);
    return out.append(text, 0, size);
}

}  // namespace treeline::proto::websocket
