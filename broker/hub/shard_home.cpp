// Homes: values in, presence told, writes taken, questions answered.
#include <bit>
#include <utility>

#include "broker/authority/authorise.hpp"
#include "broker/hub/shard_impl.hpp"
#include "broker/hub/value_key.hpp"

namespace treeline {

Home& Shard::Impl::home(DeviceId device) {
    return homes_.try_emplace(device, limits_).first->second;
}

Home* Shard::Impl::known_home(DeviceId device) {
    const auto found = homes_.find(device);
    return found == homes_.end() ? nullptr : &found->second;
}

void Shard::Impl::forget_home(DeviceId device) {
    if (const Home* gone = known_home(device); gone != nullptr && gone->offline_due) {
        offline_due_.erase({*gone->offline_due, device});
    }
    queued_homes_.erase(device);
    on_token_forgotten(device);
    homes_.erase(device);
}

Stamp Shard::Impl::stamp_next(const Device& device, Home& home) {
    return {.device = device.id,
            .sequence = ++home.sequence,
            .epoch = device.ownership_epoch,
            .org = device.org,
            .revision = world_->revision()};
}

template <class Body>
void Shard::Impl::fan_out(const Device& device, Body body) {
    std::uint64_t mask = interest_.shards(*world_, device);
    for (; std::popcount(mask) > 1; mask &= mask - 1) {
        send(static_cast<std::uint32_t>(std::countr_zero(mask)), body);
    }
    if (mask != 0) {
        send(static_cast<std::uint32_t>(std::countr_zero(mask)), std::move(body));
    }
}
template void Shard::Impl::fan_out(const Device& device, EventMail body);

HeldValue& Shard::Impl::accept(const Device& device, StoredValue value, std::uint32_t writer_shard,
                               SeatId writer) {
    Home& at_home = home(device.id);
    const Stamp stamp = stamp_next(device, at_home);
    HeldValue& held = at_home.last[value.pin];
    if (held.is_unsaved && held.epoch != stamp.epoch) {
        save(device.id, held);  // it belongs to the owner before, who may keep it
    }
    held.value = value;
    held.sequence = stamp.sequence;
    held.epoch = stamp.epoch;
    if (!std::exchange(held.is_unsaved, true)) {
        if (unsaved_.empty()) {
            save_by_ = now_.steady + limits_.save_after_max;
        }
        unsaved_.emplace_back(device.id, value.pin);
    }
    fan_out(device, ValueMail{.stamp = stamp,
                              .value = std::move(value),
                              .writer_shard = writer_shard,
                              .writer = writer});
    return held;
}

std::uint64_t Shard::Impl::save(DeviceId device, HeldValue& held) {
    held.is_unsaved = false;
    return sink_.put(encode_value_key({device, held.epoch, held.value.pin}),
                     encode_stored_value(held.value));
}

void Shard::Impl::save_waiting() {
    for (const auto& [device, pin] : unsaved_) {
        Home* const at_home = known_home(device);  // null: deleted since, and its values with it
        const auto held =
            at_home == nullptr ? std::map<Pin, HeldValue>::iterator{} : at_home->last.find(pin);
        if (at_home != nullptr && held != at_home->last.end() && held->second.is_unsaved) {
            save(device, held->second);
        }
    }
    unsaved_.clear();
    save_by_ = steady_time_max;
}

void Shard::Impl::tell_presence(const Device& device, Home& home) {
    fan_out(device, PresenceMail{stamp_next(device, home), home.presence});
}

void Shard::Impl::store_last_seen(DeviceId device, UnixTime at) {
    sink_.put(encode_presence_key(device), encode_last_seen(at));
}

void Shard::Impl::expire_homes() {
    while (!offline_due_.empty() && offline_due_.begin()->first <= now_.steady) {
        const DeviceId id = offline_due_.begin()->second;
        offline_due_.erase(offline_due_.begin());
        Home& gone = home(id);
        gone.offline_due.reset();
        gone.presence.online = false;
        store_last_seen(id, gone.presence.at);
        if (const Device* device = world_->device(id)) {
            tell_presence(*device, gone);
        }
    }
    while (!stalled_.empty() && stalled_.begin()->first <= now_.steady) {
        const std::uint32_t at = stalled_.begin()->second;
        stalled_.erase(stalled_.begin());
        if (DeviceSeat* seat = slots_[at].device.get(); seat != nullptr && seat->is_held) {
            close_device(*seat, "stalled", true);
        }
    }
}

void Shard::Impl::answer_durable() {
    if (undurable_.empty()) {
        return;
    }
    const std::uint64_t durable = sink_.durable();
    while (!undurable_.empty() && undurable_.front().ticket <= durable) {
        const Undurable due = undurable_.front();
        undurable_.pop_front();
        send(due.to, due.answer);
    }
}

// The last word on a write is the home's: the asker's world may be older than this one.
void Shard::Impl::on_write(std::uint32_t from, WriteAsk& ask) {
    WriteAnswer answer{ask.ask, ask.request, ask.writer, ask.device, {}};
    const auto say = [&](AppStatus status, Delivery delivery = {}) {
        answer.outcome = {status, delivery};
        send(from, answer);
    };
    const Device* device = world_->device(ask.device);
    if (device == nullptr) {
        return say(AppStatus::not_found);
    }
    UnixTime valid_until = unix_time_max;
    if (ask.by != UserId{}) {
        const DeviceVerdict& verdict = rights(home(ask.device).writer, ask.by, ask.device);
        valid_until = verdict.valid_until;
        if (!contains(verdict.rights, DeviceRight::control)) {
            return say(contains(verdict.rights, DeviceRight::view) ? AppStatus::forbidden
                                                                   : AppStatus::not_found);
        }
    }
    Home& at_home = home(ask.device);
    if (ask.bytes.size() > value_size_bytes_max || !at_home.takes(ask.pin, ask.bytes.size())) {
        return say(AppStatus::too_large);
    }
    const bool online = at_home.connected();
    if (online) {
        const WriteOutcome outcome = queue_downlink(at_home, ask, valid_until);
        if (outcome.status != AppStatus::ok) {
            return say(outcome.status);
        }
    }
    StoredValue value{ask.pin, std::move(ask.bytes), now_.wall, ask.origin};
    HeldValue& held = accept(*device, std::move(value), from, ask.writer);
    if (online) {
        return say(AppStatus::ok, Delivery::delivered);
    }
    const std::uint64_t ticket = save(device->id, held);
    if (ticket == 0) {
        say(AppStatus::unavailable);  // it lives in memory only; `stored` would be a lie
    } else {
        sink_.hurry();
        answer.outcome = {AppStatus::ok, Delivery::stored};
        undurable_.push_back({ticket, from, answer});
    }
}

WriteOutcome Shard::Impl::queue_downlink(Home& home, const WriteAsk& ask, UnixTime valid_until) {
    Downlink downlink{.frame = hardware_frame(home.take_message_id(), ask.pin, ask.bytes),
                      .pin = ask.pin,
                      .by = ask.by,
                      .valid_until = valid_until};
    if (!home.downlinks.push(std::move(downlink), counters_.downlinks_folded)) {
        return {AppStatus::device_slow, {}};
    }
    queued_homes_.insert(ask.device);
    const DeviceSeat* seat = device_seat(home.seat);
    if (home.ready && seat != nullptr && !seat->is_held) {
        mark_dirty(home.seat);
    }
    return {AppStatus::ok, Delivery::delivered};
}

void Shard::Impl::on_pull(std::uint32_t from, const PullAsk& ask) {
    PullAnswer answer{ask.seat, ask.ask, ask.device, {}, {}};
    const Device* device = world_->device(ask.device);
    const Home* at_home = device == nullptr ? nullptr : known_home(ask.device);
    if (at_home != nullptr) {
        answer.presence = at_home->presence;
        if (ask.snapshot) {
            answer.values = readable(*at_home, {}, device->readable_from_epoch);
        }
    }
    send(from, std::move(answer));
}

void Shard::Impl::on_read(std::uint32_t from, const ReadAsk& ask) {
    const Device* device = world_->device(ask.device);
    const Home* at_home = device == nullptr ? nullptr : known_home(ask.device);
    ReadAnswer answer{ask.ask, {}};
    if (at_home != nullptr) {
        answer.values = readable(*at_home, ask.pins, device->readable_from_epoch);
    }
    send(from, std::move(answer));
}

void Shard::Impl::on_presences(std::uint32_t from, const PresencesAsk& ask) {
    PresencesAnswer answer{ask.ask, {}};
    for (const DeviceId device : ask.devices) {
        const Home* at_home = known_home(device);
        answer.presences.emplace_back(device, at_home == nullptr ? Presence{} : at_home->presence);
    }
    send(from, std::move(answer));
}

}  // namespace treeline
