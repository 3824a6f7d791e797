// The dialogue, one function per answer.
#include "broker/mail/smtp_client.hpp"

#include <algorithm>
#include <cctype>

#include "base/check.hpp"
#include "broker/mail/encoding.hpp"

namespace treeline::mail {

namespace {

using How = Carried::How;

constexpr std::size_t line_max = 2'048;  // RFC 5321 says 512; some servers write more
constexpr std::size_t reply_max = 16'384;

bool is_success(unsigned code) {
    return code / 100 == 2;
}

std::string why_of(std::string_view step, unsigned code) {
    return std::string(step) + "_" + std::to_string(code);
}

// "Relay access denied", "authentication required": RFC 3463 §3.8. Said to a recipient it is about
// us, and an operator who has mended the settings must find his letters still there.
bool is_policy(unsigned code, std::string_view lines) {
    return code == 530 || code == 535 || lines.starts_with("5.7.");
}

// A word of its own at the beginning of a line.
bool offers(std::string_view lines, std::string_view word) {
    for (std::size_t at = lines.find(word); at != std::string_view::npos;
         at = lines.find(word, at + 1)) {
        const std::size_t end = at + word.size();
        const bool begins = at == 0 || lines[at - 1] == '\n';
        if (begins && (lines[end] == '\n' || lines[end] == ' ')) {
            return true;
        }
    }
    return false;
}

// "AUTH LOGIN PLAIN"; RFC 4954 §3.
bool offers_plain(std::string_view lines) {
    const std::size_t at = ("\n" + std::string(lines)).find("\nAUTH ");
    if (at == std::string::npos) {
        return false;
    }
    const std::string words = " " + std::string(lines.substr(at, lines.find('\n', at) - at)) + " ";
    return words.find(" PLAIN ") != std::string::npos;
}

}  // namespace

void SmtpClient::receive(std::string_view bytes) {
    input_ += bytes;
    std::size_t begin = 0;
    for (std::size_t end = 0; !ended() && (end = input_.find('\n', begin)) != std::string::npos;
         begin = end + 1) {
        if (wants_tls()) {
            break;
        }
        std::string_view line = std::string_view(input_).substr(begin, end - begin);
        line.remove_suffix(line.ends_with('\r') ? 1 : 0);
        take_line(line);
    }
    input_.erase(0, begin);
    // What came in clear behind the yes to STARTTLS could be anybody's (CVE-2011-0411).
    if (wants_tls() && !input_.empty()) {
        end(How::unreachable, "starttls_injection");
    } else if (input_.size() > line_max) {
        lost("reply_too_long");
    }
}

void SmtpClient::take_line(std::string_view line) {
    const bool numbered =
        line.size() >= 3 &&
        std::all_of(line.begin(), line.begin() + 3, [](char c) { return c >= '0' && c <= '9'; });
    const bool separated =
        line.size() == 3 || (line.size() > 3 && (line[3] == ' ' || line[3] == '-'));
    if (!numbered || !separated || line.size() > line_max) {
        return lost("not_smtp");
    }
    const auto code =
        static_cast<unsigned>((line[0] - '0') * 100 + (line[1] - '0') * 10 + line[2] - '0');
    const bool goes_on = !reply_.lines.empty();
    if (code < 200 || code > 599 || (goes_on && code != reply_.code) ||
        reply_.lines.size() + line.size() > reply_max) {
        return lost("not_smtp");
    }
    reply_.code = code;
    for (const char c : line.substr(std::min<std::size_t>(4, line.size()))) {
        reply_.lines += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
    reply_.lines += '\n';
    if (line.size() == 3 || line[3] == ' ') {
        take_reply(std::exchange(reply_, {}));
    }
}

void SmtpClient::take_reply(const SmtpReply& reply) {
    switch (state_) {
        case State::greeting:
            return greeted(reply);
        case State::hello:
        case State::hello_again:
            return hello_answered(reply);
        case State::starttls:
            state_ = State::wants_tls;
            if (reply.code != 220) {
                end(How::unreachable, why_of("starttls", reply.code));
            }
            return;
        case State::auth:
            state_ = State::ready;
            if (!is_success(reply.code)) {
                end(How::unreachable, why_of("auth", reply.code));
            }
            return;
        case State::sender:
            return sender_answered(reply);
        case State::recipient:
            return recipient_answered(reply);
        case State::data:
            return data_answered(reply);
        case State::text:
            return text_answered(reply);
        case State::reset:
            state_ = State::ready;
            if (!is_success(reply.code)) {
                end(result_.how, result_.why);
            }
            return;
        case State::ready:
        case State::wants_tls:
        case State::ended:
            break;
    }
    end(How::unreachable, why_of("unasked", reply.code));  // a 421 between two letters
}

void SmtpClient::greeted(const SmtpReply& reply) {
    if (reply.code != 220) {
        return end(How::unreachable, why_of("greeting", reply.code));
    }
    say_hello(State::hello);
}

void SmtpClient::say_hello(State next) {
    output_ += "EHLO " + account_.hello + "\r\n";
    state_ = next;
}

void SmtpClient::hello_answered(const SmtpReply& reply) {
    if (!is_success(reply.code)) {
        return end(How::unreachable, why_of("ehlo", reply.code));
    }
    if (state_ == State::hello && account_.tls == SmtpTls::starttls) {
        if (!offers(reply.lines, "STARTTLS")) {
            return end(How::unreachable, "no_starttls_offered");
        }
        output_ += "STARTTLS\r\n";
        state_ = State::starttls;
        return;
    }
    eight_bit_ = offers(reply.lines, "8BITMIME");
    authenticate(reply);
}

void SmtpClient::authenticate(const SmtpReply& reply) {
    if (account_.user.empty()) {
        state_ = State::ready;
        return;
    }
    if (account_.tls == SmtpTls::none) {
        return end(How::unreachable, "auth_needs_tls");
    }
    if (!offers_plain(reply.lines)) {
        return end(How::unreachable, "no_auth_plain_offered");
    }
    const std::string nul(1, '\0');
    output_ += "AUTH PLAIN " + base64(nul + account_.user + nul + account_.password) + "\r\n";
    state_ = State::auth;
}

// Whatever was said in clear is forgotten, as RFC 3207 §4.2 demands.
void SmtpClient::tls_started() {
    CHECK(wants_tls());
    say_hello(State::hello_again);
}

void SmtpClient::deliver(const Letter& letter) {
    CHECK(is_ready());
    letter_ = letter;
    const bool says_eight = eight_bit_ && !is_ascii(letter.body);
    output_ += "MAIL FROM:<" + letter.from + ">" + (says_eight ? " BODY=8BITMIME" : "") + "\r\n";
    state_ = State::sender;
}

// A no to the sender is about us, whatever its code: no letter is thrown away for it.
void SmtpClient::sender_answered(const SmtpReply& reply) {
    if (!is_success(reply.code)) {
        ended_before_sender_ = reply.code == 421;
        return give_up_letter(reply.code, "mail", false);
    }
    output_ += "RCPT TO:<" + letter_.to + ">\r\n";
    state_ = State::recipient;
}

void SmtpClient::recipient_answered(const SmtpReply& reply) {
    if (!is_success(reply.code)) {
        return give_up_letter(reply.code, "rcpt", !is_policy(reply.code, reply.lines));
    }
    output_ += "DATA\r\n";
    state_ = State::data;
}

void SmtpClient::data_answered(const SmtpReply& reply) {
    if (reply.code != 354) {
        return give_up_letter(reply.code, "data", true);
    }
    output_ += dot_stuffed(rendered(letter_, eight_bit_));
    state_ = State::text;
}

void SmtpClient::text_answered(const SmtpReply& reply) {
    if (!is_success(reply.code)) {
        return give_up_letter(reply.code, "text", true);
    }
    result_ = {How::sent, {}};
    state_ = State::ready;
}

// 421 closes the connection (RFC 5321 §3.8); else the transaction is reset and the next may follow.
void SmtpClient::give_up_letter(unsigned code, std::string_view step, bool may_refuse) {
    const bool refused = may_refuse && code / 100 == 5;
    result_ = {refused ? How::refused : How::deferred, why_of(step, code)};
    if (code == 421) {
        return end(result_.how, result_.why);
    }
    output_ += "RSET\r\n";
    state_ = State::reset;
}

bool SmtpClient::is_letter_under_way() const {
    return state_ == State::sender || state_ == State::recipient || state_ == State::data ||
           state_ == State::text;
}

void SmtpClient::lost(std::string_view why) {
    if (ended()) {
        return;
    }
    ended_before_sender_ = state_ == State::sender;
    if (state_ == State::reset) {
        return end(result_.how, result_.why);  // the letter had its answer
    }
    end(is_letter_under_way() ? How::deferred : How::unreachable, std::string(why));
}

void SmtpClient::quit() {
    CHECK(is_ready());
    output_ += "QUIT\r\n";
    state_ = State::ended;
}

void SmtpClient::end(How how, std::string why) {
    result_ = {how, std::move(why)};
    state_ = State::ended;
}

}  // namespace treeline::mail
