// The sweep of one seat: what its user may no longer see ends here, what he newly may begins.
#include <algorithm>
#include <map>
#include <utility>

#include "broker/hub/shard_impl.hpp"

namespace treeline {

void Shard::Impl::settle_seat(AppSeat& seat, bool by_time) {
    const bool everything = std::exchange(seat.doubt, Doubt::none) == Doubt::all || by_time;
    ++counters_.seats_swept;
    if (!end_if_signed_out(seat)) {
        prune_outbox(seat);
        sweep_entries(seat, everything, by_time);
        if (everything) {
            sweep_scopes(seat, by_time);
        }
        find_new(seat, everything);
    }
    update_edge(seat);
}

bool Shard::Impl::end_if_signed_out(AppSeat& seat) {
    if (seat.signed_out) {
        return true;
    }
    const std::string reason = sign_out_reason(seat);
    if (reason.empty()) {
        return false;
    }
    seat.signed_out = true;
    const bool farewell_said = seat.close.has_value();
    seat.outbox.clear();
    if (seat.is_held && !seat.held.empty()) {
        seat.close = Output::Farewell{.reason = reason, .reset = true};
        ++counters_.resets;
        mark_dirty(seat.id);
    } else if (!farewell_said) {
        say(seat, AppSignedOut{reason});
        close_app(seat, reason == "no_membership" ? close_no_membership : close_unauthenticated,
                  reason);
    }
    return true;
}

// The word to end the session with; empty while it may go on.
std::string Shard::Impl::sign_out_reason(const AppSeat& seat) const {
    const User* user = world_->user(seat.user);
    if (user == nullptr) {
        return "force_logout";
    }
    if (user->status == UserStatus::suspended) {
        return "suspended";
    }
    const LoginRecord* login = world_->login(seat.login);
    if (login == nullptr || login->auth_epoch != user->auth_epoch) {
        const User* before = previous_ == nullptr ? nullptr : previous_->user(seat.user);
        const bool new_password =
            before != nullptr && before->password_verifier != user->password_verifier;
        return new_password ? "password_reset" : "force_logout";
    }
    if (now_.wall >= seat.expires) {
        return "expired";
    }
    return has_live_membership(*world_, seat.user, now_.wall) ? "" : "no_membership";
}

// What is queued and what the connection holds.
void Shard::Impl::prune_outbox(AppSeat& seat) {
    seat.outbox.prune([&](OutItem& item) {
        const bool keep = keep_item(seat, item);
        counters_.items_revoked += keep ? 0 : 1;
        return keep;
    });
    const auto lost = [&](DeviceId device) { return !sees(*world_, seat.user, device); };
    if (seat.is_held && std::ranges::any_of(seat.held, lost)) {
        ++counters_.resets;
        seat.close = Output::Farewell{.reason = "held record revoked", .reset = true};
        mark_dirty(seat.id);
    }
}

// A request gets its one reply in any case, so replies are changed, not dropped.
bool Shard::Impl::keep_item(AppSeat& seat, OutItem& item) {
    const auto replace = [&](AppReply reply) {
        item.frame = shared_frame(reply, seat.encoding, world_->wire());
        item.reply = std::make_unique<AppReply>(std::move(reply));
        ++counters_.items_revoked;
    };
    if (item.reply) {
        if (auto* page = std::get_if<AppDevicePage>(&item.reply->result)) {
            const std::size_t gone = std::erase_if(page->devices, [&](const AppDevice& device) {
                return !sees(*world_, seat.user, device.id);
            });
            if (gone > 0) {
                replace(*item.reply);
            }
            return true;
        }
    }
    if (item.device == DeviceId{} || sees(*world_, seat.user, item.device)) {
        return keep_epoch(seat, item);
    }
    if (item.kind != OutItem::Kind::reply) {
        return false;
    }
    item.device = {};
    replace(reply_of(seat, item.request, AppStatus::not_found));
    return true;
}

// What was before a transfer that cut is not told any more, to those neither who see the device
// on both sides of it (tenancy.md §4). A reading starts empty, as the next one would.
bool Shard::Impl::keep_epoch(AppSeat& seat, OutItem& item) {
    const Device* device = world_->device(item.device);
    if (item.epoch == 0 || device == nullptr || item.epoch >= device->readable_from_epoch) {
        return true;
    }
    if (item.kind != OutItem::Kind::reply) {
        return false;
    }
    AppReply reply = reply_about(seat, item.request, item.device);
    reply.result = AppStoredValues{item.device, {}};
    item.frame = shared_frame(reply, seat.encoding, world_->wire());
    item.epoch = device->ownership_epoch;
    ++counters_.items_revoked;
    return true;
}

// The root of a scope has gone out of sight: the whole watch ends.
void Shard::Impl::sweep_scopes(AppSeat& seat, bool by_time) {
    std::vector<std::pair<std::uint64_t, EndReason>> ended;
    for (const auto& [id, watch] : seat.scopes) {
        const OrgId org = watch.scope.org;
        if (sees_org(*world_, seat.user, org, now_.wall)) {
            continue;
        }
        const bool expired =
            by_time || (previous_ != nullptr && !sees_org(*previous_, seat.user, org, now_.wall));
        ended.emplace_back(id, world_->org(org) == nullptr ? EndReason::deleted
                               : expired                   ? EndReason::expired
                                                           : EndReason::revoked);
    }
    for (const auto& [id, reason] : ended) {
        say(seat, AppWatchEnded{id, DeviceId{}, reason});
        end_scope_watch(seat, id);
        ++counters_.watches_ended;
    }
}

void Shard::Impl::sweep_entries(AppSeat& seat, bool everything, bool by_time) {
    std::vector<Lost> lost;
    std::vector<DeviceId> never_told;
    const auto look = [&](DeviceId device, Entry& entry) {
        judge(seat, device, entry);
        if (entry.allowed) {
            return;
        }
        if (entry.told || !entry.watches.empty()) {
            lost.push_back({device, reason_of(seat, device, by_time)});
        } else {
            never_told.push_back(device);
        }
    };
    if (everything) {
        for (auto& [device, entry] : seat.entries) {
            look(device, entry);
        }
    } else {
        for (const DeviceId device : doubtful_devices_) {
            if (const auto at = seat.entries.find(device); at != seat.entries.end()) {
                look(device, at->second);
            }
        }
    }
    for (const DeviceId device : never_told) {
        drop_entry(seat, device);
    }
    std::ranges::sort(lost, {}, &Lost::device);
    lost.size() > watch_ended_single_max ? end_lost_wholly(seat, lost) : end_lost(seat, lost);
}

EndReason Shard::Impl::reason_of(const AppSeat& seat, DeviceId device, bool by_time) const {
    const Device* after = world_->device(device);
    if (after == nullptr) {
        return EndReason::deleted;
    }
    const Device* before = previous_ == nullptr ? nullptr : previous_->device(device);
    if (before != nullptr && (before->org != after->org || before->owner != after->owner)) {
        return EndReason::transferred;
    }
    const bool gone_before = before != nullptr && !sees(*previous_, seat.user, device);
    return by_time || gone_before ? EndReason::expired : EndReason::revoked;
}

// The scopes of the seat that have shown it `device`.
std::vector<std::uint64_t> Shard::Impl::scopes_of(const AppSeat& seat, DeviceId device) const {
    std::vector<std::uint64_t> ids;
    const World& world = previous_ != nullptr ? previous_ : world_;
    const Device* record = world->device(device);
    for (const auto& [id, watch] : seat.scopes) {
        if (record != nullptr && covers(*world, watch.scope, *record)) {
            ids.push_back(id);
        }
    }
    return ids;
}

void Shard::Impl::end_lost(AppSeat& seat, const std::vector<Lost>& lost) {
    for (const auto& [device, reason] : lost) {
        const Entry& entry = seat.entries.at(device);
        const std::vector<std::uint64_t> own = entry.watches;
        const std::vector<std::uint64_t> scopes = scopes_of(seat, device);
        if (entry.told && (!scopes.empty() || own.empty())) {
            for (const std::uint64_t id : scopes) {
                seat.scopes.at(id).said_end = true;
            }
            // Several scopes: one word for all, no watch named.
            say(seat, AppWatchEnded{scopes.size() == 1 ? scopes.front() : 0, device, reason});
        }
        for (const std::uint64_t id : own) {
            say(seat, AppWatchEnded{id, device, reason});
            end_device_watch(seat, id);
        }
        drop_entry(seat, device);
        ++counters_.watches_ended;
    }
}

// Too many to name: each watch that matched one of them ends as a whole.
void Shard::Impl::end_lost_wholly(AppSeat& seat, const std::vector<Lost>& lost) {
    std::map<std::uint64_t, EndReason> scopes;
    for (const auto& [device, reason] : lost) {
        for (const std::uint64_t id : scopes_of(seat, device)) {
            scopes.try_emplace(id, reason);
        }
        const std::vector<std::uint64_t> own = seat.entries.at(device).watches;
        for (const std::uint64_t id : own) {
            say(seat, AppWatchEnded{id, DeviceId{}, reason});
            end_device_watch(seat, id);
        }
        drop_entry(seat, device);
    }
    for (const auto& [id, reason] : scopes) {
        say(seat, AppWatchEnded{id, DeviceId{}, reason});
        end_scope_watch(seat, id);
    }
    counters_.watches_ended += lost.size();
}

void Shard::Impl::find_new(AppSeat& seat, bool everything) {
    if (seat.scopes.empty() || seat.close) {
        return;
    }
    if (everything) {
        for (auto& [id, watch] : seat.scopes) {
            watch.cursor = ScopeCursor{};
        }
        return queue_walk(seat);
    }
    for (const DeviceId id : doubtful_devices_) {
        const Device* device = world_->device(id);
        const bool covered = device != nullptr && std::ranges::any_of(seat.scopes, [&](auto& at) {
                                 return covers(*world_, at.second.scope, *device);
                             });
        if (covered) {
            consider(seat, *device);
        }
    }
}

// When the seat must be looked at although nothing was changed. One that is only closing still
// holds what may have to be dropped, unless its session is dead and has dropped everything.
void Shard::Impl::update_edge(AppSeat& seat) {
    UnixTime edge = unix_time_max;
    if (!seat.signed_out) {
        edge = next_window_edge(*world_, seat.user, now_.wall);
        edge = seat.expires > now_.wall ? std::min(edge, seat.expires) : edge;
    }
    set_edge(seat, edge);
}

void Shard::Impl::set_edge(AppSeat& seat, UnixTime edge) {
    edges_.erase({seat.edge, seat.id.slot});
    seat.edge = edge;
    if (edge != unix_time_max) {
        edges_.emplace(edge, seat.id.slot);
    }
}

void Shard::Impl::expire_seats() {
    while (!edges_.empty() && edges_.begin()->first <= now_.wall) {
        settle_seat(*app_at(edges_.begin()->second), true);
    }
}

}  // namespace treeline
