// An app's WebSocket session in protobuf encoding, framed by hand. Owned by one thread.
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "proto/app/v1/app.pb.h"
#include "tests/support/live/server.hpp"
#include "tests/support/live/stream.hpp"

namespace treeline::live {

namespace wire = treeline::app::v1;

class App {
  public:
    // Upgrades with the token in the header; `status()` is the answer's (101 when it is seated).
    // `receive_buffer` as of a TlsStream: a small one makes a slow reader.
    App(const Server& server, const std::string& access_token, int receive_buffer = 0);
    unsigned status() const { return status_; }
    // The close code the server sent; 0 while none came. 1006: gone without one.
    unsigned close_code() const { return close_code_; }
    bool closed() const { return stream_.closed(); }
    int fd() const { return stream_.fd(); }

    // Sends with the next request number, which it returns.
    std::uint32_t send(wire::ClientMessage message);
    // The next message; nullopt when none came within `limit` or the session is over.
    std::optional<wire::ServerMessage> receive(Millis limit = patience);
    // Sends and waits for its reply; what else arrives waits for receive(). Aborts when none comes.
    wire::Reply ask(wire::ClientMessage message);

    wire::Reply watch_device(std::uint64_t device, bool snapshot = false);
    wire::Reply watch_subtree(std::uint64_t org, bool snapshot = false);
    wire::Reply write(std::uint64_t device, std::uint32_t pin, const std::string& text);
    wire::Reply read(std::uint64_t device);
    wire::Reply explain(std::uint64_t device, const std::string& action);
    // All pages of what the user may see.
    std::vector<std::uint64_t> devices();

  private:
    std::optional<wire::ServerMessage> next_from_wire(Millis limit);
    std::optional<wire::ServerMessage> take_frame();
    void frame(unsigned opcode, std::string_view payload);

    TlsStream stream_;
    unsigned status_ = 0;
    unsigned close_code_ = 0;
    std::uint32_t request_ = 0;
    std::string buffer_;
    std::size_t taken_ = 0;  // of the buffer
    std::deque<wire::ServerMessage> waiting_;
};

}  // namespace treeline::live
