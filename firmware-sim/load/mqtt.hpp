// MQTT 3.1.1 as a client speaks it, QoS 0 and 1, without a socket.
//
//   packet  = type:4 flags:4, remaining length (1..4 bytes of 7 bits, the least first), rest
//   publish = topic (u16 size, text), [packet id u16 when QoS > 0], payload
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace treeline::load::mqtt {

enum class PacketType : std::uint8_t {
    connect = 1,
    connack = 2,
    publish = 3,
    puback = 4,
    subscribe = 8,
    suback = 9,
    pingreq = 12,
    pingresp = 13,
    disconnect = 14,
};

struct Packet {
    PacketType type{};
    std::uint8_t flags = 0;
    std::string_view rest;  // lives until the decoder is fed
};

enum class Breach : std::uint8_t { length_malformed, packet_too_large };

// Splits a byte stream into packets. Owned by one connection.
class Decoder {
  public:
    explicit Decoder(std::size_t packet_size_bytes_max)
        : packet_size_bytes_max_(packet_size_bytes_max) {}

    // Ends the life of every Packet handed out before.
    void feed(std::string_view bytes);
    // The next whole packet; nullopt when more bytes are needed. A breach is told for ever.
    ResultOf<std::optional<Packet>, Breach> next();

  private:
    std::string buffer_;
    std::size_t taken_ = 0;
    std::size_t packet_size_bytes_max_;
    std::optional<Breach> breach_;
};

struct Publish {
    std::string_view topic;
    std::uint16_t id = 0;  // of QoS 1
    std::uint8_t qos = 0;
    std::string_view payload;
};
// Nullopt: malformed, or QoS 2, which nobody here asked for.
std::optional<Publish> parse_publish(const Packet& packet);
// The id that a PUBACK or SUBACK answers.
std::optional<std::uint16_t> parse_id(const Packet& packet);
// 0: accepted; nullopt: malformed.
std::optional<std::uint8_t> parse_connack(const Packet& packet);
// True when every subscription was granted.
bool is_granted(const Packet& suback);

// Each appends one packet. Texts have at most 65,535 bytes.
void append_connect(std::string_view client_id, std::string_view user, std::string_view password,
                    std::uint16_t keep_alive_seconds, std::string& out);
void append_subscribe(std::uint16_t id, std::string_view topic, std::uint8_t qos, std::string& out);
// With an id other than 0: QoS 1.
void append_publish(std::string_view topic, std::uint16_t id, std::string_view payload,
                    std::string& out);
void append_puback(std::uint16_t id, std::string& out);

}  // namespace treeline::load::mqtt
