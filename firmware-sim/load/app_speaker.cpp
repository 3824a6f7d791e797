// An app of Treeline: WebSocket by the house's own framing, messages by protobuf.
#include <array>
#include <optional>

#include "firmware-sim/load/speaker.hpp"
#include "firmware-sim/load/websocket.hpp"
#include "proto/app/v1/app.pb.h"

namespace treeline::load {
namespace {

namespace wire = treeline::app::v1;

constexpr std::size_t watches_in_flight_max = 32;  // of the 64 requests that may be

class AppSpeaker final : public Speaker {
  public:
    AppSpeaker(Ear& ear, std::size_t peer, AppSeat seat, std::uint64_t seed)
        : ear_(ear), peer_(peer), seat_(std::move(seat)), socket_(seed) {}

    void open(std::string& out) override {
        socket_.open("/app", "treeline.v1.proto",
                     "Authorization: Bearer " + seat_.access_token + "\r\n", out);
    }

    bool receive(std::string_view bytes, std::string& out) override {
        const bool was_open = socket_.is_open();
        const bool is_alive = socket_.receive(
            bytes, out, [&](std::string_view payload) { return take(payload, out); });
        if (!is_alive) {
            return fail(failure().empty() ? socket_.failure() : failure());
        }
        if (!was_open && socket_.is_open()) {
            watch_more(out);
        }
        return true;
    }

    std::uint32_t publish(const DeviceName& device, std::string_view payload,
                          std::string& out) override {
        wire::ClientMessage message;
        wire::Write& write = *message.mutable_write();
        write.set_device(device.id);
        write.set_pin(load_pin);
        write.add_values()->set_text(payload.data(), payload.size());
        return send(message, out);
    }

  private:
    std::uint32_t send(wire::ClientMessage& message, std::string& out) {
        message.set_request(++request_);
        std::string bytes;
        message.SerializeToString(&bytes);
        socket_.send(bytes, out);
        return request_;
    }

    std::size_t watches() const { return seat_.devices.size() + (seat_.subtree != 0 ? 1 : 0); }

    void watch_more(std::string& out) {
        while (asked_ < watches() && asked_ - granted_ < watches_in_flight_max) {
            wire::ClientMessage message;
            if (asked_ < seat_.devices.size()) {
                message.mutable_watch()->set_device(seat_.devices[asked_]);
            } else {
                message.mutable_watch()->set_subtree(seat_.subtree);
            }
            ++asked_;
            send(message, out);
        }
        if (granted_ == watches() && !is_seated_) {
            is_seated_ = true;
            seat_.devices = {};
            ear_.seated(peer_);
        }
    }

    bool take(std::string_view payload, std::string& out) {
        thread_local wire::ServerMessage message;  // its memory serves every message
        if (!message.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) {
            return fail("a message that can't be decoded");
        }
        switch (message.body_case()) {
            case wire::ServerMessage::kValue:
                return take_value(message.value());
            case wire::ServerMessage::kReply:
                return take_reply(message.reply(), out);
            case wire::ServerMessage::kLagged:
                ear_.lagged(peer_, message.lagged().dropped());
                return true;
            case wire::ServerMessage::kSignedOut:
                return fail("signed out: " + message.signed_out().reason());
            default:
                return true;
        }
    }

    bool take_value(const wire::PinValue& value) {
        const bool is_text = value.values_size() == 1 && value.values(0).has_text();
        ear_.delivered(peer_, value.device(),
                       is_text ? std::string_view(value.values(0).text()) : std::string_view());
        return true;
    }

    bool take_reply(const wire::Reply& reply, std::string& out) {
        if (is_seated_) {
            ear_.answered(peer_, reply.request(), reply.status() == wire::OK);
            return true;
        }
        if (reply.status() != wire::OK) {
            return fail("a watch was answered with status " + std::to_string(reply.status()));
        }
        ++granted_;
        watch_more(out);
        return true;
    }

    Ear& ear_;
    std::size_t peer_;
    AppSeat seat_;
    WebSocketClient socket_;
    std::uint32_t request_ = 0;
    std::size_t asked_ = 0;
    std::size_t granted_ = 0;
    bool is_seated_ = false;
};

}  // namespace

std::unique_ptr<Speaker> make_app_speaker(Ear& ear, std::size_t peer, AppSeat seat,
                                          std::uint64_t seed) {
    return std::make_unique<AppSpeaker>(ear, peer, std::move(seat), seed);
}

}  // namespace treeline::load
