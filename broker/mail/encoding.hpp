// How text travels in a mail: encoded words, quoted-printable, dates, stuffed dots.
#pragma once

#include <string>
#include <string_view>

#include "base/time.hpp"

namespace treeline::mail {

bool is_ascii(std::string_view text);
bool has_control(std::string_view text);  // 0x00–0x1f or 0x7f
// Is one of its lines, which end with CRLF, longer than `max` bytes?
bool has_line_over(std::string_view text, std::size_t max);
// A header's value: as it is when it is printable ASCII and short, else RFC 2047 encoded words of
// at most 75 characters, folded, never cutting a UTF-8 character.
std::string header_text(std::string_view text);
// RFC 2045 §6.7 for lines that end with CRLF.
std::string quoted_printable(std::string_view body);
// RFC 5322 §3.3, in UTC: "Tue, 24 Nov 2026 10:00:00 +0000".
std::string header_date(UnixTime at);
// RFC 4648 §4, padded.
std::string base64(std::string_view bytes);
// RFC 5321 §4.5.2: a line that begins with a dot gets another; ends with CRLF.CRLF. A CR or LF of
// its own becomes a whole line's end: to some servers it is one, and a message that holds "\n.\n"
// would end there and go on as commands.
std::string dot_stuffed(std::string_view message);

}  // namespace treeline::mail
