// Letters: literal text, the configured links, no header of anybody else's.
#include "broker/mail/letter.hpp"

#include <set>

#include <gtest/gtest.h>

#include "broker/mail/encoding.hpp"

namespace treeline::mail {
namespace {

const Sender sender{"broker@example.org", "Treeline", "https://things.example.org:8443", {}};
constexpr Position place{7, 0};
constexpr UnixTime at{Millis(1'764'000'000'000)};  // 24 Nov 2025 16:00:00

OutgoingMail invitation(const std::string& org) {
    return {"ann@example.org", MailKind::invitation, {{"nonce", "00ff"}, {"org", org}}};
}

std::string text_of_invitation(const std::string& org) {
    const auto letter = write_letter(invitation(org), place, at, sender);
    return letter ? rendered(*letter, true) : std::string(name(letter.error()));
}

TEST(Letter, REST_40_values_are_literal_text) {
    const std::string text = text_of_invitation("{{7*7}} ${HOME} %s");
    EXPECT_NE(text.find("Subject: Invitation to {{7*7}} ${HOME} %s\r\n"), std::string::npos);
    EXPECT_NE(text.find("Organization: {{7*7}} ${HOME} %s\r\n"), std::string::npos);
    EXPECT_EQ(text.find("49"), std::string::npos);
}

TEST(Letter, REST_40_refuses_a_line_end_in_the_subject) {
    for (const char* org : {"a\r\nBcc: eve@evil.tld", "a\nb", "a\rb"}) {
        EXPECT_EQ(text_of_invitation(org), "bad_header");
    }
}

TEST(Letter, refuses_an_address_that_is_more_than_one) {
    for (const char* to : {"a@b,c@d", "a@b>\r\nRCPT TO:<c@d", "a b@c", "@b", "a@", "a"}) {
        OutgoingMail note = invitation("x");
        note.to = to;
        const auto letter = write_letter(note, place, at, sender);
        ASSERT_FALSE(letter) << to;
        EXPECT_EQ(letter.error(), LetterErrc::bad_address);
    }
}

TEST(Letter, REST_21_links_begin_with_the_configured_url) {
    OutgoingMail note = invitation("x");
    note.values["public_url"] = "https://evil.tld";
    note.values["host"] = "evil.tld";
    const auto letter = write_letter(note, place, at, sender);
    ASSERT_TRUE(letter);
    const std::string link = "https://things.example.org:8443/invitation#token=" +
                             mailed_token(sender.key, purpose_invitation, "00ff");
    EXPECT_NE(letter->body.find(link + "\r\n"), std::string::npos);
    EXPECT_EQ(rendered(*letter, true).find("evil"), std::string::npos);
}

TEST(Letter, a_link_needs_its_nonce) {
    const OutgoingMail note{"a@b.c", MailKind::password_reset, {}};
    const auto letter = write_letter(note, place, at, sender);
    ASSERT_FALSE(letter);
    EXPECT_EQ(letter.error(), LetterErrc::missing_value);
}

// A restored directory counts the same revisions again, at another moment.
TEST(Letter, a_repeat_is_the_same_bytes_and_the_same_revision_at_another_moment_another_id) {
    EXPECT_EQ(text_of_invitation("x"), text_of_invitation("x"));
    const auto first = write_letter(invitation("x"), place, at, sender);
    const auto second = write_letter(invitation("x"), place, at + Millis(1), sender);
    ASSERT_TRUE(first && second);
    EXPECT_NE(first->headers, second->headers);
    EXPECT_EQ(first->body, second->body);
}

TEST(Letter, no_line_is_longer_than_a_server_must_take) {
    Sender wordy = sender;
    wordy.public_url = "https://" + std::string(2'000, 'a');
    const auto letter = write_letter(invitation(std::string(80, 'o')), place, at, wordy);
    ASSERT_TRUE(letter);
    for (const bool eight_bit : {false, true}) {
        Letter without_headers = *letter;
        without_headers.headers.clear();
        EXPECT_FALSE(has_line_over(rendered(without_headers, eight_bit), 998));
    }
}

TEST(Letter, every_kind_has_a_name_and_a_text) {
    std::set<std::string> names;
    for (int at_kind = 0; at_kind <= static_cast<int>(MailKind::account_exists); ++at_kind) {
        const auto kind = static_cast<MailKind>(at_kind);
        EXPECT_TRUE(names.insert(std::string(name(kind))).second);
        EXPECT_TRUE(write_letter({"a@b.c", kind, {{"nonce", "1"}}}, place, at, sender));
    }
}

TEST(Letter, goes_as_seven_bits_where_eight_are_not_borne) {
    const auto letter = write_letter(invitation("Zürich"), place, at, sender);
    ASSERT_TRUE(letter);
    EXPECT_TRUE(is_ascii(rendered(*letter, false)));
    EXPECT_NE(rendered(*letter, false).find("Z=C3=BCrich\r\n"), std::string::npos);
    EXPECT_NE(rendered(*letter, true).find("Organization: Zürich\r\n"), std::string::npos);
}

TEST(MailEncoding, encodes_headers_without_cutting_a_character) {
    EXPECT_EQ(header_text("Zürich"), "=?UTF-8?B?WsO8cmljaA==?=");
    EXPECT_EQ(header_text("plain"), "plain");
    EXPECT_EQ(header_text("=?UTF-8?B?AA==?=").find("=?UTF-8?B?AA==?="), std::string::npos);
    std::string long_text;
    for (int i = 0; i < 50; ++i) {
        long_text += "ü";
    }
    EXPECT_NE(header_text(long_text).find("?=\r\n =?UTF-8?B?"), std::string::npos);
    EXPECT_FALSE(has_line_over("Subject: " + header_text(long_text), 76));  // RFC 2047 §2
}

TEST(MailEncoding, stuffs_dots_and_ends_with_one) {
    EXPECT_EQ(dot_stuffed(".\r\na.\r\n..b\r\n"), "..\r\na.\r\n...b\r\n.\r\n");
    EXPECT_EQ(dot_stuffed("open"), "open\r\n.\r\n");
}

// To some servers "\n.\n" or "\r.\r" ends a message, and the rest would be commands.
TEST(MailEncoding, a_line_end_of_half_a_kind_smuggles_no_second_message) {
    EXPECT_EQ(dot_stuffed("a\n.\nMAIL FROM:<x@y>\n"), "a\r\n..\r\nMAIL FROM:<x@y>\r\n.\r\n");
    EXPECT_EQ(dot_stuffed("a\r.\rb"), "a\r\n..\r\nb\r\n.\r\n");
    EXPECT_EQ(dot_stuffed("a\n\r\n.\r\n"), "a\r\n\r\n..\r\n.\r\n");
}

TEST(MailEncoding, writes_the_date_of_a_header) {
    EXPECT_EQ(header_date(at), "Mon, 24 Nov 2025 16:00:00 +0000");
}

}  // namespace
}  // namespace treeline::mail
