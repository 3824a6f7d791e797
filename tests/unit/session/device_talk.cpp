// A dialogue with a DeviceSession.
#include "tests/unit/session/device_talk.hpp"

#include <utility>

namespace treeline {

namespace {

std::string joined(const std::vector<std::string>& parts) {
    std::string out;
    for (const std::string& part : parts) {
        out.append(out.empty() ? "" : ",").append(part);
    }
    return out;
}

std::string pins_of(const std::vector<Pin>& pins) {
    std::vector<std::string> texts;
    for (const Pin pin : pins) {
        texts.push_back(std::to_string(pin));
    }
    return joined(texts);
}

struct Words {
    std::string operator()(const DeviceSend& send) const {
        proto::FrameDecoder decoder(0xffff);
        decoder.feed(send.frame);
        const auto one = decoder.next();
        EXPECT_EQ(decoder.held_size_bytes(), 0U) << "one frame a send";
        const proto::Frame& frame = **one;
        if (frame.command == Command::response) {
            return "send " + std::to_string(frame.id) + ":" + std::to_string(frame.status);
        }
        return "send " + std::to_string(frame.id) + " " + printable(frame.body);
    }
    std::string operator()(const DeviceLogin& login) const { return "login " + login.token; }
    std::string operator()(const DeviceAnnounced&) const { return "announced"; }
    std::string operator()(const DeviceReady&) const { return "ready"; }
    std::string operator()(const DeviceWrote& wrote) const {
        return "wrote " + std::to_string(wrote.value.pin) + "=" + printable(wrote.value.bytes);
    }
    std::string operator()(const DeviceSync& sync) const {
        return "sync " + std::to_string(sync.id) + " " + pins_of(sync.pins);
    }
    std::string operator()(const DeviceProperty& property) const {
        return "property " + pins_of(property.pins) + " " + property.property + "=" +
               joined(property.values);
    }
    std::string operator()(const DeviceEvent& event) const {
        return (event.clear ? "clear " : "event ") + event.code + " " + printable(event.text);
    }
    std::string operator()(const DeviceMetaGet& get) const {
        return "meta get " + std::to_string(get.id) + " " + get.name;
    }
    std::string operator()(const DeviceMetaSet& set) const {
        return "meta set " + std::to_string(set.id) + " " + set.name + "=" + set.value;
    }
    std::string operator()(const DeviceTokenStored& stored) const {
        return "token stored " + std::to_string(stored.id);
    }
    std::string operator()(const DeviceClose& close) const {
        return "close " + std::string(close.why);
    }
};

}  // namespace

std::string printable(std::string_view bytes) {
    std::string out;
    for (const char c : bytes) {
        out.push_back(c == '\0' ? '|' : c);
    }
    return out;
}

std::string body(const std::vector<std::string>& items) {
    std::string out;
    for (std::size_t at = 0; at < items.size(); ++at) {
        out.append(at == 0 ? 0 : 1, '\0').append(items[at]);
    }
    return out;
}

std::string frame(Command command, std::uint16_t id, std::string_view payload) {
    return proto::encode_frame(command, id, payload);
}

std::string words(const DeviceAction& action) {
    return std::visit(Words{}, action);
}

DeviceTalk::DeviceTalk(const DeviceLimits& limits) : session_(limits, now_) {}

void DeviceTalk::note(DeviceActions actions) {
    for (DeviceAction& action : actions) {
        seen_.push_back(words(action));
        if (auto* announced = std::get_if<DeviceAnnounced>(&action)) {
            info_ = std::move(announced->info);
        } else if (const auto* wrote = std::get_if<DeviceWrote>(&action)) {
            written_at_ = wrote->value.at;
        } else if (const auto* login = std::get_if<DeviceLogin>(&action)) {
            note(refusal_ ? session_.refused(login->id, *refusal_)
                          : session_.admitted(login->id, zone_, now_));
            note(session_.receive({}, now_));
        }
    }
}

DeviceTalk& DeviceTalk::bytes(std::string_view sent) {
    note(session_.receive(sent, now_));
    return *this;
}

DeviceTalk& DeviceTalk::expect(const std::vector<std::string>& actions) {
    EXPECT_EQ(take(), actions);
    return *this;
}

DeviceTalk& DeviceTalk::waits(Millis time) {
    const SteadyTime until = now_.steady + time;
    const auto move_to = [&](SteadyTime at) {
        now_.wall += at - now_.steady;
        now_.steady = at;
    };
    while (session_.deadline() <= until) {
        move_to(std::max(now_.steady, session_.deadline()));
        const auto actions = session_.expire(now_);
        EXPECT_FALSE(actions.empty()) << "a deadline with nothing due would spin";
        if (actions.empty()) {
            break;
        }
        note(actions);
    }
    move_to(until);
    return *this;
}

DeviceTalk& DeviceTalk::refuses_logins_with(DeviceStatus status) {
    refusal_ = status;
    return *this;
}

DeviceTalk& DeviceTalk::logged_in() {
    sends(Command::hw_login, 1, lamp_token);
    sends(Command::internal, 2, body({"ver", "1.3.2"}));
    return expect({"login " + lamp_token, "send 1:200", "send 2:200", "announced", "ready"});
}

DeviceTalk& DeviceTalk::in_zone(Zone zone) {
    zone_ = std::move(zone);
    return *this;
}

}  // namespace treeline
