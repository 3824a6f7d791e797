// Watches begin and end; entries and interests with them.
#include <algorithm>
#include <utility>

#include "broker/hub/shard_impl.hpp"

namespace treeline {

void Shard::Impl::on_watch(AppSeat& seat, std::uint32_t request, const AppWatch& asked) {
    const bool device = asked.kind == AppWatch::Kind::device;
    if (asked.kind == AppWatch::Kind::none) {
        return refuse(seat, request, AppStatus::bad_request, "a watch names a scope");
    }
    const bool seen = device ? sees(*world_, seat.user, asked.device)
                             : sees_org(*world_, seat.user, asked.org, now_.wall);
    if (!seen) {
        return refuse(seat, request, AppStatus::not_found);
    }
    if (seat.watches() >= limits_.watches_max) {
        return refuse(seat, request, AppStatus::throttled, "too many watches");
    }
    Watch watch;
    watch.id = seat.next_watch++;
    watch.pins = PinFilter::of(asked.pins);
    watch.snapshot = asked.snapshot;
    watch.scope.kind = device                              ? Scope::Kind::device
                       : asked.kind == AppWatch::Kind::org ? Scope::Kind::org
                                                           : Scope::Kind::subtree;
    watch.scope.device = device ? asked.device : DeviceId{};
    watch.scope.org = device ? OrgId{} : asked.org;
    AppReply reply = reply_of(seat, request, AppStatus::ok);
    reply.revision = tree_revision(device ? world_->device(asked.device)->org : asked.org);
    reply.result = AppWatchId{watch.id};
    answer(seat, std::move(reply));
    begin_interest(watch.scope);
    device ? begin_device_watch(seat, watch) : begin_scope_watch(seat, watch);
    pull(seat);
}

void Shard::Impl::begin_device_watch(AppSeat& seat, Watch watch) {
    const DeviceId device = watch.scope.device;
    const auto known = seat.entries.find(device);
    Entry& entry = known != seat.entries.end() ? known->second : add_entry(seat, device);
    entry.watches.push_back(watch.id);
    seat.device_watches.emplace(watch.id, watch);
    judge(seat, device, entry);
    ask_again(seat, device, entry);
}

void Shard::Impl::begin_scope_watch(AppSeat& seat, Watch watch) {
    scope_seats_[key_of(watch.scope)].push_back(seat.id.slot);
    seat.scopes.emplace(watch.id, watch);
}

void Shard::Impl::on_unwatch(AppSeat& seat, std::uint32_t request, const AppUnwatch& asked) {
    if (seat.scopes.contains(asked.watch)) {
        end_scope_watch(seat, asked.watch);
    } else if (seat.device_watches.contains(asked.watch)) {
        const DeviceId device = seat.device_watches.at(asked.watch).scope.device;
        end_device_watch(seat, asked.watch);
        Entry& entry = seat.entries.at(device);
        if (matched_in(world_, seat, entry, device)) {
            judge(seat, device, entry);
        } else if (!matched_in(previous_, seat, entry, device)) {
            drop_entry(seat, device);
        }
    } else {
        return refuse(seat, request, AppStatus::not_found);
    }
    answer(seat, reply_of(seat, request, AppStatus::ok));
}

// Does any watch of the seat match the device as it is in `world` (null: no)?
bool Shard::Impl::matched_in(const World& world, const AppSeat& seat, const Entry& entry,
                             DeviceId device) const {
    const Device* record = world == nullptr ? nullptr : world->device(device);
    return record != nullptr && match(*world, seat, entry, *record).any;
}

void Shard::Impl::forget_scope(AppSeat& seat, std::uint64_t id) {
    const auto at = seat.scopes.find(id);
    const Scope scope = at->second.scope;
    seat.scopes.erase(at);
    const auto slots = scope_seats_.find(key_of(scope));
    slots->second.erase(std::ranges::find(slots->second, seat.id.slot));
    if (slots->second.empty()) {
        scope_seats_.erase(slots);
    }
    end_interest(scope);
}

// What another watch matched, before the change or after it, stays to be examined on its own.
void Shard::Impl::end_scope_watch(AppSeat& seat, std::uint64_t id) {
    forget_scope(seat, id);
    std::vector<DeviceId> unmatched;
    for (auto& [device, entry] : seat.entries) {
        if (matched_in(world_, seat, entry, device)) {
            judge(seat, device, entry);
        } else if (!matched_in(previous_, seat, entry, device)) {
            unmatched.push_back(device);
        }
    }
    for (const DeviceId device : unmatched) {
        drop_entry(seat, device);
    }
}

// REQUIRES: the caller looks after the entry.
void Shard::Impl::end_device_watch(AppSeat& seat, std::uint64_t id) {
    const auto at = seat.device_watches.find(id);
    const Scope scope = at->second.scope;
    seat.device_watches.erase(at);
    std::erase(seat.entries.at(scope.device).watches, id);
    end_interest(scope);
}

void Shard::Impl::begin_interest(const Scope& scope) {
    if (!watching_.begin(scope)) {
        return;
    }
    if (scope.kind == Scope::Kind::device) {
        return send(home_of(scope.device), InterestMail{scope, true});
    }
    for (std::uint32_t to = 0; to < shards_; ++to) {
        send(to, InterestMail{scope, true});
    }
}

void Shard::Impl::end_interest(const Scope& scope) {
    if (!watching_.end(scope)) {
        return;
    }
    if (scope.kind == Scope::Kind::device) {
        return send(home_of(scope.device), InterestMail{scope, false});
    }
    for (std::uint32_t to = 0; to < shards_; ++to) {
        send(to, InterestMail{scope, false});
    }
}

Entry& Shard::Impl::add_entry(AppSeat& seat, DeviceId device) {
    Entry& entry = seat.entries[device];
    Watchers& watchers = watchers_[device];
    watchers.wire = world_->wire().of(device);
    watchers.all.push_back({seat.id.slot, &entry});
    return entry;
}

void Shard::Impl::drop_entry(AppSeat& seat, DeviceId device) {
    const auto at = seat.entries.find(device);
    const Entry& entry = at->second;
    if (entry.state == Entry::State::asked || entry.state == Entry::State::answered) {
        --seat.outstanding;
        queue_walk(seat);  // others may have waited for its place
    }
    seat.held_back -= entry.held_back.size();
    seat.entries.erase(at);
    const auto watchers = watchers_.find(device);
    std::vector<Watchers::One>& all = watchers->second.all;
    all.erase(std::ranges::find(all, seat.id.slot, &Watchers::One::slot));
    if (all.empty()) {
        watchers_.erase(watchers);
    }
}

// About a right that began or ended; these always fit, bounded by watches_max.
void Shard::Impl::say(AppSeat& seat, const AppMessage& message, DeviceId device) {
    if (seat.close) {
        return;
    }
    OutItem item{.kind = OutItem::Kind::control,
                 .frame = shared_frame(message, seat.encoding, world_->wire()),
                 .device = device,
                 .stamp = std::nullopt};
    seat.outbox.push_always(std::move(item));
    backlogged_.insert(seat.id.slot);
    if (!seat.is_held) {
        mark_dirty(seat.id);
    }
}

}  // namespace treeline
