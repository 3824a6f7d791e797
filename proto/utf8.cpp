// UTF-8, by the table of well-formed byte sequences (Unicode 15, table 3-7).
#include "proto/utf8.hpp"

#include <cstring>

namespace treeline::proto {

bool Utf8Check::take(unsigned char byte) {
    if (pending_ > 0) {
        if (byte < low_ || byte > high_) {
            return false;
        }
        --pending_;
        low_ = 0x80;
        high_ = 0xbf;
        return true;
    }
    if (byte < 0x80) {
        return true;
    }
    if (byte < 0xc2 || byte > 0xf4) {
        return false;
    }
    pending_ = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    low_ = byte == 0xe0 ? 0xa0 : byte == 0xf0 ? 0x90 : 0x80;
    high_ = byte == 0xed ? 0x9f : byte == 0xf4 ? 0x8f : 0xbf;
    return true;
}

bool Utf8Check::feed(std::string_view bytes) {
    for (const char c : bytes) {
        if (!valid_) {
            return false;
        }
        valid_ = take(static_cast<unsigned char>(c));
    }
    return valid_;
}

bool is_utf8(std::string_view bytes) {
    // Nearly all of it is ASCII: eight bytes at once.
    std::uint64_t seen = 0;
    std::uint64_t word = 0;
    std::size_t at = 0;
    for (; at + sizeof word <= bytes.size(); at += sizeof word) {
        std::memcpy(&word, bytes.data() + at, sizeof word);
        seen |= word;
    }
    for (; at < bytes.size(); ++at) {
        seen |= static_cast<unsigned char>(bytes[at]);
    }
    if ((seen & 0x8080808080808080U) == 0) {
        return true;
    }
    Utf8Check check;
    return check.feed(bytes) && check.is_complete();
}

std::string to_utf8(std::string_view bytes) {
    if (is_utf8(bytes)) {
        return std::string(bytes);
    }
    std::string text;
    while (!bytes.empty()) {
        std::size_t size = 1;
        while (size < 4 && size < bytes.size() && !is_utf8(bytes.substr(0, size))) {
            ++size;
        }
        const bool whole = is_utf8(bytes.substr(0, size));
        text.append(whole ? bytes.substr(0, size) : "\xef\xbf\xbd");
        bytes.remove_prefix(whole ? size : 1);
    }
    return text;
}

}  // namespace treeline::proto
