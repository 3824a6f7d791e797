// SmtpCarrier: drives the machine over the socket; keeps the connection while letters wait.
#pragma once

#include <atomic>
#include <memory>
#include <optional>

#include "broker/mail/smtp_client.hpp"
#include "broker/mail/smtp_socket.hpp"

namespace treeline::mail {

struct SmtpServer {
    std::string host;
    std::uint16_t port = 587;
    std::string ca_file;  // empty: the system's authorities
    SmtpAccount account;
    Millis connect_max{30'000};
    Millis reply_max{60'000};
    Millis acceptance_max{300'000};  // after the final dot: a second copy is worse than a wait
    Millis letter_max{900'000};      // for all of it, however slowly the bytes come
};

// Owned by the mail thread, but for stop().
class SmtpCarrier final : public Carrier {
  public:
    explicit SmtpCarrier(SmtpServer server);
    Carried carry(const Letter& letter) override;
    void rest() override;
    void stop() override { stopping_.store(true); }

  private:
    void open();
    void converse();  // until the machine is ready or has ended
    void exchange_bytes();
    void secure();
    Carried carry_once(const Letter& letter);
    void drop();
    Millis until(Millis limit) const;  // no later than what is left for this letter

    const SmtpServer server_;
    std::atomic<bool> stopping_{false};
    SmtpSocket socket_;
    std::optional<SmtpClient> client_;
    SteadyTime deadline_{};  // of the letter under way
};

}  // namespace treeline::mail
