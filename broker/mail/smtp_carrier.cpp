// Each step blocks within its limit, and all of them within the letter's.
#include "broker/mail/smtp_carrier.hpp"

#include <algorithm>

namespace treeline::mail {

SmtpCarrier::SmtpCarrier(SmtpServer server) : server_(std::move(server)), socket_(stopping_) {}

void SmtpCarrier::drop() {
    socket_.close();
    client_.reset();
}

Millis SmtpCarrier::until(Millis limit) const {
    return std::min(limit, std::max(Millis(0), deadline_ - read_clock().steady));
}

void SmtpCarrier::rest() {
    if (client_ && client_->is_ready()) {
        client_->quit();
        static_cast<void>(socket_.write(client_->take_output(), Millis(1'000)));
    }
    drop();
}

void SmtpCarrier::open() {
    client_.emplace(server_.account);
    if (const auto made = socket_.connect(server_.host, server_.port, until(server_.connect_max));
        !made) {
        return client_->lost(made.error().why);
    }
    if (server_.account.tls == SmtpTls::implicit) {
        secure();
    }
    converse();
}

void SmtpCarrier::secure() {
    if (const auto made =
            socket_.start_tls(server_.host, server_.ca_file, until(server_.connect_max));
        !made) {
        client_->lost(made.error().why);
    }
}

void SmtpCarrier::converse() {
    while (!client_->is_ready() && !client_->ended()) {
        exchange_bytes();
        if (client_->wants_tls()) {
            secure();
            if (!client_->ended()) {
                client_->tls_started();
            }
        }
    }
}

void SmtpCarrier::exchange_bytes() {
    if (const auto written = socket_.write(client_->take_output(), until(server_.reply_max));
        !written) {
        return client_->lost(written.error().why);
    }
    const bool last = client_->awaits_acceptance();
    const auto got = socket_.read(until(last ? server_.acceptance_max : server_.reply_max));
    if (!got) {
        return client_->lost(got.error().why);
    }
    client_->receive(*got);
}

Carried SmtpCarrier::carry_once(const Letter& letter) {
    if (!client_) {
        open();
    }
    if (client_->is_ready()) {
        client_->deliver(letter);
        converse();
    }
    return client_->result();
}

// A server may close a connection that it finds old or busy enough; that is no fault of the letter.
Carried SmtpCarrier::carry(const Letter& letter) {
    const bool reused = client_.has_value();
    deadline_ = read_clock().steady + server_.letter_max;
    Carried carried = carry_once(letter);
    if (reused && client_->ended_before_sender()) {
        drop();
        carried = carry_once(letter);
    }
    if (client_->ended()) {
        drop();
    }
    return carried;
}

}  // namespace treeline::mail
