// The texts, and what people typed as literal values in them.
#include "broker/mail/letter_text.hpp"

#include <algorithm>

namespace treeline::mail {

namespace {

constexpr std::size_t value_size_max = 256;  // what somebody typed stays a name, not a story

// A value can't begin a line of its own: what people typed never looks like a sentence of ours.
std::string literal(std::string_view value) {
    std::string text(value.substr(0, value_size_max));
    while (value.size() > value_size_max && !text.empty() && (text.back() & 0x40) == 0 &&
           (text.back() & 0x80) != 0) {
        text.pop_back();  // continuation bytes of a character that was cut
    }
    if (value.size() > value_size_max && !text.empty() && (text.back() & 0x80) != 0) {
        text.pop_back();
    }
    std::ranges::replace_if(
        text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
    return text;
}

std::string value(const OutgoingMail& mail, const std::string& key) {
    const auto found = mail.values.find(key);
    return found == mail.values.end() ? std::string() : literal(found->second);
}

// "LABEL: VALUE\n", or nothing when there is no value.
std::string row(const OutgoingMail& mail, std::string_view label, const std::string& key) {
    const std::string held = value(mail, key);
    return held.empty() ? "" : std::string(label) + ": " + held + "\n";
}

// In the fragment: a browser never sends it, so it is in no log and in no Referer (ACC-09).
ResultOf<std::string, LetterErrc> link(const OutgoingMail& mail, const Sender& sender,
                                       std::string_view page) {
    const auto nonce = mail.values.find("nonce");
    if (nonce == mail.values.end() || nonce->second.empty()) {
        return LetterErrc::missing_value;
    }
    return sender.public_url + std::string(page) +
           "#token=" + mailed_token(sender.key, purpose_of(mail.kind), nonce->second);
}

ResultOf<Text, LetterErrc> invitation(const OutgoingMail& mail, const Sender& sender,
                                      bool has_account) {
    auto url = link(mail, sender, "/invitation");
    if (!url) {
        return url.error();
    }
    const std::string org = value(mail, "org");
    Text text;
    text.subject = "Invitation" + (org.empty() ? "" : " to " + org);
    text.body = "You are invited to an organization on Treeline.\n\n" +
                row(mail, "Organization", "org") + row(mail, "Role", "role") +
                row(mail, "Invited by", "inviter") + "\n" +
                (has_account ? "Sign in with your account and accept it here:\n"
                             : "Accept it and choose a password here:\n") +
                *url + "\n\n" + "The link works once, for this address, until it expires.\n" +
                row(mail, "Expires", "expires") +
                "If you did not expect this, do nothing: nothing will happen.\n";
    return text;
}

ResultOf<Text, LetterErrc> password_reset(const OutgoingMail& mail, const Sender& sender) {
    auto url = link(mail, sender, "/password-reset");
    if (!url) {
        return url.error();
    }
    return Text{"Reset your password",
                "Somebody asked to reset the password of your Treeline account.\n\n"
                "Choose a new one here:\n" +
                    *url +
                    "\n\nThe link works once, for 30 minutes.\n"
                    "If it was not you, do nothing: your password stays as it is.\n"};
}

Text password_changed(const Sender& sender) {
    return {"Your password was changed",
            "The password of your Treeline account was changed, and all sessions were ended.\n\n"
            "If it was not you, reset it at once:\n" +
                sender.public_url + "/password-reset\n"};
}

Text transfer_notice(const OutgoingMail& mail, const Sender& sender) {
    const std::string device = value(mail, "device");
    return {"Device transfer" + (device.empty() ? "" : ": " + device),
            "A transfer between organizations concerns you.\n\n" + row(mail, "Device", "device") +
                row(mail, "From", "from_org") + row(mail, "To", "to_org") +
                row(mail, "State", "state") + "\nSee it here:\n" + sender.public_url +
                "/transfers\n"};
}

Text account_exists(const Sender& sender) {
    return {"You already have an account",
            "Somebody tried to register this address, which has a Treeline account already.\n\n"
            "If it was you, sign in or reset your password:\n" +
                sender.public_url + "/password-reset\n" +
                "If it was not you, do nothing: nothing has changed.\n"};
}

}  // namespace

ResultOf<Text, LetterErrc> text_of(const OutgoingMail& mail, const Sender& sender) {
    switch (mail.kind) {
        case MailKind::invitation:
            return invitation(mail, sender, false);
        case MailKind::membership_invitation:
            return invitation(mail, sender, true);
        case MailKind::password_reset:
            return password_reset(mail, sender);
        case MailKind::password_changed:
            return password_changed(sender);
        case MailKind::transfer_notice:
            return transfer_notice(mail, sender);
        case MailKind::account_exists:
            break;
    }
    return account_exists(sender);
}

}  // namespace treeline::mail
