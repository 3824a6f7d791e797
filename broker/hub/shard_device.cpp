// Devices seated at their home: admission, newest wins, their actions, their goodbye.
#include <algorithm>

#include "broker/hub/shard_impl.hpp"
#include "broker/hub/value_key.hpp"

namespace treeline {
namespace {

template <class... F>
struct Overloaded : F... {
    using F::operator()...;
};

}  // namespace

std::variant<SeatId, DeviceStatus> Shard::Impl::admit_device(const TokenHash& token) {
    const Device* device = world_->device_by_token(token);
    if (device == nullptr || home_of(device->id) != index_) {
        ++counters_.logins_refused;
        return DeviceStatus::invalid_token;
    }
    Home& at_home = home(device->id);
    if (!at_home.may_log_in(now_.steady, limits_.logins_per_minute)) {
        ++counters_.logins_refused;
        return DeviceStatus::quota;
    }
    if (DeviceSeat* older = device_seat(at_home.seat)) {
        close_device(*older, "newer login", older->is_held);
    }
    const SeatId id = take_slot();
    slots_[id.slot].device = std::make_unique<DeviceSeat>();
    DeviceSeat& seat = *slots_[id.slot].device;
    seat.id = id;
    seat.device = device->id;
    seat.token = token;
    at_home.seat = id;
    at_home.ready = false;
    at_home.buff_in = 0;
    at_home.can_rotate = false;
    ++devices_;
    ++counters_.logins;
    if (at_home.offline_due) {  // back within the grace: nobody was told, nobody need be
        offline_due_.erase({*at_home.offline_due, device->id});
        at_home.offline_due.reset();
    }
    if (!at_home.presence.online) {
        at_home.presence = {.online = true, .at = now_.wall};
        tell_presence(*device, at_home);
    }
    store_last_seen(device->id, now_.wall);
    on_token_login(device->id, token);
    return id;
}

void Shard::Impl::leave_device(DeviceSeat& seat) {
    --devices_;
    if (seat.is_held) {
        stalled_.erase({seat.held_since + limits_.device_stalled_max, seat.id.slot});
    }
    Home* at_home = known_home(seat.device);
    if (at_home == nullptr || at_home->seat != seat.id) {
        return;  // a newer connection has taken its place, or the device is gone
    }
    at_home->seat = {};
    at_home->ready = false;
    at_home->downlinks.clear();
    queued_homes_.erase(seat.device);
    on_token_left(seat.device);
    if (world_->device(seat.device) == nullptr) {
        return forget_home(seat.device);
    }
    at_home->offline_due = now_.steady + limits_.offline_grace;
    offline_due_.emplace(*at_home->offline_due, seat.device);
    at_home->presence.at = now_.wall;  // last seen, told when the grace is over
}

void Shard::Impl::device_action(SeatId id, DeviceAction& action) {
    DeviceSeat* seat = device_seat(id);
    const Device* device = seat == nullptr ? nullptr : world_->device(seat->device);
    Home* at_home = seat == nullptr ? nullptr : known_home(seat->device);
    if (device == nullptr || at_home == nullptr || at_home->seat != id || seat->close) {
        return;  // closed, replaced or deleted: what it still says is nobody's
    }
    std::visit(Overloaded{
                   [&](const DeviceAnnounced& told) {
                       at_home->buff_in = told.info.buff_in;
                       at_home->can_rotate = told.info.rotate;
                       // What was accepted under a guess may be more than the device can take.
                       counters_.downlinks_folded +=
                           at_home->downlinks.prune([&](const Downlink& waiting) {
                               return waiting.frame.size() <= at_home->buff_in;
                           });
                   },
                   [&](const DeviceReady&) {
                       at_home->ready = true;
                       if (!at_home->downlinks.empty()) {
                           mark_dirty(id);
                       }
                   },
                   [&](DeviceWrote& wrote) {
                       ++counters_.values_in;
                       accept(*device, std::move(wrote.value), index_, SeatId{});
                   },
                   [&](const DeviceSync& asked) { sync(*seat, asked); },
                   [&](const DeviceEvent& event) {
                       store_event(*device, *at_home, event);
                       if (!event.clear) {  // apps are told what happened, not what was tidied up
                           fan_out(*device, EventMail{stamp_next(*device, *at_home), event.code,
                                                      event.text, now_.wall});
                       }
                   },
                   [&](const DeviceMetaGet& asked) { meta_get(*seat, asked); },
                   [&](const DeviceTokenStored& told) { on_token_stored(*seat, told.id); },
                   // Properties have no reader yet; the rest is the edge's.
                   [](const auto&) {},
               },
               action);
}

// For the timeline. Two events of one millisecond are told apart by the sequence.
void Shard::Impl::store_event(const Device& device, Home& home, const DeviceEvent& event) {
    const Stamp stamp = stamp_next(device, home);
    sink_.put(encode_series_key({.kind = SeriesKind::events,
                                 .device = device.id,
                                 .epoch = stamp.epoch,
                                 .place = series_place(now_.wall, stamp.sequence)}),
              encode_stored_event({event.code, event.text, event.clear}));
}

// The device gets its own values back, whoever may read them now (tenancy.md §4).
void Shard::Impl::sync(DeviceSeat& seat, const DeviceSync& asked) {
    const Home& at_home = home(seat.device);
    const auto reply = [&](const HeldValue& held) {
        if (at_home.takes(held.value.pin, held.value.bytes.size())) {
            seat.replies.push_back(hardware_frame(asked.id, held.value.pin, held.value.bytes));
        }
    };
    if (asked.pins.empty()) {
        for (const auto& [pin, held] : at_home.last) {
            reply(held);
        }
    }
    for (const Pin pin : asked.pins) {
        if (const auto held = at_home.last.find(pin); held != at_home.last.end()) {
            reply(held->second);
        }
    }
    if (!seat.replies.empty()) {
        mark_dirty(seat.id);
    }
}

void Shard::Impl::meta_get(DeviceSeat& seat, const DeviceMetaGet& asked) {
    const Metadata& metadata = world_->device(seat.device)->metadata;
    const auto found = metadata.find(asked.name);
    std::string frame = internal_frame(
        asked.id, {"meta", asked.name, found == metadata.end() ? std::string() : found->second});
    if (const Home& at_home = home(seat.device); frame.size() > at_home.buff_in) {
        frame = response_frame(asked.id, DeviceStatus::no_data);
    }
    seat.replies.push_back(std::move(frame));
    mark_dirty(seat.id);
}

// Answers first: a device that syncs has asked before anybody wrote to it.
void Shard::Impl::gather_device(DeviceSeat& seat, Output& out) {
    if (seat.is_held) {
        if (seat.close && seat.close->reset) {
            out.close = seat.close;
        }
        return;
    }
    const auto part = [&](const std::string& frame) {
        out.bytes += frame;
        out.part_ends.push_back(out.bytes.size());
        out.devices.assign(1, seat.device);
    };
    for (const std::string& frame : std::exchange(seat.replies, {})) {
        part(frame);
    }
    seat.gathered.clear();
    Home* at_home = known_home(seat.device);
    if (at_home != nullptr && at_home->seat == seat.id && at_home->ready && !seat.close) {
        for (Downlink& downlink : at_home->downlinks.take()) {
            if (!keeps_control(*at_home, downlink, seat.device)) {
                ++counters_.downlinks_revoked;
                continue;
            }
            ++counters_.downlinks;
            part(downlink.frame);
            downlink.frame.clear();
            seat.gathered.push_back(std::move(downlink));
        }
        if (seat.gathered.empty()) {
            queued_homes_.erase(seat.device);
        }
    }
    out.close = seat.close;
}

}  // namespace treeline
