// The SMTP machine in scripted dialogues, each step failing once.
#include "broker/mail/smtp_client.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace treeline::mail {
namespace {

using How = Carried::How;

const Letter letter{{3, 1}, "from@a.b", "to@c.d", "Subject: s\r\n", ".hi\r\n"};

struct Step {
    std::string server;  // "" stands for: the handshake is done
    std::string client;  // what must be answered
};

const std::vector<Step> opening{
    {"220 hello\r\n", "EHLO us\r\n"},
    {"250-there\r\n250-STARTTLS\r\n250 SIZE 1000\r\n", "STARTTLS\r\n"},
    {"220 go\r\n", ""},
    {"", "EHLO us\r\n"},
    {"250-there\r\n250-8BITMIME\r\n250 AUTH LOGIN PLAIN\r\n", "AUTH PLAIN AHUAcA==\r\n"},
    {"235 yes\r\n", ""},
};
const std::vector<Step> delivery{
    {"250 ok\r\n", "RCPT TO:<to@c.d>\r\n"},
    {"250 ok\r\n", "DATA\r\n"},
    {"354 go\r\n", "Subject: s\r\nContent-Transfer-Encoding: 7bit\r\n\r\n..hi\r\n.\r\n"},
    {"250 taken\r\n", ""},
};

SmtpClient machine(SmtpTls tls = SmtpTls::starttls) {
    return SmtpClient({"us", tls, "u", "p"});
}

void play(SmtpClient& client, const std::vector<Step>& steps, std::size_t count) {
    for (std::size_t at = 0; at < count; ++at) {
        if (steps[at].server.empty()) {
            ASSERT_TRUE(client.wants_tls());
            client.tls_started();
        } else {
            client.receive(steps[at].server);
        }
        ASSERT_EQ(client.take_output(), steps[at].client) << at;
    }
}

void open(SmtpClient& client) {
    play(client, opening, opening.size());
    ASSERT_TRUE(client.is_ready());
    client.deliver(letter);
    ASSERT_EQ(client.take_output(), "MAIL FROM:<from@a.b>\r\n");
}

TEST(SmtpClient, delivers_one_letter_after_the_other) {
    SmtpClient client = machine();
    open(client);
    play(client, delivery, delivery.size());
    EXPECT_EQ(client.result().how, How::sent);
    client.deliver(letter);
    EXPECT_EQ(client.take_output(), "MAIL FROM:<from@a.b>\r\n");
    play(client, delivery, delivery.size());
    client.quit();
    EXPECT_EQ(client.take_output(), "QUIT\r\n");
}

TEST(SmtpClient, understands_replies_that_come_byte_by_byte) {
    SmtpClient client = machine();
    for (const char c : opening[0].server + opening[1].server) {
        client.receive(std::string(1, c));
    }
    EXPECT_EQ(client.take_output(), "EHLO us\r\nSTARTTLS\r\n");
}

TEST(SmtpClient, a_no_while_opening_blames_no_letter) {
    for (std::size_t at = 0; at < opening.size(); ++at) {
        if (opening[at].server.empty()) {
            continue;
        }
        for (const char* no : {"421 busy\r\n", "454 no\r\n", "535 no\r\n", "garbage\r\n"}) {
            SmtpClient client = machine();
            play(client, opening, at);
            client.receive(no);
            EXPECT_TRUE(client.ended()) << at << no;
            EXPECT_EQ(client.result().how, How::unreachable) << at << no;
        }
    }
}

TEST(SmtpClient, a_no_to_a_letter_is_for_ever_only_when_it_says_so) {
    for (std::size_t at = 0; at < delivery.size(); ++at) {
        for (const bool for_ever : {false, true}) {
            SmtpClient client = machine();
            open(client);
            play(client, delivery, at);
            client.receive(for_ever ? "550 no\r\n" : "450 later\r\n");
            EXPECT_EQ(client.take_output(), "RSET\r\n");
            client.receive("250 ok\r\n");
            EXPECT_TRUE(client.is_ready());
            // A no to the sender (step 0) is about us, never about the letter.
            EXPECT_EQ(client.result().how, for_ever && at > 0 ? How::refused : How::deferred);
        }
    }
}

// An operator who forgot the password must find his letters again when he has mended it.
TEST(SmtpClient, a_no_that_is_about_us_throws_no_letter_away) {
    for (const char* no : {"554 5.7.1 <to@c.d>: Relay access denied\r\n",
                           "530 5.7.0 Authentication required\r\n", "530 who are you\r\n"}) {
        SmtpClient client = machine();
        open(client);
        play(client, delivery, 1);
        client.receive(no);
        client.receive("250 ok\r\n");
        EXPECT_EQ(client.result().how, How::deferred) << no;
    }
}

TEST(SmtpClient, a_lost_connection_defers_the_letter_under_way) {
    for (std::size_t at = 0; at < delivery.size(); ++at) {
        SmtpClient client = machine();
        open(client);
        play(client, delivery, at);
        client.lost("timeout");
        EXPECT_EQ(client.result(), (Carried{How::deferred, "timeout"}));
        EXPECT_EQ(client.ended_before_sender(), at == 0);
    }
}

TEST(SmtpClient, sends_nothing_in_clear_when_tls_is_not_offered) {
    SmtpClient client = machine();
    client.receive("220 hello\r\n250 there\r\n");
    EXPECT_EQ(client.take_output(), "EHLO us\r\n");
    EXPECT_EQ(client.result(), (Carried{How::unreachable, "no_starttls_offered"}));
}

TEST(SmtpClient, says_no_password_in_clear) {
    SmtpClient client = machine(SmtpTls::none);
    client.receive("220 hello\r\n250-there\r\n250 AUTH PLAIN\r\n");
    EXPECT_EQ(client.take_output(), "EHLO us\r\n");
    EXPECT_EQ(client.result(), (Carried{How::unreachable, "auth_needs_tls"}));
}

TEST(SmtpClient, has_sent_nothing_before_it_has) {
    EXPECT_NE(machine().result().how, How::sent);
}

TEST(SmtpClient, takes_no_reply_that_came_in_clear_before_the_handshake) {
    SmtpClient client = machine();
    play(client, opening, 2);
    client.receive("220 go\r\n250 AUTH PLAIN\r\n");
    EXPECT_EQ(client.result(), (Carried{How::unreachable, "starttls_injection"}));
}

TEST(SmtpClient, bounds_what_a_server_can_make_it_hold) {
    SmtpClient client = machine();
    client.receive(std::string(3'000, '2'));
    EXPECT_TRUE(client.ended());
    SmtpClient other = machine();
    for (int i = 0; i < 100 && !other.ended(); ++i) {
        other.receive("220-" + std::string(1'000, 'x') + "\r\n");
    }
    EXPECT_TRUE(other.ended());
}

}  // namespace
}  // namespace treeline::mail
