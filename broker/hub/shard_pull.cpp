// Pulling: scopes walked, homes asked and beginnings told only while the outbox has room.
#include <utility>

#include "broker/hub/shard_impl.hpp"

namespace treeline {

void Shard::Impl::queue_walk(AppSeat& seat) {
    if (!seat.walking) {
        seat.walking = true;
        walkers_.push_back(seat.id);
    }
}

void Shard::Impl::pull(AppSeat& seat) {
    if (seat.close) {
        return;
    }
    tell_answered(seat);
    ask_found(seat);
    const auto room = [&] {
        return seat.outbox.under_half() && seat.found.empty() &&
               seat.outstanding < limits_.scope_step_devices;
    };
    for (auto& [id, watch] : seat.scopes) {
        if (!watch.cursor.done && room()) {
            walk(seat, watch);
            ask_found(seat);
            // One step a turn; what stands in the way of the next calls pull() when it is gone.
            if (!watch.cursor.done && room()) {
                queue_walk(seat);
            }
        }
    }
    if (!seat.scopes.empty() && room()) {
        for (const auto& [id, watch] : seat.scopes) {
            if (!watch.cursor.done) {
                return queue_walk(seat);
            }
        }
    }
}

void Shard::Impl::walk(AppSeat& seat, Watch& watch) {
    watch.cursor = walk_scope(
        *world_, seat.user, watch.scope, watch.cursor, limits_.scope_step_devices, now_.wall,
        [&](const Device& device, const DeviceVerdict&) { meet(seat, watch, device); });
    watch.walked = watch.walked || watch.cursor.done;
}

void Shard::Impl::meet(AppSeat& seat, Watch& watch, const Device& device) {
    const auto known = seat.entries.find(device.id);
    if (known == seat.entries.end() || !known->second.allowed) {
        consider(seat, device);
        const auto made = seat.entries.find(device.id);
        made->second.walked_by = watch.id;
        return;
    }
    Entry& entry = known->second;
    if (watch.walked || entry.walked_by >= watch.id) {
        return;  // told before; a later walk only looks for what is new
    }
    entry.walked_by = watch.id;
    if (seat.doubt == Doubt::none || entry.fence == fence_) {
        judge(seat, device.id, entry);
    }
    if (entry.state == Entry::State::live || watch.snapshot) {
        ask_again(seat, device.id, entry);
    }
}

// The beginning is told once more, for a watch that was added; live items wait behind it.
void Shard::Impl::ask_again(AppSeat& seat, DeviceId device, Entry& entry) {
    if (entry.state == Entry::State::asked || entry.state == Entry::State::answered) {
        --seat.outstanding;
        entry.values.clear();
    }
    entry.state = Entry::State::found;
    entry.ask = 0;
    if (!std::exchange(entry.queued, true)) {
        seat.found.push_back(device);
    }
}

void Shard::Impl::ask_found(AppSeat& seat) {
    while (!seat.found.empty() && seat.outstanding < limits_.scope_step_devices &&
           seat.outbox.under_half()) {
        const DeviceId device = seat.found.front();
        seat.found.pop_front();
        const auto at = seat.entries.find(device);
        if (at == seat.entries.end()) {
            continue;
        }
        Entry& entry = at->second;
        entry.queued = false;
        if (entry.state != Entry::State::found || !entry.allowed) {
            continue;  // queued again when it is allowed again
        }
        entry.state = Entry::State::asked;
        entry.ask = next_ask_++;
        ++seat.outstanding;
        send(home_of(device), PullAsk{seat.id, entry.ask, device, entry.snapshot});
    }
}

void Shard::Impl::on_pulled(PullAnswer& answer) {
    AppSeat* seat = app(answer.seat);
    if (seat == nullptr) {
        return;
    }
    const auto at = seat->entries.find(answer.device);
    if (at == seat->entries.end() || at->second.ask != answer.ask ||
        at->second.state != Entry::State::asked) {
        return;
    }
    at->second.state = Entry::State::answered;
    at->second.presence = answer.presence;
    at->second.values = std::move(answer.values);
    seat->answered.push_back(answer.device);
    pull(*seat);
}

void Shard::Impl::tell_answered(AppSeat& seat) {
    while (!seat.answered.empty() && seat.outbox.under_half() && !seat.close) {
        const DeviceId device = seat.answered.front();
        seat.answered.pop_front();
        const auto at = seat.entries.find(device);
        if (at == seat.entries.end() || at->second.state != Entry::State::answered) {
            continue;
        }
        // The answer may be of a newer world than the verdict, so the verdict must be of the
        // present one.
        judge(seat, device, at->second);
        if (at->second.allowed) {
            tell(seat, device, at->second);
        } else {  // for the sweep; should it be allowed again before, it is asked anew
            at->second.state = Entry::State::found;
            at->second.values.clear();
            --seat.outstanding;
        }
    }
}

// Is a live value of the pin kept back? A pin that was not asked for then is not.
bool Shard::Impl::waits_live(const Entry& entry, Pin pin) {
    return std::ranges::any_of(entry.held_back, [&](const OutItem& item) {
        return item.kind == OutItem::Kind::value && item.pin == pin;
    });
}

void Shard::Impl::tell(AppSeat& seat, DeviceId device, Entry& entry) {
    const WireIds& wire = world_->wire();
    const auto item = [&](OutItem::Kind kind, const AppMessage& message, Pin pin = 0,
                          std::uint64_t epoch = 0) {
        push(seat, OutItem{.kind = kind,
                           .frame = shared_frame(message, seat.encoding, wire),
                           .device = device,
                           .pin = pin,
                           .epoch = epoch,
                           .stamp = std::nullopt});
    };
    if (const std::uint64_t began = std::exchange(entry.began, 0); began != 0) {
        item(OutItem::Kind::control, AppWatchBegan{began, device});
    }
    // Not of the kind that folds: a later presence must not take its place behind the values.
    item(OutItem::Kind::control, AppPresence{device, entry.presence});
    const std::uint64_t readable_from = world_->device(device)->readable_from_epoch;
    for (HeldValue& held : std::exchange(entry.values, {})) {
        const bool comes_live = entry.live_from != 0 && held.sequence >= entry.live_from &&
                                waits_live(entry, held.value.pin);
        if (held.epoch >= readable_from && entry.pins.matches(held.value.pin) && !comes_live) {
            const Pin pin = held.value.pin;
            item(OutItem::Kind::value, AppValue{device, std::move(held.value)}, pin, held.epoch);
        }
    }
    seat.held_back -= entry.held_back.size();
    for (OutItem& held : std::exchange(entry.held_back, {})) {
        if (held.epoch == 0 || held.epoch >= readable_from) {
            push(seat, std::move(held));
        }
    }
    entry.live_from = 0;
    entry.state = Entry::State::live;
    entry.told = true;
    --seat.outstanding;
}

}  // namespace treeline
