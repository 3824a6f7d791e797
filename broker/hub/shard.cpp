// The turn of a shard, and the slots its seats stand in.
#include "broker/hub/shard.hpp"

#include <algorithm>

#include "broker/hub/shard_impl.hpp"

namespace treeline {

void Output::clear() {
    bytes.clear();
    part_ends.clear();
    stamps.clear();
    devices.clear();
    close.reset();
}

Shard::Impl::Impl(std::uint32_t self, Lanes& lanes, Settlement& settlement, ValueSink& values,
                  const HubLimits& limits, World initial)
    : index_(self),
      shards_(lanes.shards()),
      lanes_(lanes),
      settlement_(settlement),
      sink_(values),
      limits_(limits),
      world_(std::move(initial)),
      markers_(lanes.shards(), world_->revision()),
      spills_(lanes.shards(), Spill(limits.spill_max)) {}

// ---- slots

SeatId Shard::Impl::take_slot() {
    if (free_.empty()) {
        free_.push_back(static_cast<std::uint32_t>(slots_.size()));
        slots_.emplace_back();
    }
    const std::uint32_t at = free_.back();
    free_.pop_back();
    return {at, slots_[at].generation};
}

void Shard::Impl::free_slot(SeatId id) {
    Slot& slot = slots_[id.slot];
    slot.app.reset();
    slot.device.reset();
    slot.dirty = false;
    slot.generation = slot.generation == 0xffffffff ? 1 : slot.generation + 1;
    free_.push_back(id.slot);
}

Shard::Impl::Slot* Shard::Impl::slot(SeatId id) {
    if (id.slot >= slots_.size() || slots_[id.slot].generation != id.generation) {
        return nullptr;
    }
    return &slots_[id.slot];
}

AppSeat* Shard::Impl::app(SeatId id) {
    Slot* found = slot(id);
    return found == nullptr ? nullptr : found->app.get();
}

DeviceSeat* Shard::Impl::device_seat(SeatId id) {
    Slot* found = slot(id);
    return found == nullptr ? nullptr : found->device.get();
}

void Shard::Impl::mark_dirty(SeatId id) {
    Slot* found = slot(id);
    if (found != nullptr && !found->dirty) {
        found->dirty = true;
        dirty_.push_back(id);
    }
}

// What was queued before the goodbye and still may be sent is; the caller has seen to that.
void Shard::Impl::close_app(AppSeat& seat, std::uint16_t code, std::string reason) {
    if (!seat.close) {
        seat.close = Output::Farewell{.code = code, .reason = std::move(reason)};
        mark_dirty(seat.id);
    }
}

void Shard::Impl::close_device(DeviceSeat& seat, std::string reason, bool reset) {
    if (!seat.close || reset) {
        seat.close = Output::Farewell{.reason = std::move(reason), .reset = reset};
        mark_dirty(seat.id);
    }
}

void Shard::Impl::leave(SeatId id) {
    if (AppSeat* seat = app(id)) {
        leave_app(*seat);
    } else if (DeviceSeat* device = device_seat(id)) {
        leave_device(*device);
    } else {
        return;
    }
    free_slot(id);
}

// ---- the turn

void Shard::Impl::advance() {
    step_fence();
    adopt_published();
    take_lanes();
    pump();
    expire_seats();
    expire_homes();
    expire_tokens();
    if (save_by_ <= now_.steady) {
        save_waiting();
    }
    answer_durable();
    if (!walkers_.empty()) {
        for (const SeatId id : std::exchange(walkers_, {})) {
            if (AppSeat* seat = app(id)) {
                seat->walking = false;
                pull(*seat);
            }
        }
        pump();
    }
}

// The flush came between the sweep and this: what a revoked seat still held is written or reset.
void Shard::Impl::conclude() {
    flush_lanes();
    if (phase_ == Phase::swept) {
        phase_ = Phase::idle;
        previous_.reset();
        effect_.reset();
        doubtful_devices_.clear();
        settlement_.settle(index_, world_->revision());
    }
}

bool Shard::Impl::wants_turn() const {
    return !dirty_.empty() || !local_.empty() || !walkers_.empty() || phase_ == Phase::sweeping ||
           (phase_ == Phase::waiting && markers_complete());
}

SteadyTime Shard::Impl::deadline() const {
    constexpr Millis spill_retry{1};
    // Wall time may be stepped forward, which no steady deadline would notice.
    constexpr Millis wall_check{1'000};
    SteadyTime due = save_by_;
    if (!edges_.empty()) {
        const Millis left = edges_.begin()->first - now_.wall;
        due = std::min(due, now_.steady + std::clamp(left, Millis{0}, wall_check));
    }
    if (!offline_due_.empty()) {
        due = std::min(due, offline_due_.begin()->first);
    }
    if (!token_dues_.empty()) {
        due = std::min(due, token_dues_.begin()->first);
    }
    if (!stalled_.empty()) {
        due = std::min(due, stalled_.begin()->first);
    }
    if (std::ranges::any_of(spills_, [](const Spill& spill) { return !spill.empty(); })) {
        due = std::min(due, now_.steady + spill_retry);
    }
    return due;
}

void Shard::Impl::drain() {
    constexpr std::uint64_t spread_ms = 30'000;
    for (const Slot& slot : slots_) {
        if (slot.app) {
            const std::uint64_t scattered = (slot.app->id.slot + 1) * 0x9e3779b97f4a7c15u >> 32;
            close_app(*slot.app, close_going_away,
                      "reconnect_ms=" + std::to_string(scattered % spread_ms));
        } else if (slot.device) {
            close_device(*slot.device, "drain", false);
        }
    }
}

ShardCounters Shard::Impl::snapshot_counters() const {
    ShardCounters counters = counters_;
    counters.devices = devices_;
    counters.apps = apps_;
    for (const Slot& slot : slots_) {
        counters.watches += slot.app ? slot.app->watches() : 0;
    }
    counters.world = number(world_->revision());
    counters.settled = number(settlement_.settled_by(index_));
    for (std::uint32_t from = 0; from < shards_; ++from) {
        counters.lane_depth += LanesAccess::lane(lanes_, from, index_).size();
    }
    return counters;
}

}  // namespace treeline
