// SmtpClient: the client's side of RFC 5321 as a machine. Bytes in, bytes out; no socket, no clock.
//
//   greeting → EHLO → [STARTTLS → EHLO] → [AUTH PLAIN] → ready
//   ready → MAIL FROM → RCPT TO → DATA → text → ready, with a result
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "broker/mail/carrier.hpp"

namespace treeline::mail {

enum class SmtpTls : std::uint8_t {
    none,      // in clear
    starttls,  // a server that does not offer it gets nothing
    implicit,  // TLS from the first byte
};

struct SmtpAccount {
    std::string hello;  // our name in EHLO
    SmtpTls tls = SmtpTls::starttls;
    std::string user;  // empty: no AUTH; else never without TLS
    std::string password;
};

// Owned by the mail thread. After `ended()` it is of no more use: make a new one per connection.
class SmtpClient {
  public:
    explicit SmtpClient(SmtpAccount account) : account_(std::move(account)) {}

    // What the other side sent. Call take_output() afterwards, and wants_tls().
    void receive(std::string_view bytes);
    // The handshake that wants_tls() asked for is done. REQUIRES: wants_tls().
    void tls_started();
    // REQUIRES: is_ready(). The result comes by result().
    void deliver(const Letter& letter);
    // The connection broke, timed out or was refused TLS; `why` is constant text.
    void lost(std::string_view why);
    // REQUIRES: is_ready(). Says goodbye; nobody waits for the answer.
    void quit();

    std::string take_output() { return std::exchange(output_, {}); }
    bool wants_tls() const { return state_ == State::wants_tls; }
    bool is_ready() const { return state_ == State::ready; }
    bool ended() const { return state_ == State::ended; }
    // The final dot is out: the server may take its time (RFC 5321 §4.5.3.2.6).
    bool awaits_acceptance() const { return state_ == State::text; }
    // Of the last deliver(); before the first one, why the connection ended. Valid when is_ready()
    // or ended().
    const Carried& result() const { return result_; }
    // The connection ended before the server said yes to MAIL FROM: on a connection that was
    // used before, another try on a fresh one is fair.
    bool ended_before_sender() const { return ended() && ended_before_sender_; }

  private:
    enum class State : std::uint8_t {
        greeting,
        hello,
        starttls,
        wants_tls,
        hello_again,
        auth,
        ready,
        sender,
        recipient,
        data,
        text,
        reset,
        ended,
    };
    struct SmtpReply {
        unsigned code = 0;
        std::string lines;  // without the codes, each with \n, upper case
    };

    void take_line(std::string_view line);
    void take_reply(const SmtpReply& reply);
    void greeted(const SmtpReply& reply);
    void hello_answered(const SmtpReply& reply);
    void authenticate(const SmtpReply& reply);
    void sender_answered(const SmtpReply& reply);
    void recipient_answered(const SmtpReply& reply);
    void data_answered(const SmtpReply& reply);
    void text_answered(const SmtpReply& reply);
    void say_hello(State next);
    void give_up_letter(unsigned code, std::string_view step, bool may_refuse);
    void end(Carried::How how, std::string why);
    bool is_letter_under_way() const;

    const SmtpAccount account_;
    State state_ = State::greeting;
    std::string output_;
    std::string input_;  // a line that is not whole yet
    SmtpReply reply_;    // lines of a reply that is not whole yet
    Letter letter_;
    bool eight_bit_ = false;
    bool ended_before_sender_ = false;
    Carried result_{Carried::How::unreachable, "unused"};
};

}  // namespace treeline::mail
