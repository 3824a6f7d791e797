// The fence: adopt a world, wait for every shard's marker, settle the seats it may have moved.
//
// INVARIANTS
// 1. A shard settles a revision only after every lane's marker for it, so nothing stamped with the
//    world before can still arrive; and only after every seat it may affect was swept.
// 2. The settled word rises in conclude(), behind the flush of the turn in which the sweep ended.
// 3. A newer world is published only when all have settled, so two worlds at most are in play.
#include <algorithm>
#include <utility>

#include "broker/hub/shard_impl.hpp"

namespace treeline {

// O(1) in the number of seats: only those the effect names are marked.
bool Shard::Impl::adopt_published() {
    std::optional<Publication> publication = settlement_.take(index_, world_->revision());
    if (!publication) {
        return false;
    }
    CHECK(phase_ == Phase::idle);
    previous_ = std::exchange(world_, std::move(publication->world));
    effect_ = std::move(publication->effect);
    ++fence_;
    doubtful_devices_.insert(effect_->devices.begin(), effect_->devices.end());
    phase_ = Phase::waiting;
    mark_affected(*effect_);
    for (std::uint32_t to = 0; to < shards_; ++to) {
        send(to, MarkerMail{});
    }
    return true;
}

bool Shard::Impl::is_changing() const {
    return phase_ != Phase::idle || settlement_.published() > world_->revision();
}

// Of whom the effect names it is not asked what they lost: they repeat a request at the worst.
bool Shard::Impl::may_have_lost(UserId user) const {
    if (previous_ == nullptr) {
        return false;
    }
    const User* const before = previous_->user(user);
    const User* const after = world_->user(user);
    if (effect_->everyone || before == nullptr || after == nullptr ||
        before->auth_epoch != after->auth_epoch ||
        std::ranges::find(effect_->users, user) != effect_->users.end()) {
        return true;
    }
    return std::ranges::any_of(effect_->devices, [&](DeviceId id) {
        const Device* const device = world_->device(id);
        const Device* const was = previous_->device(id);
        const bool has_moved = was != nullptr && (device == nullptr || device->org != was->org ||
                                                  device->owner != was->owner);
        return has_moved && sees(*previous_, user, id);
    });
}

void Shard::Impl::doubt(AppSeat& seat, Doubt doubt) {
    if (seat.doubt == Doubt::none) {
        unsettled_.push_back(seat.id);
    }
    seat.doubt = std::max(seat.doubt, doubt);
}

void Shard::Impl::mark_affected(const Effect& effect) {
    const auto mark_range = [&](auto range) {
        for (auto at = range.first; at != range.second; ++at) {
            doubt(*app_at(at->second), Doubt::all);
        }
    };
    if (effect.everyone) {
        for (const Slot& slot : slots_) {
            if (slot.app) {
                doubt(*slot.app, Doubt::all);
            }
        }
        return;
    }
    for (const UserId user : effect.users) {
        mark_range(seats_of_user_.equal_range(user));
    }
    for (const LoginId login : effect.logins) {
        mark_range(seats_of_login_.equal_range(login));
    }
    if (effect.devices.empty()) {
        return;
    }
    for (const DeviceId device : effect.devices) {
        if (const auto found = watchers_.find(device); found != watchers_.end()) {
            for (const Watchers::One& watcher : found->second.all) {
                doubt(*app_at(watcher.slot), Doubt::devices);
            }
        }
        if (const Device* record = world_->device(device)) {
            each_scope(*world_, *record, [&](AppSeat& seat) { doubt(seat, Doubt::devices); });
        }
    }
    for (const std::uint32_t at : backlogged_) {  // answers about devices that nobody watches
        doubt(*app_at(at), Doubt::devices);
    }
}

void Shard::Impl::on_marker(std::uint32_t from, Revision revision) {
    markers_[from] = revision;
}

bool Shard::Impl::markers_complete() const {
    return std::ranges::all_of(markers_,
                               [&](Revision marker) { return marker >= world_->revision(); });
}

// The sweep begins in the turn after the last marker: in between, what came before the change has
// been flushed under the old right, and so nothing of it is lost to those who had it.
void Shard::Impl::step_fence() {
    if (phase_ == Phase::waiting && markers_complete()) {
        phase_ = Phase::sweeping;
        cut_devices();
        prune_downlinks();
    }
    if (phase_ != Phase::sweeping) {
        return;
    }
    for (std::size_t done = 0; !unsettled_.empty() && done < limits_.settle_seats_per_turn;) {
        AppSeat* seat = app(unsettled_.front());
        unsettled_.pop_front();
        if (seat != nullptr && seat->doubt != Doubt::none) {
            settle_seat(*seat, false);
            ++done;
        }
    }
    if (unsettled_.empty()) {
        phase_ = Phase::swept;
    }
}

// Rotated or deleted. A device that is back with its new token was admitted in this world.
void Shard::Impl::cut_devices() {
    for (const DeviceId id : effect_->cut_devices) {
        Home* at_home = known_home(id);
        if (at_home == nullptr) {
            continue;
        }
        const Device* device = world_->device(id);
        DeviceSeat* seat = device_seat(at_home->seat);
        if (seat != nullptr && (device == nullptr || device->token != seat->token)) {
            seat->replies.clear();
            at_home->downlinks.clear();
            close_device(*seat, device == nullptr ? "deleted" : "token rotated", seat->is_held);
        }
        if (device == nullptr) {
            forget_home(id);
        }
    }
}

void Shard::Impl::prune_downlinks() {
    for (auto at = queued_homes_.begin(); at != queued_homes_.end();) {
        const DeviceId id = *at;
        Home& queued = home(id);
        counters_.downlinks_revoked += queued.downlinks.prune(
            [&](Downlink& downlink) { return keeps_control(queued, downlink, id); });
        DeviceSeat* seat = device_seat(queued.seat);
        const bool held = seat != nullptr && seat->is_held;
        if (held && !std::ranges::all_of(seat->gathered, [&](Downlink& downlink) {
                return keeps_control(queued, downlink, id);
            })) {
            ++counters_.resets;
            close_device(*seat, "held downlink revoked", true);
        }
        at = held || !queued.downlinks.empty() ? std::next(at) : queued_homes_.erase(at);
    }
}

bool Shard::Impl::keeps_control(Home& home, Downlink& downlink, DeviceId device) const {
    if (downlink.by == UserId{}) {
        return true;
    }
    const DeviceVerdict& verdict = rights(home.writer, downlink.by, device);
    downlink.valid_until = verdict.valid_until;
    return contains(verdict.rights, DeviceRight::control);
}

}  // namespace treeline
