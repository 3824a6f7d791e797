// The calls of a Shard from outside: each notes the time, acts, and delivers its mail to itself.
#include <iterator>
#include <utility>

#include "broker/hub/shard_impl.hpp"
#include "broker/hub/value_key.hpp"

namespace treeline {

Shard::Shard(std::uint32_t index, Lanes& lanes, Settlement& settlement, ValueSink& values,
             const HubLimits& limits, World initial)
    : impl_(std::make_unique<Impl>(index, lanes, settlement, values, limits, std::move(initial))) {}
Shard::~Shard() = default;

std::uint32_t Shard::index() const {
    return impl_->index_;
}
std::uint32_t Shard::home_of(DeviceId device) const {
    return impl_->home_of(device);
}
const World& Shard::world() const {
    return impl_->world_;
}
bool Shard::may_have_lost(UserId user) const {
    return impl_->may_have_lost(user);
}
bool Shard::is_changing() const {
    return impl_->is_changing();
}

bool Shard::wants_turn() const {
    return impl_->wants_turn();
}
SteadyTime Shard::deadline() const {
    return impl_->deadline();
}
ShardCounters Shard::counters() const {
    return impl_->snapshot_counters();
}
std::size_t Shard::seats() const {
    return impl_->apps_ + impl_->devices_;
}

void Shard::restore(std::string_view key, std::string_view value) {
    const std::optional<DeviceId> device = device_of_key(key);
    if (!device || home_of(*device) != index() || impl_->world_->device(*device) == nullptr) {
        return;
    }
    const std::optional<ValueKey> parts = decode_value_key(key);
    if (!parts) {
        if (const auto seen = decode_last_seen(value)) {
            impl_->home(*device).presence = {.online = false, .at = *seen};
        }
        return;
    }
    auto stored = decode_stored_value(parts->pin, value);
    if (!stored) {
        return;
    }
    HeldValue& held = impl_->home(*device).last[parts->pin];
    if (held.epoch <= parts->epoch) {
        held = HeldValue{.value = std::move(*stored), .epoch = parts->epoch};
    }
}

void Shard::advance(Now now) {
    impl_->now_ = now;
    impl_->advance();
}

std::span<const SeatId> Shard::take_dirty() {
    impl_->flushing_.clear();
    std::swap(impl_->flushing_, impl_->dirty_);
    std::erase_if(impl_->flushing_, [&](SeatId id) {
        Impl::Slot* const slot = impl_->slot(id);
        if (slot != nullptr) {
            slot->dirty = false;
        }
        return slot == nullptr;
    });
    return impl_->flushing_;
}

void Shard::gather(SeatId seat, Output& out, Now now) {
    impl_->now_ = now;
    impl_->gather(seat, out);
    impl_->pump();
}

void Shard::held(SeatId seat, std::span<const DeviceId> devices) {
    impl_->hold(seat, devices);
}

void Shard::released(SeatId seat, Now now) {
    impl_->now_ = now;
    impl_->release(seat);
}

void Shard::conclude(Now now) {
    impl_->now_ = now;
    impl_->pump();
    impl_->conclude();
}

std::variant<SeatId, DeviceStatus> Shard::admit_device(const TokenHash& token, Now now) {
    impl_->now_ = now;
    auto admitted = impl_->admit_device(token);
    impl_->pump();
    return admitted;
}

DeviceId Shard::device_of(SeatId seat) const {
    const DeviceSeat* device = impl_->device_seat(seat);
    return device == nullptr ? DeviceId{} : device->device;
}

void Shard::device_action(SeatId seat, DeviceAction action, Now now) {
    impl_->now_ = now;
    impl_->device_action(seat, action);
    impl_->pump();
}

std::optional<AppAdmission> Shard::admit_app(const TokenHash& access, Encoding encoding, Now now) {
    impl_->now_ = now;
    return impl_->admit_app(access, encoding);
}

void Shard::on_denial(std::function<bool(const AppDenial&)> record) {
    impl_->record_denial_ = std::move(record);
}

void Shard::app_request(SeatId seat, AppRequest request, std::optional<TokenHash> sign_in,
                        Now now) {
    impl_->now_ = now;
    impl_->app_request(seat, std::move(request), sign_in);
    impl_->pump();
}

void Shard::leave(SeatId seat, Now now) {
    impl_->now_ = now;
    impl_->leave(seat);
    impl_->pump();
}

void Shard::save() {
    impl_->save_waiting();
}

void Shard::drain(Now now) {
    impl_->now_ = now;
    impl_->drain();
}

}  // namespace treeline
