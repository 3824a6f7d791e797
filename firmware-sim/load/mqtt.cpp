#include "firmware-sim/load/mqtt.hpp"

namespace treeline::load::mqtt {
namespace {

constexpr std::uint8_t subscribe_flags = 2;  // [MQTT-3.8.1-1]
constexpr std::uint8_t qos_1_flags = 2;
constexpr std::uint8_t refused = 0x80;  // of a SUBACK

void append_u16(std::size_t number, std::string& out) {
    out += static_cast<char>(number >> 8U & 0xffU);
    out += static_cast<char>(number & 0xffU);
}

void append_text(std::string_view text, std::string& out) {
    append_u16(text.size(), out);
    out += text;
}

void append_header(PacketType type, std::uint8_t flags, std::size_t length, std::string& out) {
    out += static_cast<char>(static_cast<unsigned>(type) << 4U | flags);
    do {
        const std::size_t more = length > 0x7f ? 0x80 : 0;
        out += static_cast<char>((length & 0x7fU) | more);
        length >>= 7U;
    } while (length > 0);
}

std::uint16_t u16_at(std::string_view bytes, std::size_t at) {
    return static_cast<std::uint16_t>(static_cast<unsigned char>(bytes[at]) << 8U |
                                      static_cast<unsigned char>(bytes[at + 1]));
}

struct Length {
    std::size_t value = 0;
    std::size_t size_bytes = 0;  // 0: more bytes are needed
    bool is_malformed = false;
};

Length read_length(std::string_view bytes) {
    Length length;
    for (std::size_t i = 0; i < bytes.size() && i < 4; ++i) {
        const auto byte = static_cast<unsigned char>(bytes[i]);
        length.value |= static_cast<std::size_t>(byte & 0x7fU) << (7 * i);
        if ((byte & 0x80U) == 0) {
            length.size_bytes = i + 1;
            return length;
        }
    }
    length.is_malformed = bytes.size() >= 4;
    return length;
}

}  // namespace

void Decoder::feed(std::string_view bytes) {
    buffer_.erase(0, taken_);
    taken_ = 0;
    buffer_ += bytes;
}

ResultOf<std::optional<Packet>, Breach> Decoder::next() {
    if (breach_) {
        return *breach_;
    }
    const std::string_view bytes = std::string_view(buffer_).substr(taken_);
    if (bytes.size() < 2) {
        return std::optional<Packet>();
    }
    const Length length = read_length(bytes.substr(1));
    if (length.is_malformed) {
        breach_ = Breach::length_malformed;
        return *breach_;
    }
    if (length.value > packet_size_bytes_max_) {
        breach_ = Breach::packet_too_large;
        return *breach_;
    }
    const std::size_t whole = 1 + length.size_bytes + length.value;
    if (length.size_bytes == 0 || bytes.size() < whole) {
        return std::optional<Packet>();
    }
    taken_ += whole;
    const auto first = static_cast<unsigned char>(bytes[0]);
    return std::optional<Packet>(Packet{static_cast<PacketType>(first >> 4U),
                                        static_cast<std::uint8_t>(first & 0x0fU),
                                        bytes.substr(1 + length.size_bytes, length.value)});
}

std::optional<Publish> parse_publish(const Packet& packet) {
    Publish publish;
    publish.qos = packet.flags >> 1U & 3U;
    const std::size_t id_size = publish.qos == 0 ? 0 : 2;
    if (packet.type != PacketType::publish || publish.qos > 1 || packet.rest.size() < 2 + id_size) {
        return std::nullopt;
    }
    const std::size_t topic_size = u16_at(packet.rest, 0);
    if (packet.rest.size() < 2 + topic_size + id_size) {
        return std::nullopt;
    }
    publish.topic = packet.rest.substr(2, topic_size);
    publish.id = publish.qos == 0 ? std::uint16_t{0} : u16_at(packet.rest, 2 + topic_size);
    publish.payload = packet.rest.substr(2 + topic_size + id_size);
    return publish;
}

std::optional<std::uint16_t> parse_id(const Packet& packet) {
    return packet.rest.size() < 2 ? std::nullopt : std::optional(u16_at(packet.rest, 0));
}

std::optional<std::uint8_t> parse_connack(const Packet& packet) {
    if (packet.type != PacketType::connack || packet.rest.size() != 2) {
        return std::nullopt;
    }
    return static_cast<std::uint8_t>(packet.rest[1]);
}

bool is_granted(const Packet& suback) {
    if (suback.type != PacketType::suback || suback.rest.size() < 3) {
        return false;
    }
    for (const char code : suback.rest.substr(2)) {
        if (static_cast<unsigned char>(code) == refused) {
            return false;
        }
    }
    return true;
}

void append_connect(std::string_view client_id, std::string_view user, std::string_view password,
                    std::uint16_t keep_alive_seconds, std::string& out) {
    constexpr char protocol_level = 4;
    constexpr auto flags = static_cast<char>(0xc2);  // user name, password, clean session
    append_header(PacketType::connect, 0, 16 + client_id.size() + user.size() + password.size(),
                  out);
    append_text("MQTT", out);
    out += protocol_level;
    out += flags;
    append_u16(keep_alive_seconds, out);
    append_text(client_id, out);
    append_text(user, out);
    append_text(password, out);
}

void append_subscribe(std::uint16_t id, std::string_view topic, std::uint8_t qos,
                      std::string& out) {
    append_header(PacketType::subscribe, subscribe_flags, 5 + topic.size(), out);
    append_u16(id, out);
    append_text(topic, out);
    out += static_cast<char>(qos);
}

void append_publish(std::string_view topic, std::uint16_t id, std::string_view payload,
                    std::string& out) {
    const bool is_answered = id != 0;
    append_header(PacketType::publish, is_answered ? qos_1_flags : std::uint8_t{0},
                  2 + topic.size() + (is_answered ? 2U : 0U) + payload.size(), out);
    append_text(topic, out);
    if (is_answered) {
        append_u16(id, out);
    }
    out += payload;
}

void append_puback(std::uint16_t id, std::string& out) {
    append_header(PacketType::puback, 0, 2, out);
    append_u16(id, out);
}

}  // namespace treeline::load::mqtt
