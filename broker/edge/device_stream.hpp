// DeviceStream: device frames carried in WebSocket binary messages (path /websockets).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace treeline {

// Owned by one connection. A message may hold several frames or part of one, so messages are
// joined to a plain stream; boundaries mean nothing.
class DeviceStream {
  public:
    DeviceStream();
    DeviceStream(DeviceStream&&) noexcept;
    DeviceStream& operator=(DeviceStream&&) noexcept;
    ~DeviceStream();

    struct Step {
        std::string frames;                  // for the device session
        std::string reply;                   // WebSocket frames to send (pongs, the close echo)
        std::optional<std::uint16_t> close;  // the peer closed or broke the protocol
    };
    Step receive(std::string_view bytes);
    // One binary message.
    static std::string wrap(std::string_view frame);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace treeline
