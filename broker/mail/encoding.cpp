// RFC 2045, 2047, 5321 and 5322, as far as our own letters need them.
#include "broker/mail/encoding.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

namespace treeline::mail {

namespace {

constexpr std::string_view hex_digits = "0123456789ABCDEF";
constexpr std::size_t plain_header_max = 60;   // with the longest name it stays under 78
constexpr std::size_t encoded_bytes_max = 39;  // 52 characters of base64, 12 around, "Subject: "
constexpr std::size_t quoted_line_max = 75;    // and "=" makes 76

bool continues_character(char c) {
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

// The greatest whole characters of `text` within `max` bytes; at least one byte.
std::size_t whole_characters(std::string_view text, std::size_t max) {
    std::size_t size = std::min(text.size(), max);
    while (size > 1 && size < text.size() && continues_character(text[size])) {
        --size;
    }
    return size;
}

std::string quoted(char c, bool at_end) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_blank = c == ' ' || c == '\t';
    if ((byte > 0x20 && byte < 0x7f && c != '=') || (is_blank && !at_end)) {
        return {c};
    }
    return {'=', hex_digits[byte >> 4], hex_digits[byte & 15]};
}

std::string quoted_line(std::string_view line) {
    std::string out;
    std::size_t column = 0;
    for (std::size_t at = 0; at < line.size(); ++at) {
        const std::string piece = quoted(line[at], at + 1 == line.size());
        if (column + piece.size() > quoted_line_max) {
            out += "=\r\n";
            column = 0;
        }
        out += piece;
        column += piece.size();
    }
    return out;
}

}  // namespace

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool has_control(std::string_view text) {
    return std::ranges::any_of(
        text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::string base64(std::string_view bytes) {
    constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    std::uint32_t bits = 0;
    int held = 0;
    for (const char c : bytes) {
        bits = bits << 8 | static_cast<unsigned char>(c);
        for (held += 8; held >= 6; held -= 6) {
            text += alphabet[bits >> (held - 6) & 63];
        }
    }
    if (held > 0) {
        text += alphabet[bits << (6 - held) & 63];
    }
    text.append((4 - text.size() % 4) % 4, '=');
    return text;
}

bool has_line_over(std::string_view text, std::size_t max) {
    while (text.size() > max) {
        const std::size_t end = text.find("\r\n");
        if (std::min(end, text.size()) > max) {
            return true;
        }
        text.remove_prefix(end + 2);
    }
    return false;
}

std::string header_text(std::string_view text) {
    // "=?" in plain text would be read as the beginning of an encoded word.
    if (is_ascii(text) && !has_control(text) && text.size() <= plain_header_max &&
        text.find("=?") == std::string_view::npos) {
        return std::string(text);
    }
    std::string out;
    while (!text.empty()) {
        const std::size_t size = whole_characters(text, encoded_bytes_max);
        out +=
            (out.empty() ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?") + base64(text.substr(0, size)) + "?=";
        text.remove_prefix(size);
    }
    return out;
}

std::string quoted_printable(std::string_view body) {
    std::string out;
    while (!body.empty()) {
        const std::size_t end = body.find("\r\n");
        out += quoted_line(body.substr(0, end));
        if (end == std::string_view::npos) {
            break;
        }
        out += "\r\n";
        body.remove_prefix(end + 2);
    }
    return out;
}

std::string header_date(UnixTime at) {
    constexpr std::array<const char*, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = std::chrono::floor<std::chrono::days>(at);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(at - day));
    std::array<char, 64> text{};
    const int size = std::snprintf(
        text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d +0000",
        days[std::chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
        months[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
        static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
        static_cast<int>(time.seconds().count()));
    return {text.data(), static_cast<std::size_t>(size)};
}

std::string dot_stuffed(std::string_view message) {
    std::string out;
    out.reserve(message.size() + 64);
    while (!message.empty()) {
        const std::size_t end = message.find_first_of("\r\n");
        const std::string_view line = message.substr(0, end);
        out += line.starts_with('.') ? "." : "";
        out.append(line).append("\r\n");
        message.remove_prefix(end == std::string_view::npos ? message.size() : end);
        message.remove_prefix(message.starts_with("\r\n") ? 2 : message.empty() ? 0 : 1);
    }
    return out += ".\r\n";
}

}  // namespace treeline::mail
