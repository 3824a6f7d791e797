#include "firmware-sim/load/payload.hpp"

#include <array>

#include "base/check.hpp"

namespace treeline::load {
namespace {

constexpr std::string_view digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t no_digit = 0xff;
constexpr char padding = '.';

constexpr std::array<std::uint8_t, 256> make_values() {
    std::array<std::uint8_t, 256> values{};
    values.fill(no_digit);
    for (std::size_t i = 0; i < digits.size(); ++i) {
        values[static_cast<unsigned char>(digits[i])] = static_cast<std::uint8_t>(i);
    }
    return values;
}
constexpr auto digit_values = make_values();

void append_number(std::uint64_t number, unsigned size, std::string& out) {
    while (size-- > 0) {
        out += digits[(number >> (6 * size)) & 0x3fU];
    }
}

std::optional<std::uint64_t> take_number(std::string_view& payload, std::size_t size) {
    std::uint64_t number = 0;
    for (const char c : payload.substr(0, size)) {
        const std::uint8_t value = digit_values[static_cast<unsigned char>(c)];
        if (value == no_digit) {
            return std::nullopt;
        }
        number = number << 6U | value;
    }
    payload.remove_prefix(size);
    return number;
}

}  // namespace

void append_payload(const Mark& mark, std::size_t size, std::string& out) {
    CHECK(size >= payload_size_bytes_min);
    append_number(mark.tenant, 3, out);
    append_number(mark.device, 4, out);
    append_number(mark.sequence, 6, out);
    append_number(static_cast<std::uint64_t>(mark.due_us), 7, out);
    out.append(size - payload_size_bytes_min, padding);
}

std::optional<Mark> read_payload(std::string_view payload) {
    if (payload.size() < payload_size_bytes_min ||
        payload.find_first_not_of(padding, payload_size_bytes_min) != std::string_view::npos) {
        return std::nullopt;
    }
    const auto tenant = take_number(payload, 3);
    const auto device = tenant ? take_number(payload, 4) : std::nullopt;
    const auto sequence = device ? take_number(payload, 6) : std::nullopt;
    const auto due = sequence ? take_number(payload, 7) : std::nullopt;
    if (!due) {
        return std::nullopt;
    }
    return Mark{static_cast<std::uint32_t>(*tenant), static_cast<std::uint32_t>(*device), *sequence,
                static_cast<std::int64_t>(*due)};
}

}  // namespace treeline::load
