// Letter: one mail as RFC 5322 text. Bytes only; knows no socket, clock or file.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "broker/identity/token.hpp"

namespace treeline::mail {

// Names stand in the log: never rename one.
enum class Kind : std::uint8_t {
    invitation,             // nonce; org, inviter, role, expires
    membership_invitation,  // the same, to somebody who has an account
    password_reset,         // nonce
    password_changed,       // a notice; nothing
    transfer_notice,        // device, from_org, to_org, state
    account_exists,         // somebody tried to register this address; nothing
};
std::string_view name(Kind kind);
std::optional<Kind> kind_named(std::string_view name);

// What a change asks to be told, as its log entry holds it. Values may be anything that people
// typed; a missing one is left out of the text.
struct Note {
    std::string to;
    Kind kind{};
    std::map<std::string, std::string, std::less<>> values;
};

// Where a mail stands in the log: the entry's number and its index within. Orders mails.
struct Position {
    std::uint64_t revision = 0;
    std::uint32_t index = 0;
    auto operator<=>(const Position&) const = default;
};
std::string to_string(Position position);  // "REVISION-INDEX"

// Who writes, and what links begin with. Immutable.
struct Sender {
    std::string address;            // in From and MAIL FROM
    std::string name;               // may be empty
    std::string public_url;         // "https://host[:port]", without a slash at its end
    std::uint64_t incarnation = 1;  // of the data directory: a restored one repeats its positions
    MailKey key{};
};

struct Letter {
    Position position;
    std::string from;  // addresses only
    std::string to;
    std::string headers;  // lines with CRLF; without those of the encoding
    std::string body;     // UTF-8, lines with CRLF, each at most line_size_max
};
inline constexpr std::size_t line_size_max = 990;  // RFC 5322 allows 998

enum class LetterErrc : std::uint8_t {
    bad_address,    // not one plain ASCII address
    bad_header,     // a control character where a header would hold it
    missing_value,  // no nonce for a link
};
std::string_view name(LetterErrc error);

// The same note, position and sender make the same bytes, so that a repeat is a true copy.
// Links begin with `public_url` whatever the note says; values are put in as they are, never read
// as a template; control characters in the body become spaces.
ResultOf<Letter, LetterErrc> write_letter(const Note& note, Position position, UnixTime at,
                                          const Sender& sender);

// Headers, empty line, body. Text beyond ASCII goes as 8 bits where the way bears it, else as
// quoted-printable.
std::string rendered(const Letter& letter, bool eight_bit);

}  // namespace treeline::mail
