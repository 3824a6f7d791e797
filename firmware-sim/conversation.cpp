#include "firmware-sim/conversation.hpp"

#include <algorithm>

#include "proto/device/body.hpp"

namespace treeline {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t downlink_size_bytes_max = 4'096;
constexpr Millis answer_max{10'000};  // for a login or an info frame
constexpr double silence_factor = 2.3;
constexpr std::uint16_t status_ok = 200;
constexpr std::uint16_t status_invalid_token = 9;

std::string joined(std::initializer_list<std::string_view> items) {
    std::string body;
    for (const std::string_view item : items) {
        if (!body.empty()) {
            body += '\0';
        }
        body += item;
    }
    return body;
}

}  // namespace

Conversation::Conversation(const DevicePlan& plan, std::string token, std::uint64_t seed,
                           SteadyTime now)
    : plan_(plan),
      token_(std::move(token)),
      random_(seed),
      began_(now),
      decoder_(downlink_size_bytes_max) {}

SimStep Conversation::opened(SteadyTime now) {
    decoder_ = proto::FrameDecoder(downlink_size_bytes_max);
    state_ = State::logging_in;
    last_id_ = info_id_ = sync_id_ = 0;
    last_heard_ = now;
    next_write_ = next_nap_ = steady_time_max;
    SimStep step;
    send(proto::Command::hw_login, token_, now, step);
    return step;
}

SimStep Conversation::receive(std::string_view bytes, SteadyTime now) {
    SimStep step;
    last_heard_ = now;
    decoder_.feed(bytes);
    while (step.fate == Fate::stay) {
        const auto frame = decoder_.next();
        if (!frame) {
            step.fate = Fate::reconnect;
        } else if (!*frame) {
            break;
        } else {
            take(**frame, now, step);
        }
    }
    return step;
}

void Conversation::take(const proto::Frame& frame, SteadyTime now, SimStep& step) {
    switch (frame.command) {
        case proto::Command::response:
            return take_response(frame, now, step);
        case proto::Command::hardware:
            return take_write(frame, now, step);
        case proto::Command::internal:
            return take_internal(frame, now, step);
        case proto::Command::ping:
            step.bytes += proto::encode_response(frame.id, status_ok);
            return;
        case proto::Command::redirect:
            step.fate = Fate::reconnect;
            return;
        default:
            return;  // as firmware does: what it does not know, it skips
    }
}

void Conversation::take_response(const proto::Frame& frame, SteadyTime now, SimStep& step) {
    if (state_ == State::logging_in) {
        return take_login(frame.status, now, step);
    }
    if (state_ == State::announcing && frame.id == info_id_) {
        return take_ready(now, step);
    }
    if (frame.status != status_ok) {
        step.events.push_back({SimEvent::Kind::refused, 0, "", frame.status});
    }
}

void Conversation::take_login(std::uint16_t status, SteadyTime now, SimStep& step) {
    if (status == status_ok) {
        state_ = State::announcing;
        info_id_ = send(proto::Command::internal, info(), now, step);
        return;
    }
    step.events.push_back({SimEvent::Kind::refused, 0, "", status});
    step.fate = status == status_invalid_token ? Fate::give_up : Fate::reconnect;
}

// The first write comes after a part of the interval, so that a fleet does not write in step.
void Conversation::take_ready(SteadyTime now, SimStep& step) {
    state_ = State::ready;
    step.events.push_back({SimEvent::Kind::online, 0, "", 0});
    if (plan_.sync) {
        sync_id_ = send(proto::Command::hardware_sync, "", now, step);
    }
    if (plan_.interval > Millis(0)) {
        const auto part = random_.unit() * static_cast<double>(plan_.interval.count());
        next_write_ = now + Millis(static_cast<Millis::rep>(part));
    }
    if (plan_.nap_every > Millis(0)) {
        next_nap_ = now + plan_.nap_every;
    }
}

void Conversation::take_write(const proto::Frame& frame, SteadyTime now, SimStep& step) {
    const auto write_body = proto::parse_write(frame.body);
    if (!write_body) {
        return;
    }
    const bool is_restored = sync_id_ != 0 && frame.id == sync_id_;
    const std::string value(write_body->value);
    step.events.push_back({is_restored ? SimEvent::Kind::restored : SimEvent::Kind::downlink,
                           write_body->pin, value, 0});
    if (!is_restored && plan_.echo && write_body->pin < 255) {
        write(static_cast<std::uint8_t>(write_body->pin + 1), value, now, step);
    }
}

void Conversation::take_internal(const proto::Frame& frame, SteadyTime now, SimStep& step) {
    const auto items = proto::split_items(frame.body);
    if (plan_.rotate && items.size() >= 2 && items[0] == "token") {
        token_ = std::string(items[1]);
        step.events.push_back({SimEvent::Kind::token, 0, "", 0});
        step.bytes += proto::encode_response(frame.id, status_ok);
        last_sent_ = now;
    }
}

SimStep Conversation::expire(SteadyTime now) {
    SimStep step;
    const Millis silence(
        static_cast<Millis::rep>(static_cast<double>(plan_.heartbeat.count()) * silence_factor));
    if (state_ == State::closed) {
        return step;
    }
    if (now - last_heard_ >= (state_ == State::ready ? silence : answer_max)) {
        step.fate = Fate::reconnect;
        return step;
    }
    if (now >= next_nap_) {
        step.fate = Fate::nap;
        return step;
    }
    if (now >= next_write_) {
        next_write_ = std::max(next_write_ + plan_.interval, now + Millis(1));
        const auto elapsed = std::chrono::duration_cast<Millis>(now - began_);
        write(plan_.pin, as_text(sample(plan_.waveform, elapsed, random_.unit())), now, step);
    }
    if (state_ == State::ready && now - last_sent_ >= plan_.heartbeat) {
        send(proto::Command::ping, "", now, step);
    }
    return step;
}

SteadyTime Conversation::deadline() const {
    if (state_ == State::closed) {
        return steady_time_max;
    }
    if (state_ != State::ready) {
        return last_heard_ + answer_max;
    }
    return std::min({next_write_, next_nap_, last_sent_ + plan_.heartbeat});
}

void Conversation::write(std::uint8_t pin, std::string value, SteadyTime now, SimStep& step) {
    send(proto::Command::hardware, joined({"vw"sv, std::to_string(pin), value}), now, step);
    step.events.push_back({SimEvent::Kind::wrote, pin, std::move(value), 0});
}

std::uint16_t Conversation::send(proto::Command command, std::string_view body, SteadyTime now,
                                 SimStep& step) {
    last_id_ = last_id_ == 0xffff ? std::uint16_t{1} : static_cast<std::uint16_t>(last_id_ + 1);
    step.bytes += proto::encode_frame(command, last_id_, body);
    last_sent_ = now;
    return last_id_;
}

std::string Conversation::info() const {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(plan_.heartbeat);
    std::string body =
        joined({"ver"sv, "1.3.2"sv, "h-beat"sv, std::to_string(seconds.count()), "buff-in"sv,
                std::to_string(plan_.buff_in), "dev"sv, "treeline-sim"sv, "fw"sv, "0.1.0"sv});
    if (plan_.rotate) {
        body += "\0rotate\0001"sv;
    }
    return body;
}

}  // namespace treeline
