// One end of a load's traffic, in one protocol: bytes in, bytes out; no socket, no clock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace treeline::load {

// A device as one of the protocols calls it.
struct DeviceName {
    std::uint32_t tenant = 0;
    std::uint32_t device = 0;  // its index in the roster
    std::uint64_t id = 0;      // as the server names it; 0 where its protocol doesn't
};

// What a speaker tells of its conversation, as it reads.
class Ear {
  public:
    Ear() = default;
    virtual ~Ear() = default;
    Ear(const Ear&) = delete;
    Ear& operator=(const Ear&) = delete;

    // Logged in, and all that it wants to see is granted.
    virtual void seated(std::size_t peer) = 0;
    // A value came, which the server says is of the device called `id` (0: it doesn't say).
    virtual void delivered(std::size_t peer, std::uint64_t id, std::string_view payload) = 0;
    // The answer to the request that publish() returned.
    virtual void answered(std::size_t peer, std::uint32_t request, bool is_ok) = 0;
    // The server has folded values away, since this peer was too slow.
    virtual void lagged(std::size_t peer, std::uint64_t dropped) = 0;
};

// Owned by one connection; a new one for each.
class Speaker {
  public:
    Speaker() = default;
    virtual ~Speaker() = default;
    Speaker(const Speaker&) = delete;
    Speaker& operator=(const Speaker&) = delete;

    // The connection stands: appends what is said first.
    virtual void open(std::string& out) = 0;
    // Reads, tells the ear, appends what is to be answered. False: the conversation is lost.
    virtual bool receive(std::string_view bytes, std::string& out) = 0;
    // Appends the value. The request that will be answered; 0 where none will.
    virtual std::uint32_t publish(const DeviceName& device, std::string_view payload,
                                  std::string& out) = 0;
    const std::string& failure() const { return failure_; }

  protected:
    bool fail(std::string why) {
        failure_ = std::move(why);
        return false;
    }

  private:
    std::string failure_;
};

inline constexpr std::uint8_t load_pin = 5;

// A device of Treeline: device-protocol.md §2.
std::unique_ptr<Speaker> make_device_speaker(Ear& ear, std::size_t peer, std::string token);

// An app of Treeline: app-protocol.md. Watches each of the devices.
struct AppSeat {
    std::string access_token;
    std::vector<std::uint64_t> devices;
    std::uint64_t subtree = 0;  // watched too, where not 0
};
std::unique_ptr<Speaker> make_app_speaker(Ear& ear, std::size_t peer, AppSeat seat,
                                          std::uint64_t seed);

// Either end over MQTT 3.1.1. Publishes on `publish_suffix` of a device, hears `listen_suffix`.
struct MqttSeat {
    std::string client_id;
    std::string user;
    std::string password;
    std::vector<DeviceName> devices;  // subscribed to; may be none
    std::string listen_suffix;
    std::string publish_suffix;
    std::uint8_t publish_qos = 0;
    std::uint8_t listen_qos = 0;
    bool is_websocket = false;  // MQTT in WebSocket messages, as an app in a browser speaks it
};
std::unique_ptr<Speaker> make_mqtt_speaker(Ear& ear, std::size_t peer, MqttSeat seat,
                                           std::uint64_t seed);
std::string mqtt_topic(const DeviceName& device, std::string_view suffix);

// Either end of tests/bench/limit, which forwards within a group and knows nothing else.
std::unique_ptr<Speaker> make_forwarder_speaker(Ear& ear, std::size_t peer, std::uint32_t group,
                                                bool is_device);

}  // namespace treeline::load
