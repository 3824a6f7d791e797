// Letters: headers that hold nobody else's lines, and the one Message-ID of each letter.
#include "broker/mail/letter.hpp"

#include "broker/mail/encoding.hpp"
#include "broker/mail/letter_text.hpp"

namespace treeline::mail {

namespace {

constexpr std::size_t message_tag_size = 16;

// The tag tells two data directories behind one host apart, and what a restored one writes from
// what its original wrote: both count revisions from the same numbers, but not at the same moment.
// A letter that a backup still held is the same letter in both, and so a copy that mailboxes drop.
std::string message_id(Position position, UnixTime at, const Sender& sender) {
    const std::string place =
        std::to_string(position.revision) + "." + std::to_string(position.index);
    const std::string moment = place + "." + std::to_string(to_unix_ms(at));
    return "<" + place + "." + keyed_label(sender.key, moment, message_tag_size) + "@" +
           host_of(sender.public_url) + ">";
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

bool is_address(std::string_view text) {
    constexpr std::string_view forbidden = "<>()[],;:\\\" ";
    const std::size_t at = text.find('@');
    return is_ascii(text) && !has_control(text) && text.size() <= 254 && at != 0 &&
           at != std::string_view::npos && at + 1 < text.size() &&
           text.find('@', at + 1) == std::string_view::npos &&
           text.find_first_of(forbidden) == std::string_view::npos;
}

std::string_view name(MailKind kind) {
    switch (kind) {
        case MailKind::invitation:
            return "invitation";
        case MailKind::membership_invitation:
            return "membership_invitation";
        case MailKind::password_reset:
            return "password_reset";
        case MailKind::password_changed:
            return "password_changed";
        case MailKind::transfer_notice:
            return "transfer_notice";
        case MailKind::account_exists:
            break;
    }
    return "account_exists";
}

std::string_view purpose_of(MailKind kind) {
    switch (kind) {
        case MailKind::invitation:
        case MailKind::membership_invitation:
            return purpose_invitation;
        case MailKind::password_reset:
            return purpose_password_reset;
        case MailKind::password_changed:
        case MailKind::transfer_notice:
        case MailKind::account_exists:
            break;
    }
    return {};
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

ResultOf<Letter, LetterErrc> write_letter(const OutgoingMail& mail, Position position, UnixTime at,
                                          const Sender& sender) {
    if (!is_address(mail.to) || !is_address(sender.address)) {
        return LetterErrc::bad_address;
    }
    // What a header would hold must not hold a line's end, before anything makes it harmless.
    for (const char* key : {"org", "device"}) {
        const auto found = mail.values.find(key);
        if (found != mail.values.end() && has_control(found->second)) {
            return LetterErrc::bad_header;
        }
    }
    const auto text = text_of(mail, sender);
    if (!text) {
        return text.error();
    }
    if (has_control(text->subject) || has_control(sender.name)) {
        return LetterErrc::bad_header;
    }
    Letter letter{position, sender.address, mail.to, {}, with_crlf(text->body)};
    letter.headers = "From: " + from_header(sender) + "\r\nTo: " + mail.to +
                     "\r\nSubject: " + header_text(text->subject) + "\r\nDate: " + header_date(at) +
                     "\r\nMessage-ID: " + message_id(position, at, sender) +
                     "\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
                     "Content-Type: text/plain; charset=utf-8\r\n";
    return letter;
}

std::string rendered(const Letter& letter, bool eight_bit) {
    const bool ascii = is_ascii(letter.body);
    const bool as_it_is = (ascii || eight_bit) && !has_line_over(letter.body, line_size_max);
    const std::string encoding = !as_it_is ? "quoted-printable" : ascii ? "7bit" : "8bit";
    return letter.headers + "Content-Transfer-Encoding: " + encoding + "\r\n\r\n" +
           (as_it_is ? letter.body : quoted_printable(letter.body));
}

}  // namespace treeline::mail
