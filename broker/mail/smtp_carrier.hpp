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
};

// Owned by the mail thread.
class SmtpCarrier final : public Carrier {
  public:
    SmtpCarrier(SmtpServer server, const std::atomic<bool>& stopping);
    Carried carry(const Letter& letter) override;
    void rest() override;

  private:
    void open();
    void converse();  // until the machine is ready or has ended
    void exchange_bytes();
    void secure();
    Carried carry_once(const Letter& letter);
    void drop();

    const SmtpServer server_;
    SmtpSocket socket_;
    std::optional<SmtpClient> client_;
};

}  // namespace treeline::mail
