// Fuzzes what a mail server may answer: whatever it says, only our own few commands go out, each on
// one line, the text only after 354, and no password in the clear.
#include <algorithm>
#include <string>
#include <string_view>

#include "base/check.hpp"
#include "broker/mail/smtp_client.hpp"

namespace {

using namespace treeline::mail;

const Letter letter{{1, 0}, "from@a.b", "to@c.d", "Subject: s\r\n", "one\r\n.two\r\n"};
const std::string auth = "AUTH PLAIN AHUAcA==\r\n";

bool is_ours(const std::string& line) {
    return line == "EHLO us\r\n" || line == "STARTTLS\r\n" || line == auth ||
           line == "MAIL FROM:<from@a.b>\r\n" || line == "RCPT TO:<to@c.d>\r\n" ||
           line == "DATA\r\n" || line == "RSET\r\n" || line == "QUIT\r\n";
}

// What went out at once: commands, or the text as a whole.
void check_output(std::string out, bool is_secret) {
    CHECK(is_secret || out.find(auth) == std::string::npos);
    if (out.starts_with("Subject: s\r\n")) {
        CHECK(out.ends_with("\r\n\r\none\r\n..two\r\n.\r\n"));
        return;
    }
    while (!out.empty()) {
        const std::size_t end = out.find("\r\n");
        CHECK(end != std::string::npos && is_ours(out.substr(0, end + 2)));
        out.erase(0, end + 2);
    }
}

void converse(SmtpTls tls, std::size_t piece_size, std::string_view server) {
    SmtpClient client({"us", tls, "u", "p"});
    bool is_secret = tls == SmtpTls::implicit;
    unsigned letters = 0;
    while (!client.ended()) {
        if (client.wants_tls()) {
            client.tls_started();
            is_secret = true;
        } else if (client.is_ready() && ++letters <= 3) {
            client.deliver(letter);
        } else if (client.is_ready()) {
            client.quit();
        } else if (server.empty()) {
            client.lost("end");
        } else {
            client.receive(server.substr(0, piece_size));
            server.remove_prefix(std::min(piece_size, server.size()));
        }
        check_output(client.take_output(), is_secret);
    }
    // Nobody's word but the server's own makes a letter count as sent.
    CHECK(letters > 0 || client.result().how == Carried::How::unreachable);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) {
        return 0;
    }
    const auto tls = static_cast<SmtpTls>(data[0] % 3);
    converse(tls, 1 + data[1] % 64, {reinterpret_cast<const char*>(data + 2), size - 2});
    return 0;
}
