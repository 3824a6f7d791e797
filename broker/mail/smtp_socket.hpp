// SmtpSocket: one TCP connection, with TLS when told so. Blocks, within its limits.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"

namespace treeline::mail {

struct SocketError {
    std::string why;
};

// Owned by the mail thread. Errors are constant texts for the log.
class SmtpSocket {
  public:
    template <class T>
    using Result = ResultOf<T, SocketError>;

    // `stopping` cuts every wait down to stop_grace, so that a drain does not wait for a server.
    explicit SmtpSocket(const std::atomic<bool>& stopping);
    ~SmtpSocket();
    SmtpSocket(const SmtpSocket&) = delete;
    SmtpSocket& operator=(const SmtpSocket&) = delete;

    // Looks the name up, which blocks as long as the resolver does, and tries each address.
    Result<void> connect(const std::string& host, std::uint16_t port, Millis limit);
    // The certificate must be good for `host`, under `ca_file` or, when that is empty, under the
    // system's authorities.
    Result<void> start_tls(const std::string& host, const std::string& ca_file, Millis limit);
    Result<void> write(std::string_view bytes, Millis limit);
    // At least one byte. An end of the stream is an error.
    Result<std::string> read(Millis limit);
    void close();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace treeline::mail
