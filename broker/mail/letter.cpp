#include "broker/mail/letter.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "broker/mail/encoding.hpp"
#include "broker/mail/letter_text.hpp"

namespace treeline::mail {

namespace {

constexpr std::size_t message_tag_size = 16;

constexpr std::array<std::pair<Kind, std::string_view>, 6> kinds{{
    {Kind::invitation, "invitation"},
    {Kind::membership_invitation, "membership_invitation"},
    {Kind::password_reset, "password_reset"},
    {Kind::password_changed, "password_changed"},
    {Kind::transfer_notice, "transfer_notice"},
    {Kind::account_exists, "account_exists"},
}};

// The part of the public URL between "//" and the port.
std::string host_of(std::string_view url) {
    const std::size_t scheme = url.find("//");
    url.remove_prefix(scheme == std::string_view::npos ? 0 : scheme + 2);
    url = url.substr(0, url.find('/'));
    const std::size_t port = url.rfind(':');
    if (port != std::string_view::npos && url.find(']', port) == std::string_view::npos) {
        url = url.substr(0, port);
    }
    return std::string(url);
}

// The tag tells two data directories behind one host apart, and a restored one from its original:
// both count revisions from the same numbers.
std::string message_id(Position position, const Sender& sender) {
    const std::string place =
        std::to_string(position.revision) + "." + std::to_string(position.index);
    const std::string life = place + "." + std::to_string(sender.incarnation);
    return "<" + place + "." + keyed_label(sender.key, life, message_tag_size) + "@" +
           host_of(sender.public_url) + ">";
}

// ASCII without anything that would end the address or the line.
bool is_address(std::string_view text) {
    constexpr std::string_view forbidden = "<>()[],;:\\\" ";
    const std::size_t at = text.find('@');
    return is_ascii(text) && !has_control(text) && text.size() <= 254 && at != 0 &&
           at != std::string_view::npos && at + 1 < text.size() &&
           text.find('@', at + 1) == std::string_view::npos &&
           text.find_first_of(forbidden) == std::string_view::npos;
}

// A quoted string or encoded words, then the address.
std::string from_header(const Sender& sender) {
    if (sender.name.empty()) {
        return sender.address;
    }
    const bool plain =
        is_ascii(sender.name) && sender.name.find_first_of("\"\\=?") == std::string::npos;
    const std::string name = plain ? "\"" + sender.name + "\"" : header_text(sender.name);
    return name + " <" + sender.address + ">";
}

std::string with_crlf(std::string_view text) {
    std::string out;
    for (const char c : text) {
        out += c == '\n' ? "\r\n" : std::string(1, c);
    }
    return out;
}

}  // namespace

std::string_view name(Kind kind) {
    const auto* const found =
        std::ranges::find_if(kinds, [&](const auto& pair) { return pair.first == kind; });
    return found == kinds.end() ? std::string_view() : found->second;
}

std::optional<Kind> kind_named(std::string_view name) {
    const auto* const found =
        std::ranges::find_if(kinds, [&](const auto& pair) { return pair.second == name; });
    return found == kinds.end() ? std::nullopt : std::optional(found->first);
}

std::string to_string(Position position) {
    return std::to_string(position.revision) + "-" + std::to_string(position.index);
}

std::string_view name(LetterErrc error) {
    switch (error) {
        case LetterErrc::bad_address:
            return "bad_address";
        case LetterErrc::bad_header:
            return "bad_header";
        case LetterErrc::missing_value:
            break;
    }
    return "missing_value";
}

ResultOf<Letter, LetterErrc> write_letter(const Note& note, Position position, UnixTime at,
                                          const Sender& sender) {
    if (!is_address(note.to) || !is_address(sender.address)) {
        return LetterErrc::bad_address;
    }
    // What a header would hold must not hold a line's end, before anything makes it harmless.
    for (const std::string_view key : {"org", "device"}) {
        const auto found = note.values.find(key);
        if (found != note.values.end() && has_control(found->second)) {
            return LetterErrc::bad_header;
        }
    }
    const auto text = text_of(note, sender);
    if (!text) {
        return text.error();
    }
    if (has_control(text->subject) || has_control(sender.name)) {
        return LetterErrc::bad_header;
    }
    Letter letter{position, sender.address, note.to, {}, with_crlf(text->body)};
    letter.headers = "From: " + from_header(sender) + "\r\nTo: " + note.to +
                     "\r\nSubject: " + header_text(text->subject) + "\r\nDate: " + header_date(at) +
                     "\r\nMessage-ID: " + message_id(position, sender) +
                     "\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
                     "Content-Type: text/plain; charset=utf-8\r\n";
    return letter;
}

std::string rendered(const Letter& letter, bool eight_bit) {
    const bool ascii = is_ascii(letter.body);
    const bool as_it_is = ascii || eight_bit;
    const std::string encoding = ascii ? "7bit" : eight_bit ? "8bit" : "quoted-printable";
    return letter.headers + "Content-Transfer-Encoding: " + encoding + "\r\n\r\n" +
           (as_it_is ? letter.body : quoted_printable(letter.body));
}

}  // namespace treeline::mail
