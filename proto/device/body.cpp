// Bodies of device frames, cut into their parts.
#include "proto/device/body.hpp"

#include <algorithm>
#include <array>
#include <bitset>
#include <charconv>
#include <limits>

namespace treeline::proto {

namespace {

constexpr std::size_t token_size_bytes = 32;
constexpr std::size_t pins_max = 256;
constexpr std::int64_t unix_ms_max = 253'402'300'799'999;  // the end of the year 9999

// Splits at the first NUL; nullopt in `second` where there is none.
std::pair<std::string_view, std::optional<std::string_view>> cut(std::string_view bytes) {
    const std::size_t nul = bytes.find('\0');
    if (nul == std::string_view::npos) {
        return {bytes, std::nullopt};
    }
    return {bytes.substr(0, nul), bytes.substr(nul + 1)};
}

std::string_view without_trailing_nul(std::string_view bytes) {
    return bytes.ends_with('\0') ? bytes.substr(0, bytes.size() - 1) : bytes;
}

bool is_base64url(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

bool is_digits(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// As split_items, but no bytes are one empty item: what follows a NUL is a value.
std::vector<std::string_view> split_values(std::string_view bytes) {
    return bytes.empty() ? std::vector<std::string_view>{bytes} : split_items(bytes);
}

}  // namespace

std::vector<std::string_view> split_items(std::string_view body) {
    std::vector<std::string_view> items;
    std::optional<std::string_view> rest = without_trailing_nul(body);
    if (body.empty()) {
        return items;
    }
    while (rest) {
        const auto [item, after] = cut(*rest);
        items.push_back(item);
        rest = after;
    }
    return items;
}

std::optional<std::uint8_t> parse_pin(std::string_view text) {
    if (text.size() > 3 || !is_digits(text)) {
        return std::nullopt;
    }
    const auto number = parse_integer(text);
    if (!number || *number >= std::int64_t{pins_max}) {
        return std::nullopt;
    }
    return static_cast<std::uint8_t>(*number);
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (!is_digits(text.substr(negative ? 1 : 0))) {
        return std::nullopt;
    }
    std::int64_t value = 0;
    const auto outcome = std::from_chars(text.data(), text.data() + text.size(), value);
    if (outcome.ec == std::errc::result_out_of_range) {
        using Limits = std::numeric_limits<std::int64_t>;
        return negative ? Limits::min() : Limits::max();
    }
    return value;
}

std::optional<std::string_view> parse_token(std::string_view body) {
    const std::string_view token =
        body.size() == token_size_bytes + 1 ? without_trailing_nul(body) : body;
    if (token.size() != token_size_bytes ||
        !std::all_of(token.begin(), token.end(), is_base64url)) {
        return std::nullopt;
    }
    return token;
}

std::optional<PinWrite> parse_write(std::string_view body) {
    const auto [kind, rest] = cut(body);
    if (kind != "vw" || !rest) {
        return std::nullopt;
    }
    const auto [pin_text, value] = cut(*rest);
    const auto pin = parse_pin(pin_text);
    if (!pin || !value) {
        return std::nullopt;
    }
    return PinWrite{*pin, *value};
}

std::optional<std::vector<std::uint8_t>> parse_sync(std::string_view body) {
    std::vector<std::uint8_t> pins;
    if (body.empty()) {
        return pins;
    }
    const std::vector<std::string_view> items = split_items(body);
    if (items.front() != "vr" || items.size() < 2) {
        return std::nullopt;
    }
    std::bitset<pins_max> asked;  // each once, so that one frame can't ask for thousands
    for (std::size_t at = 1; at < items.size(); ++at) {
        const auto pin = parse_pin(items[at]);
        if (!pin) {
            return std::nullopt;
        }
        if (!asked[*pin]) {
            asked.set(*pin);
            pins.push_back(*pin);
        }
    }
    return pins;
}

std::optional<PropertyBody> parse_property(std::string_view body) {
    PropertyBody property;
    std::optional<std::string_view> rest = body;
    while (rest) {
        const auto [item, after] = cut(*rest);
        if (const auto pin = parse_pin(item)) {
            property.pins.push_back(*pin);
            rest = after;
            continue;
        }
        if (property.pins.empty() || item.empty() || !after) {
            return std::nullopt;
        }
        property.name = item;
        property.values = split_values(*after);
        return property;
    }
    return std::nullopt;
}

std::optional<GroupStep> parse_group(std::string_view body) {
    const std::vector<std::string_view> items = split_items(body);
    if (items.size() == 1 && items[0] == "b") {
        return GroupStep{GroupStep::Kind::begin, 0};
    }
    if (items.size() == 1 && items[0] == "e") {
        return GroupStep{GroupStep::Kind::end, 0};
    }
    if (items.size() != 2 || items[0] != "t") {
        return std::nullopt;
    }
    const auto at = parse_integer(items[1]);
    if (!at || *at < 0 || *at > unix_ms_max) {
        return std::nullopt;
    }
    return GroupStep{GroupStep::Kind::begin_at, *at};
}

std::optional<EventBody> parse_event(std::string_view body) {
    const auto [code, rest] = cut(body);
    if (code.empty()) {
        return std::nullopt;
    }
    return EventBody{code, without_trailing_nul(rest.value_or(std::string_view()))};
}

std::optional<EventBody> parse_event_clear(std::string_view body) {
    const auto event = parse_event(body);
    if (!event || (event->description != "" && event->description != "all")) {
        return std::nullopt;
    }
    return event;
}

bool is_info(const std::vector<std::string_view>& items) {
    constexpr std::array<std::string_view, 5> keys{"ver", "mcu", "ncp", "blynk", "fw"};
    return !items.empty() && std::find(keys.begin(), keys.end(), items.front()) != keys.end();
}

std::vector<std::pair<std::string_view, std::string_view>> info_pairs(
    const std::vector<std::string_view>& items) {
    std::vector<std::pair<std::string_view, std::string_view>> pairs;
    for (std::size_t at = 0; at < items.size(); at += 2) {
        pairs.emplace_back(items[at], at + 1 < items.size() ? items[at + 1] : std::string_view());
    }
    return pairs;
}

}  // namespace treeline::proto
