// A device on a loop: login, the move to its home shard, and its session's actions.
#include <string>

#include "broker/edge/loop_state.hpp"
#include "broker/edge/time_zone.hpp"
#include "broker/identity/token.hpp"

namespace treeline {

void LoopState::device_bytes(Link& link, std::string_view bytes) {
    auto& device = std::get<DeviceTalk>(link.talk);
    if (!device.websocket) {
        return apply(link, device.session.receive(bytes, now));
    }
    DeviceStream::Step step = device.websocket->receive(bytes);
    if (!step.frames.empty()) {
        apply(link, device.session.receive(step.frames, now));
    }
    send(link, step.reply);
    if (step.close) {
        close_after_flush(link);
    }
}

void LoopState::apply(Link& link, DeviceActions actions) {
    for (DeviceAction& action : actions) {
        if (link.phase != LinkPhase::open) {
            return;
        }
        if (auto* reply = std::get_if<DeviceSend>(&action)) {
            send_frame(link, reply->frame);
        } else if (auto* login = std::get_if<DeviceLogin>(&action)) {
            log_in(link, *login);
        } else if (auto* meta = std::get_if<DeviceMetaSet>(&action)) {
            set_meta(link, *meta);
        } else if (std::holds_alternative<DeviceClose>(action)) {
            close_after_flush(link);
        } else if (const SeatId seat = std::get<DeviceTalk>(link.talk).seat; seat.generation != 0) {
            shard.device_action(seat, std::move(action), now);
        }
    }
}

void LoopState::send_frame(Link& link, std::string_view frame) {
    const bool wrapped = std::get<DeviceTalk>(link.talk).websocket.has_value();
    wrapped ? send(link, DeviceStream::wrap(frame)) : send(link, frame);
}

// The token is looked up here; the home shard decides (its world may be newer).
void LoopState::log_in(Link& link, const DeviceLogin& login) {
    auto& device = std::get<DeviceTalk>(link.talk);
    device.login_id = login.id;
    device.token = hash_token(login.token);
    const Device* known = shard.world()->device_by_token(device.token);
    if (known == nullptr) {
        ++counters.logins_unknown;
        return apply(link, device.session.refused(login.id, DeviceStatus::invalid_token));
    }
    const std::uint32_t home = shard.home_of(known->id);
    if (home != shard.index()) {
        link.moving_to = home;  // at the end of this event: nothing is read until then
        return;
    }
    admit(link);
}

void LoopState::admit(Link& link) {
    auto& device = std::get<DeviceTalk>(link.talk);
    const auto verdict = shard.admit_device(device.token, now);
    if (const auto* status = std::get_if<DeviceStatus>(&verdict)) {
        return apply(link, device.session.refused(device.login_id, *status));
    }
    const SeatId given = std::get<SeatId>(verdict);
    seat(link, given);
    const Device* record = shard.world()->device(shard.device_of(given));
    const Org* org = record == nullptr ? nullptr : shard.world()->org(record->org);
    const Zone zone = zone_named(org == nullptr ? "UTC" : org->timezone, now.wall);
    apply(link, device.session.admitted(device.login_id, zone, now));
    if (link.phase == LinkPhase::open) {
        apply(link, std::get<DeviceTalk>(link.talk).session.receive({}, now));
    }
}

// Descriptor, SSL, parser and session go as one value; no pointer to this loop is in it.
void LoopState::move_home(Link& link) {
    ++counters.moved_home;
    Loop* home = loops[*link.moving_to];
    link.moving_to.reset();
    link.transport.wire().keep_arrived();
    std::unique_ptr<Link> moving = remove(link);
    home->post(Task([state = home->state_.get(), whole = std::move(moving)](Nothing) mutable {
        state->adopt(std::move(whole));
    }));
}

void LoopState::adopt(std::unique_ptr<Link> moved) {
    Link& link = *moved;
    insert(std::move(moved), EPOLLIN);
    if (link.phase == LinkPhase::gone) {
        return;
    }
    drained ? close_after_flush(link) : admit(link);
    if (link.phase != LinkPhase::gone) {
        set_interest(link);
        read_again(link);
        watch_deadline(link);
    }
}

void LoopState::set_meta(Link& link, const DeviceMetaSet& set) {
    const SeatId seat = std::get<DeviceTalk>(link.talk).seat;
    if (seat.generation == 0) {
        return;
    }
    api->set_device_meta(
        shard.device_of(seat), set.name, set.value,
        Reply<bool>([this, id = link.id, frame = set.id](bool stored) {
            Link* waiting_link = find(id);
            if (waiting_link != nullptr && waiting_link->phase == LinkPhase::open) {
                const auto status = stored ? DeviceStatus::ok : DeviceStatus::server_error;
                send_frame(*waiting_link, response_frame(frame, status));
            }
        }));
}

}  // namespace treeline
