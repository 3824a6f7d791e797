// Letter: one mail as RFC 5322 text. Bytes only; knows no socket, clock or file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "broker/domain/event.hpp"
#include "broker/identity/token.hpp"

namespace treeline::mail {

// For logs and for people: "invitation", "password_reset", …
std::string_view name(MailKind kind);

// Where a mail stands in the log: the entry's number and its index within. Orders mails.
struct Position {
    std::uint64_t revision = 0;
    std::uint32_t index = 0;
    auto operator<=>(const Position&) const = default;
};
std::string to_string(Position position);  // "REVISION-INDEX"

// Who writes, and what links begin with. Immutable.
struct Sender {
    std::string address;     // in From and MAIL FROM
    std::string name;        // may be empty
    std::string public_url;  // "https://host[:port]", without a slash at its end
    MailKey key{};
};

// One plain ASCII address, without anything that would end it or the line.
bool is_address(std::string_view text);
// The part of an URL between "//" and the port.
std::string host_of(std::string_view url);

struct Letter {
    Position position;
    std::string from;  // addresses only
    std::string to;
    std::string headers;  // lines with CRLF; without those of the encoding
    std::string body;     // UTF-8, lines with CRLF
};
inline constexpr std::size_t line_size_max = 990;  // RFC 5322 allows 998

enum class LetterErrc : std::uint8_t {
    bad_address,    // not one plain ASCII address
    bad_header,     // a control character where a header would hold it
    missing_value,  // no nonce for a link
};
std::string_view name(LetterErrc error);

// What a link's token is made for; empty: a letter of this kind has no link of its own.
std::string_view purpose_of(MailKind kind);

// The same mail, position, time of its change and sender make the same bytes, so that a repeat is a
// true copy. Links begin with `public_url` whatever the mail says; its values are put in as they
// are, never read as a template, and a missing one is left out; what controls a terminal or a line
// becomes a space in the body.
ResultOf<Letter, LetterErrc> write_letter(const OutgoingMail& mail, Position position, UnixTime at,
                                          const Sender& sender);

// Headers, empty line, body. Text beyond ASCII goes as 8 bits where the way bears it, else as
// quoted-printable, as does a body with a line over line_size_max.
std::string rendered(const Letter& letter, bool eight_bit);

}  // namespace treeline::mail
