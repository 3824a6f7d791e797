// A device's connection, framed by hand. Owned by one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tests/support/live/server.hpp"
#include "tests/support/live/stream.hpp"

namespace treeline::live {

struct DeviceFrame {
    unsigned command = 0;
    unsigned id = 0;
    unsigned status = 0;  // of a RESPONSE
    std::string body;
};

class Device {
  public:
    explicit Device(const Server& server);
    // Logs in; the status of the answer, 0 when the connection closed instead.
    unsigned login(const std::string& token);
    // Its info frame, as firmware that takes new tokens; true when it was answered 200.
    bool introduce();
    // The token of a `token NEW` downlink, after answering it 200 or leaving it unanswered;
    // nullopt: none came within `limit`. What else comes is skipped.
    std::optional<std::string> take_token(bool answers, Millis limit = patience);
    void send(unsigned command, unsigned id, std::string_view body);
    // `vw PIN VALUE`; false when the connection is gone.
    bool write(unsigned pin, std::string_view value);
    std::optional<DeviceFrame> receive(Millis limit = patience);
    bool closed() const { return stream_.closed(); }

    static std::string frame(unsigned command, unsigned id, std::string_view body);

  private:
    TlsStream stream_;
    std::string buffer_;
};

}  // namespace treeline::live
