// A blocking TLS connection to 127.0.0.1, for test clients. Owned by one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace treeline::live {

inline constexpr Millis patience{15'000};  // how long a test waits for what must come

class TlsStream {
  public:
    // Verifies the server against the CA in `ca_file`. closed() when nobody listens there.
    // `receive_buffer` in bytes, small segments with it; 0: as the kernel likes.
    TlsStream(std::uint16_t port, const std::string& ca_file, int receive_buffer = 0);
    ~TlsStream();
    TlsStream(TlsStream&&) noexcept;
    TlsStream& operator=(TlsStream&&) noexcept;

    // False when the peer is gone.
    bool write(std::string_view bytes);
    // Some bytes; "" when the peer has closed; nullopt when nothing came within `limit`.
    std::optional<std::string> read(Millis limit = patience);
    bool closed() const { return closed_; }
    // For epoll; -1 when nobody listens. What TLS has decrypted already doesn't show there.
    int fd() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
    bool closed_ = false;
};

}  // namespace treeline::live
