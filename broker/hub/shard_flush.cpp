// What an app seat wants written: gathered in one turn, held while the connection is stuck.
#include <algorithm>
#include <map>
#include <utility>

#include "broker/hub/shard_impl.hpp"

namespace treeline {
namespace {

void note_devices(const OutItem& item, std::vector<DeviceId>& devices) {
    if (item.device != DeviceId{}) {
        devices.push_back(item.device);
    }
    if (item.reply) {
        if (const auto* page = std::get_if<AppDevicePage>(&item.reply->result)) {
            for (const AppDevice& device : page->devices) {
                devices.push_back(device.id);
            }
        }
    }
}

template <class Key>
void erase_pair(std::multimap<Key, std::uint32_t>& map, Key key, std::uint32_t slot) {
    const auto [first, last] = map.equal_range(key);
    const auto at = std::find_if(first, last, [&](const auto& p) { return p.second == slot; });
    if (at != last) {
        map.erase(at);
    }
}

}  // namespace

void Shard::Impl::gather(SeatId id, Output& out) {
    if (AppSeat* seat = app(id)) {
        gather_app(*seat, out);
    } else if (DeviceSeat* device = device_seat(id)) {
        gather_device(*device, out);
    }
}

// Until every marker has come, what was stamped before the change still goes out under the old
// right: that is before the answer, and so the values before a switch point reach their old
// watchers. From then on an unsettled seat is settled before it flushes.
void Shard::Impl::gather_app(AppSeat& seat, Output& out) {
    if (seat.is_held) {
        if (seat.close && seat.close->reset) {
            out.close = seat.close;
        }
        return;
    }
    if (now_.wall >= seat.edge) {
        settle_seat(seat, true);
    } else if (seat.doubt != Doubt::none && phase_ != Phase::waiting) {
        settle_seat(seat, false);
    }
    std::uint64_t lagged = 0;
    const Outbox::Items items = seat.outbox.take(lagged);
    if (lagged > 0) {
        out.bytes += frame_message(AppLagged{lagged}, seat.encoding, world_->wire());
    }
    for (const OutItem& item : items) {
        out.bytes += *item.frame;
        note_devices(item, out.devices);
        if (item.stamp) {
            out.stamps.push_back(*item.stamp);
        }
        if (item.kind == OutItem::Kind::reply) {
            std::erase_if(seat.in_flight,
                          [&](const Pending& pending) { return pending.request == item.request; });
        }
    }
    if (!out.bytes.empty()) {
        out.part_ends.push_back(out.bytes.size());
    }
    if (out.devices.size() > 1) {
        std::ranges::sort(out.devices);
        out.devices.erase(std::ranges::unique(out.devices).begin(), out.devices.end());
    }
    out.close = seat.close;
    backlogged_.erase(seat.id.slot);
    pull(seat);
}

void Shard::Impl::hold(SeatId id, std::span<const DeviceId> devices) {
    if (AppSeat* seat = app(id)) {
        seat->is_held = true;
        seat->held.insert(seat->held.end(), devices.begin(), devices.end());
        backlogged_.insert(id.slot);
    } else if (DeviceSeat* device = device_seat(id); device != nullptr && !device->is_held) {
        device->is_held = true;
        device->held_since = now_.steady;
        stalled_.emplace(now_.steady + limits_.device_stalled_max, id.slot);
    }
}

void Shard::Impl::release(SeatId id) {
    if (AppSeat* seat = app(id)) {
        seat->is_held = false;
        seat->held.clear();
        if (seat->outbox.empty()) {
            backlogged_.erase(id.slot);
        }
        if (!seat->outbox.empty() || seat->close) {
            mark_dirty(id);
        }
        return;
    }
    DeviceSeat* device = device_seat(id);
    if (device == nullptr || !device->is_held) {
        return;
    }
    device->is_held = false;
    device->gathered.clear();
    stalled_.erase({device->held_since + limits_.device_stalled_max, id.slot});
    const Home* at_home = known_home(device->device);
    const bool waits =
        at_home != nullptr && at_home->seat == id && at_home->ready && !at_home->downlinks.empty();
    if (waits || !device->replies.empty() || device->close) {
        mark_dirty(id);
    }
}

void Shard::Impl::leave_app(AppSeat& seat) {
    --apps_;
    for (const auto& [id, watch] : seat.device_watches) {
        end_interest(watch.scope);
    }
    while (!seat.scopes.empty()) {
        forget_scope(seat, seat.scopes.begin()->first);
    }
    while (!seat.entries.empty()) {
        drop_entry(seat, seat.entries.begin()->first);
    }
    edges_.erase({seat.edge, seat.id.slot});
    backlogged_.erase(seat.id.slot);
    erase_pair(seats_of_user_, seat.user, seat.id.slot);
    erase_login(seat);
}

void Shard::Impl::erase_login(const AppSeat& seat) {
    erase_pair(seats_of_login_, seat.login, seat.id.slot);
}

void Shard::Impl::push(AppSeat& seat, OutItem&& item) {
    if (seat.close) {
        return;
    }
    const bool value = item.kind == OutItem::Kind::value;
    const std::uint64_t folded_before = seat.outbox.folded_total();
    if (!seat.outbox.push(std::move(item))) {
        return close_app(seat, close_too_slow, "too slow");
    }
    counters_.values_folded += seat.outbox.folded_total() - folded_before;
    counters_.values_delivered += value ? 1 : 0;
    backlogged_.insert(seat.id.slot);
    if (!seat.is_held) {
        mark_dirty(seat.id);
    }
}

}  // namespace treeline
