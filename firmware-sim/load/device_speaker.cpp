// A device of Treeline, and an end of the bare forwarder, which carries the same frames.
#include "firmware-sim/load/speaker.hpp"
#include "proto/device/body.hpp"
#include "proto/device/frame.hpp"

namespace treeline::load {
namespace {

using proto::Command;
using proto::Frame;

constexpr std::uint16_t login_id = 1;
constexpr std::uint16_t info_id = 2;
constexpr std::uint16_t first_write_id = 3;
constexpr std::uint16_t ok = 200;

std::string write_body(std::string_view payload) {
    std::string body("vw\0", 3);
    body += std::to_string(load_pin);
    body += '\0';
    return body.append(payload);
}

// No heartbeat is due within the time of any load.
std::string info_body() {
    using namespace std::string_view_literals;
    return std::string(
        "ver\0"
        "1.2.0\0"
        "h-beat\0"
        "3600\0"
        "buff-in\0"
        "1024\0"
        "dev\0"
        "load"sv);
}

// What both kinds share: frames in, frames out.
class FrameSpeaker : public Speaker {
  public:
    FrameSpeaker(Ear& ear, std::size_t peer)
        : ear_(ear), peer_(peer), decoder_(proto::device_frame_body_size_bytes_max) {}

    bool receive(std::string_view bytes, std::string& out) override {
        decoder_.feed(bytes);
        for (;;) {
            const auto frame = decoder_.next();
            if (!frame) {
                return fail("a frame that is too large");
            }
            if (!*frame) {
                return true;
            }
            if (!take(**frame, out)) {
                return false;
            }
        }
    }

    std::uint32_t publish(const DeviceName&, std::string_view payload, std::string& out) override {
        last_id_ = last_id_ == 0xffff ? first_write_id : static_cast<std::uint16_t>(last_id_ + 1);
        out += proto::encode_frame(Command::hardware, last_id_, write_body(payload));
        return 0;
    }

  protected:
    virtual bool take(const Frame& frame, std::string& out) = 0;

    void tell_value(const Frame& frame) {
        const auto write = proto::parse_write(frame.body);
        ear_.delivered(peer_, 0, write ? write->value : std::string_view());
    }
    void tell_seated() { ear_.seated(peer_); }

  private:
    Ear& ear_;
    std::size_t peer_;
    proto::FrameDecoder decoder_;
    std::uint16_t last_id_ = first_write_id;
};

class DeviceSpeaker final : public FrameSpeaker {
  public:
    DeviceSpeaker(Ear& ear, std::size_t peer, std::string token)
        : FrameSpeaker(ear, peer), token_(std::move(token)) {}

    void open(std::string& out) override {
        out += proto::encode_frame(Command::hw_login, login_id, token_);
    }

  private:
    bool take(const Frame& frame, std::string& out) override {
        if (frame.command == Command::hardware) {
            tell_value(frame);
            return true;
        }
        if (frame.command != Command::response) {
            return true;
        }
        if (frame.id == login_id && frame.status == ok) {
            out += proto::encode_frame(Command::internal, info_id, info_body());
            return true;
        }
        if (frame.id == info_id && frame.status == ok) {
            tell_seated();
            return true;
        }
        return fail("a device was answered with status " + std::to_string(frame.status));
    }

    std::string token_;
};

class ForwarderSpeaker final : public FrameSpeaker {
  public:
    ForwarderSpeaker(Ear& ear, std::size_t peer, std::uint32_t group, bool is_device)
        : FrameSpeaker(ear, peer), group_(group), is_device_(is_device) {}

    // The header that tests/bench/limit reads; it answers with one byte.
    void open(std::string& out) override {
        out += "TLF";
        out += is_device_ ? 'D' : 'A';
        for (unsigned shift = 32; shift > 0;) {
            shift -= 8;
            out += static_cast<char>(group_ >> shift & 0xffU);
        }
    }
    bool receive(std::string_view bytes, std::string& out) override {
        if (!is_seated_ && !bytes.empty()) {
            is_seated_ = true;
            bytes.remove_prefix(1);
            tell_seated();
        }
        return FrameSpeaker::receive(bytes, out);
    }

  private:
    bool take(const Frame& frame, std::string&) override {
        tell_value(frame);
        return true;
    }

    std::uint32_t group_;
    bool is_device_;
    bool is_seated_ = false;
};

}  // namespace

std::unique_ptr<Speaker> make_device_speaker(Ear& ear, std::size_t peer, std::string token) {
    return std::make_unique<DeviceSpeaker>(ear, peer, std::move(token));
}

std::unique_ptr<Speaker> make_forwarder_speaker(Ear& ear, std::size_t peer, std::uint32_t group,
                                                bool is_device) {
    return std::make_unique<ForwarderSpeaker>(ear, peer, group, is_device);
}

}  // namespace treeline::load
