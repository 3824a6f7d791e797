// WebSocket framing after the upgrade (RFC 6455), without a socket.
//
//   frame = FIN:1 RSV:3 opcode:4  MASK:1 length:7  [length u16 | u64]  [mask 4 bytes]  payload
//
// The length takes the shortest form; clients mask, servers don't; no extension is spoken.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "proto/utf8.hpp"

namespace treeline::proto::websocket {

enum class Opcode : std::uint8_t {
    continuation = 0,
    text = 1,
    binary = 2,
    close = 8,
    ping = 9,
    pong = 10,
};

// Why a stream is lost; the value is the close code to send.
enum class Breach : std::uint16_t {
    protocol_error = 1002,
    not_utf8 = 1007,
    too_big = 1009,
};

inline constexpr std::uint16_t no_close_code = 1005;  // a close without a payload; never sent

// A whole message, or one control frame.
struct Message {
    Opcode opcode{};      // never continuation
    std::string payload;  // of a close: the reason
    std::uint16_t close_code = no_close_code;
};

// Whose frames are read: a server's decoder demands masks, a client's refuses them.
enum class Role : std::uint8_t { server, client };

// Joins frames to messages. Holds at most one message begun and what was fed and not yet taken.
// Owned by one connection.
class Decoder {
  public:
    Decoder(Role role, std::size_t message_size_bytes_max)
        : role_(role), message_size_bytes_max_(message_size_bytes_max) {}

    // Fragments count together. Holds from the next header on.
    void set_message_size_max(std::size_t bytes) { message_size_bytes_max_ = bytes; }
    void feed(std::string_view bytes);
    // The next message, in order, control frames between fragments included; nullopt when more
    // bytes are needed or the peer has closed. A breach is told as soon as it is seen (before a
    // payload that is too long is stored), and from then on always.
    ResultOf<std::optional<Message>, Breach> next();

  private:
    struct Header {
        bool is_last = false;
        Opcode opcode{};
        std::uint64_t rest = 0;  // payload bytes yet to come
        std::array<char, 4> mask{};
        std::size_t masked = 0;  // payload bytes unmasked so far
    };
    // 0: go on; else a Breach's value.
    std::uint16_t read_header();
    std::uint16_t check_start(unsigned char first, unsigned char second) const;
    std::uint16_t check_length(Opcode opcode, std::uint64_t length) const;
    void start(const Header& header);
    static void unmask(std::span<char> bytes, Header& header);
    std::uint16_t read_payload();
    ResultOf<std::optional<Message>, Breach> finish_frame();
    ResultOf<std::optional<Message>, Breach> finish_close();
    ResultOf<std::optional<Message>, Breach> fail(Breach breach);
    bool is_control() const { return header_->opcode >= Opcode::close; }
    std::string_view rest() const { return std::string_view(buffer_).substr(taken_); }

    Role role_;
    std::size_t message_size_bytes_max_;
    std::string buffer_;
    std::size_t taken_ = 0;
    std::optional<Header> header_;   // of the frame whose payload is being read
    std::optional<Opcode> message_;  // text or binary: a message has begun
    std::string payload_;            // of that message
    std::string control_;            // of the control frame being read
    Utf8Check utf8_;                 // of that message
    std::optional<Breach> breach_;
    bool is_closed_ = false;
};

// Of an unmasked, unfragmented frame; put_header returns where the payload goes.
std::size_t header_size(std::size_t payload_size);
char* put_header(char* at, Opcode opcode, std::size_t payload_size);
// One unfragmented frame; with a `mask`, as a client sends it.
std::string encode(Opcode opcode, std::string_view payload,
                   std::optional<std::array<char, 4>> mask = std::nullopt);
// What a close frame carries. `reason` is cut to the 123 bytes that fit; no_close_code: nothing.
std::string close_payload(std::uint16_t code, std::string_view reason);

}  // namespace treeline::proto::websocket
