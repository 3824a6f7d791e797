// Times, cursors, ids and UTF-8 by hand: no locale, no exception, bounded work.
#include "broker/api/format.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>

#include "broker/domain/wire_id.hpp"

namespace treeline {
namespace {

constexpr std::string_view base64url =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::size_t cursor_size = 11;  // base64url of 8 bytes: 64 bits and two of padding

// All of `text` as a decimal number; nullopt when a character is not a digit.
std::optional<unsigned> digits(std::string_view text) {
    unsigned value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') {
            return std::nullopt;
        }
        value = value * 10 + static_cast<unsigned>(c - '0');
    }
    return value;
}

struct Clock {
    unsigned hour, minute, second, millis;
};

std::optional<UnixTime> time_of(unsigned year, unsigned month, unsigned day, const Clock& at) {
    const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(year)),
                                           std::chrono::month(month), std::chrono::day(day)};
    if (!date.ok() || year < 1970 || at.hour > 23 || at.minute > 59 || at.second > 59) {
        return std::nullopt;
    }
    return UnixTime(std::chrono::sys_days(date)) + std::chrono::hours(at.hour) +
           std::chrono::minutes(at.minute) + std::chrono::seconds(at.second) + Millis(at.millis);
}

// The length of a UTF-8 sequence by its first byte; 0: it begins none.
std::size_t sequence_size(unsigned char first) {
    if (first < 0x80) {
        return 1;
    }
    if (first >= 0xC2 && first <= 0xDF) {
        return 2;
    }
    if (first >= 0xE0 && first <= 0xEF) {
        return 3;
    }
    return first >= 0xF0 && first <= 0xF4 ? 4 : 0;
}

bool is_scalar(char32_t c, std::size_t size) {
    constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};  // overlong below
    return c >= least[size] && c <= 0x10FFFF && !(c >= 0xD800 && c <= 0xDFFF);
}

}  // namespace

std::string format_time(UnixTime wanted) {
    // RFC 3339 has four digits of year.
    const UnixTime time =
        std::clamp(wanted, from_unix_ms(-62'167'219'200'000), from_unix_ms(253'402'300'799'999));
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    std::array<char, 64> out{};
    std::snprintf(out.data(), out.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                  static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                  static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                  static_cast<int>(clock.minutes().count()),
                  static_cast<int>(clock.seconds().count()),
                  static_cast<int>(clock.subseconds().count()));
    return out.data();
}

std::optional<UnixTime> parse_time(std::string_view text) {
    constexpr std::string_view form = "____-__-__T__:__:__";
    if ((text.size() != 20 && text.size() != 24) || text.back() != 'Z') {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < form.size(); ++i) {
        if (form[i] != '_' && form[i] != text[i]) {
            return std::nullopt;
        }
    }
    if (text.size() == 24 && text[19] != '.') {
        return std::nullopt;
    }
    const auto year = digits(text.substr(0, 4)), month = digits(text.substr(5, 2)),
               day = digits(text.substr(8, 2)), hour = digits(text.substr(11, 2)),
               minute = digits(text.substr(14, 2)), second = digits(text.substr(17, 2)),
               millis = text.size() == 24 ? digits(text.substr(20, 3)) : 0U;
    if (!year || !month || !day || !hour || !minute || !second || !millis) {
        return std::nullopt;
    }
    return time_of(*year, *month, *day, {*hour, *minute, *second, *millis});
}

std::string format_cursor(std::uint64_t place) {
    std::string out(cursor_size, 'A');
    for (std::size_t i = cursor_size; i-- > 0;) {
        out[i] = base64url[place & 63];
        place >>= 6;
    }
    return out;
}

std::optional<std::uint64_t> parse_cursor(std::string_view text) {
    if (text.size() != cursor_size) {
        return std::nullopt;
    }
    std::uint64_t value = 0;
    for (const char c : text) {
        const std::size_t digit = base64url.find(c);
        if (digit == std::string_view::npos) {
            return std::nullopt;
        }
        value = (value << 6) | digit;
    }
    const bool is_too_large = base64url.find(text.front()) >= 8;  // over 63 bits
    if (value == 0 || is_too_large) {
        return std::nullopt;
    }
    return value;
}

std::optional<std::uint64_t> parse_id(std::string_view text) {
    std::uint64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(text.data(), end, value);
    if (failure != std::errc() || stop != end || text.front() == '0' || value > wire_id_max) {
        return std::nullopt;
    }
    return value;
}

std::optional<std::uint8_t> parse_pin(std::string_view text) {
    const auto value = text.size() <= 3 && !text.empty() ? digits(text) : std::nullopt;
    if (!value || *value > 255 || (text.size() > 1 && text.front() == '0')) {
        return std::nullopt;
    }
    return static_cast<std::uint8_t>(*value);
}

std::optional<char32_t> next_code_point(std::string_view& text) {
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t size = sequence_size(first);
    char32_t c = size == 1 ? first : first & (0xFFU >> (size + 1));
    bool is_whole = size > 0 && size <= text.size();
    for (std::size_t i = 1; is_whole && i < size; ++i) {
        const auto next = static_cast<unsigned char>(text[i]);
        is_whole = (next & 0xC0U) == 0x80;
        c = (c << 6) | (next & 0x3FU);
    }
    if (!is_whole || !is_scalar(c, size)) {
        text.remove_prefix(1);
        return std::nullopt;
    }
    text.remove_prefix(size);
    return c;
}

std::string to_utf8(std::string_view bytes) {
    std::string out;
    while (!bytes.empty()) {
        const std::string_view rest = bytes;
        if (next_code_point(bytes)) {
            out += rest.substr(0, rest.size() - bytes.size());
        } else {
            out += "\xEF\xBF\xBD";
        }
    }
    return out;
}

bool has_control(std::string_view utf8) {
    while (!utf8.empty()) {
        const char32_t c = next_code_point(utf8).value_or(0);
        const bool reorders = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
        if (c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x2028 || c == 0x2029 || reorders) {
            return true;
        }
    }
    return false;
}

}  // namespace treeline
