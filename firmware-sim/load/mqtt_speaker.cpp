// Either end of the traffic over MQTT 3.1.1, for brokers that are compared with Treeline.
#include "firmware-sim/load/mqtt.hpp"
#include "firmware-sim/load/speaker.hpp"
#include "firmware-sim/load/websocket.hpp"
#include "proto/device/body.hpp"

namespace treeline::load {
namespace {

constexpr std::uint16_t keep_alive_seconds = 3'600;
constexpr std::size_t packet_size_bytes_max = 1 << 16;

class MqttSpeaker final : public Speaker {
  public:
    MqttSpeaker(Ear& ear, std::size_t peer, MqttSeat seat, std::uint64_t seed)
        : ear_(ear),
          peer_(peer),
          seat_(std::move(seat)),
          socket_(seed),
          decoder_(packet_size_bytes_max) {}

    void open(std::string& out) override {
        if (seat_.is_websocket) {
            return socket_.open("/mqtt", "mqtt", "", out);
        }
        connect(out);
    }

    bool receive(std::string_view bytes, std::string& out) override {
        if (!seat_.is_websocket) {
            return read(bytes, out);
        }
        const bool was_open = socket_.is_open();
        std::string packets;
        const bool is_alive = socket_.receive(
            bytes, out, [&](std::string_view message) { return read(message, packets); });
        if (!is_alive) {
            return fail(failure().empty() ? socket_.failure() : failure());
        }
        if (!was_open && socket_.is_open()) {
            connect(packets);
        }
        if (!packets.empty()) {
            socket_.send(packets, out);
        }
        return true;
    }

    std::uint32_t publish(const DeviceName& device, std::string_view payload,
                          std::string& out) override {
        if (seat_.publish_qos > 0) {
            last_id_ =
                last_id_ == 0xffff ? std::uint16_t{1} : static_cast<std::uint16_t>(last_id_ + 1);
        }
        const std::uint16_t id = seat_.publish_qos > 0 ? last_id_ : std::uint16_t{0};
        const std::string topic = mqtt_topic(device, seat_.publish_suffix);
        if (!seat_.is_websocket) {
            mqtt::append_publish(topic, id, payload, out);
        } else {
            std::string packet;
            mqtt::append_publish(topic, id, payload, packet);
            socket_.send(packet, out);
        }
        return id;
    }

  private:
    void connect(std::string& out) {
        mqtt::append_connect(seat_.client_id, seat_.user, seat_.password, keep_alive_seconds, out);
    }

    bool read(std::string_view bytes, std::string& out) {
        decoder_.feed(bytes);
        for (;;) {
            const auto packet = decoder_.next();
            if (!packet) {
                return fail("a malformed MQTT packet");
            }
            if (!*packet) {
                return true;
            }
            if (!take(**packet, out)) {
                return false;
            }
        }
    }

    bool take(const mqtt::Packet& packet, std::string& out) {
        switch (packet.type) {
            case mqtt::PacketType::connack:
                return take_connack(packet, out);
            case mqtt::PacketType::suback:
                return take_suback(packet);
            case mqtt::PacketType::publish:
                return take_publish(packet, out);
            case mqtt::PacketType::puback:
                ear_.answered(peer_, mqtt::parse_id(packet).value_or(0), true);
                return true;
            default:
                return true;
        }
    }

    bool take_connack(const mqtt::Packet& packet, std::string& out) {
        if (mqtt::parse_connack(packet) != std::uint8_t{0}) {
            return fail("the CONNECT was refused");
        }
        for (const DeviceName& device : seat_.devices) {
            mqtt::append_subscribe(++last_id_, mqtt_topic(device, seat_.listen_suffix),
                                   seat_.listen_qos, out);
        }
        if (seat_.devices.empty()) {
            ear_.seated(peer_);
        }
        return true;
    }

    bool take_suback(const mqtt::Packet& packet) {
        if (!mqtt::is_granted(packet)) {
            return fail("a subscription was refused");
        }
        if (++granted_ == seat_.devices.size()) {
            seat_.devices = {};
            ear_.seated(peer_);
        }
        return true;
    }

    bool take_publish(const mqtt::Packet& packet, std::string& out) {
        const auto publish = mqtt::parse_publish(packet);
        if (!publish) {
            return fail("a malformed PUBLISH");
        }
        ear_.delivered(peer_, id_in(publish->topic), publish->payload);
        if (publish->qos > 0) {
            mqtt::append_puback(publish->id, out);
        }
        return true;
    }

    // The device's number in `t3/d17/up`, plus one: 0 would mean that nobody says.
    static std::uint64_t id_in(std::string_view topic) {
        const std::size_t at = topic.find("/d");
        const std::size_t end = topic.rfind('/');
        if (at == std::string_view::npos || end < at + 2) {
            return ~std::uint64_t{0};
        }
        const auto number = proto::parse_integer(topic.substr(at + 2, end - at - 2));
        return number ? static_cast<std::uint64_t>(*number) + 1 : ~std::uint64_t{0};
    }

    Ear& ear_;
    std::size_t peer_;
    MqttSeat seat_;
    WebSocketClient socket_;
    mqtt::Decoder decoder_;
    std::size_t granted_ = 0;
    std::uint16_t last_id_ = 0;
};

}  // namespace

std::string mqtt_topic(const DeviceName& device, std::string_view suffix) {
    std::string topic = "t" + std::to_string(device.tenant) + "/d" + std::to_string(device.device);
    return topic.append("/").append(suffix);
}

std::unique_ptr<Speaker> make_mqtt_speaker(Ear& ear, std::size_t peer, MqttSeat seat,
                                           std::uint64_t seed) {
    return std::make_unique<MqttSpeaker>(ear, peer, std::move(seat), seed);
}

}  // namespace treeline::load
