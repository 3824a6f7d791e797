// Protocol Buffers fields written and read by hand, for the few messages that are sent by the
// million.
//
//   field  = tag value       tag = number << 3 | kind    kind 0: varint   kind 2: length, bytes
//   varint = 7 bits a byte, least significant first, the high bit set on all but the last
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace treeline::proto {

inline std::size_t varint_size(std::uint64_t value) {
    return static_cast<std::size_t>((std::bit_width(value | 1) + 6) / 7);
}

// A number that is 0 is not sent (proto3). REQUIRES, here and below: field < 16.
inline std::size_t number_size(std::uint64_t value) {
    return value == 0 ? 0 : 1 + varint_size(value);
}
// Of `size` bytes with their tag and length, sent even when there are none.
inline std::size_t bytes_size(std::size_t size) {
    return 1 + varint_size(size) + size;
}

// Writes fields one behind the other. REQUIRES: there is room for all; the sizes above say it.
class FieldWriter {
  public:
    explicit FieldWriter(char* at) : at_(at) {}

    void number(unsigned field, std::uint64_t value) {
        if (value != 0) {
            *at_++ = static_cast<char>(field << 3);
            varint(value);
        }
    }
    // The tag and the length; what is written next are the bytes.
    void begin(unsigned field, std::size_t size) {
        *at_++ = static_cast<char>(field << 3 | 2);
        varint(size);
    }
    void bytes(unsigned field, std::string_view bytes) {
        begin(field, bytes.size());
        at_ = std::copy(bytes.begin(), bytes.end(), at_);
    }
    const char* at() const { return at_; }

  private:
    void varint(std::uint64_t value) {
        for (; value >= 0x80; value >>= 7) {
            *at_++ = static_cast<char>(value | 0x80);
        }
        *at_++ = static_cast<char>(value);
    }
    char* at_;
};

// Reads fields in order. Knows only the two kinds above and numbers below 16: nullopt for all else,
// and for what is cut off; the message is then not for this reader.
class FieldReader {
  public:
    struct Field {
        unsigned number = 0;
        bool is_bytes = false;
        std::uint64_t value = 0;  // of a varint
        std::string_view bytes;
    };
    explicit FieldReader(std::string_view bytes) : rest_(bytes) {}

    bool is_at_end() const { return rest_.empty(); }
    std::optional<Field> next() {
        if (rest_.empty() || (static_cast<unsigned char>(rest_[0]) & 0x85U) != 0) {
            return std::nullopt;
        }
        const unsigned tag = static_cast<unsigned char>(rest_[0]);
        rest_.remove_prefix(1);
        Field field{tag >> 3U, (tag & 2U) != 0, 0, {}};
        const auto number = varint();
        if (!number || field.number == 0 || (field.is_bytes && *number > rest_.size())) {
            return std::nullopt;
        }
        field.value = *number;
        if (field.is_bytes) {
            field.bytes = rest_.substr(0, static_cast<std::size_t>(*number));
            rest_.remove_prefix(field.bytes.size());
        }
        return field;
    }

  private:
    // Up to 63 bits: a tenth byte is not worth its rules.
    std::optional<std::uint64_t> varint() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 63 && shift / 7 < rest_.size(); shift += 7) {
            const auto byte = static_cast<unsigned char>(rest_[shift / 7]);
            value |= std::uint64_t{byte & 0x7fU} << shift;
            if (byte < 0x80) {
                rest_.remove_prefix(shift / 7 + 1);
                return value;
            }
        }
        return std::nullopt;
    }
    std::string_view rest_;
};

}  // namespace treeline::proto
