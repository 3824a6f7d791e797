// How times, page cursors and stored bytes are spelled in answers, and times and cursors read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace treeline {

// RFC 3339, UTC, milliseconds: "2024-02-29T12:00:00.000Z". Years are held within 0000 to 9999.
std::string format_time(UnixTime time);
// The same, with or without the fraction; nullopt for anything else, for a day that no month has,
// and for times before 1970.
std::optional<UnixTime> parse_time(std::string_view text);

// A place in a list, below 2^63, from an id as it stands on the wire or from a time: base64url of
// its 8 bytes. It tells no more than the item that the reader has already seen.
std::string format_cursor(std::uint64_t place);
std::optional<std::uint64_t> parse_cursor(std::string_view text);

// 1 to 2^53 - 1, decimal, no sign, no leading zero.
std::optional<std::uint64_t> parse_id(std::string_view text);
// 0 to 255, in the same spelling.
std::optional<std::uint8_t> parse_pin(std::string_view text);

// `bytes` with U+FFFD for whatever is not UTF-8: JSON can carry nothing else.
std::string to_utf8(std::string_view bytes);
// One code point, moving `text` behind it; nullopt (and one byte further) where it is not UTF-8.
// REQUIRES: not empty.
std::optional<char32_t> next_code_point(std::string_view& text);
// Holds a control character, NUL included, or one that reorders what is shown (U+202A …).
bool has_control(std::string_view utf8);

}  // namespace treeline
