// The client's end of a WebSocket: the upgrade, binary messages, pings answered.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "firmware-sim/random.hpp"
#include "proto/websocket/frame.hpp"

namespace treeline::load {

// Owned by one connection.
class WebSocketClient {
  public:
    explicit WebSocketClient(std::uint64_t seed)
        : random_(seed), decoder_(proto::websocket::Role::client, message_size_bytes_max) {}

    // Appends the request for the upgrade. `headers`: more lines, each with its CRLF.
    void open(std::string_view path, std::string_view subprotocol, std::string_view headers,
              std::string& out);
    // Hands each message to `take`, and appends pongs. False: it is lost, or `take` said so.
    using Take = std::function<bool(std::string_view message)>;
    bool receive(std::string_view bytes, std::string& out, const Take& take);
    void send(std::string_view message, std::string& out);

    bool is_open() const { return is_open_; }
    const std::string& failure() const { return failure_; }

  private:
    static constexpr std::size_t message_size_bytes_max = 1 << 20;

    bool read_upgrade(std::string_view& bytes);
    bool take_message(const proto::websocket::Message& message, std::string& out, const Take& take);
    void append(proto::websocket::Opcode opcode, std::string_view payload, std::string& out);

    SeededRandom random_;
    proto::websocket::Decoder decoder_;
    std::string head_;  // of the answer to the upgrade, until it is whole
    std::string failure_;
    bool is_open_ = false;
};

}  // namespace treeline::load
