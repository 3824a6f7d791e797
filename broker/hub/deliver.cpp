// The one door: who may receive what a home said, judged by the world of its stamp.
//
// With one fence at a time a stamp is either of the world before (P) or of the present one (W).
//   stamp W: the entry is judged in W first.
//   stamp P: an entry not settled yet is judged as it stands, in P; a settled one must allow it in
//            W and have allowed it in P.
#include <algorithm>
#include <utility>

#include "broker/hub/shard_impl.hpp"

namespace treeline {

bool Shard::Impl::sees(const Directory& directory, UserId user, DeviceId device) const {
    return contains(device_rights(directory, user, device, now_.wall).rights, DeviceRight::view);
}

const DeviceVerdict& Shard::Impl::rights(StandingVerdict& standing, UserId user,
                                         DeviceId device) const {
    if (standing.fence != fence_ || standing.user != user || standing.device != device ||
        now_.wall >= standing.verdict.valid_until) {
        standing = {user, device, fence_, device_rights(*world_, user, device, now_.wall)};
    }
    return standing.verdict;
}

void Shard::Impl::judge(AppSeat& seat, DeviceId device, Entry& entry) {
    entry.fence = fence_;
    entry.allowed = false;
    const Device* record = world_->device(device);
    if (record == nullptr) {
        return;
    }
    const DeviceVerdict verdict = device_rights(*world_, seat.user, device, now_.wall);
    const Match matched = match(*world_, seat, entry, *record);
    entry.allowed = matched.any && contains(verdict.rights, DeviceRight::view);
    entry.valid_until = verdict.valid_until;
    if (verdict.valid_until < seat.edge) {  // a world not yet settled may end a right sooner
        set_edge(seat, verdict.valid_until);
    }
    entry.pins = matched.pins;
    entry.snapshot = matched.snapshot;
    if (entry.allowed && entry.state == Entry::State::found) {
        enqueue(seat, *record, entry);
    }
}

// Its beginning is to be told, when there is room.
void Shard::Impl::enqueue(AppSeat& seat, const Device& device, Entry& entry) {
    if (std::exchange(entry.queued, true)) {
        return;
    }
    seat.found.push_back(device.id);
    queue_walk(seat);
    if (entry.told || !entry.watches.empty()) {
        return;  // the client has asked for this device, or knows it
    }
    for (const auto& [id, watch] : seat.scopes) {
        if ((watch.walked || watch.said_end) && covers(*world_, watch.scope, device)) {
            entry.began = id;
            return;
        }
    }
}

bool Shard::Impl::admits(AppSeat& seat, Entry& entry, const Stamp& stamp) {
    const bool unsettled = seat.doubt != Doubt::none && entry.fence != fence_;
    if (stamp.revision == world_->revision()) {
        if (unsettled || now_.wall >= entry.valid_until) {
            judge(seat, stamp.device, entry);
        }
        return entry.allowed;
    }
    // INVARIANT: an older stamp comes only before the marker of its shard, so within the fence.
    CHECK(previous_ != nullptr && stamp.revision >= previous_->revision());
    if (!entry.allowed) {
        return false;
    }
    if (entry.fence != fence_ && now_.wall < entry.valid_until) {
        return true;  // not moved since P
    }
    const Device* before = previous_->device(stamp.device);
    return before != nullptr && sees(*previous_, seat.user, stamp.device) &&
           match(*previous_, seat, entry, *before).any;
}

template <class Visit>
void Shard::Impl::each_watcher(const Stamp& stamp, Visit&& visit) {
    const auto found = watchers_.find(stamp.device);
    if (found == watchers_.end()) {
        return;
    }
    for (const auto& [slot, entry] : found->second.all) {
        AppSeat& seat = *app_at(slot);
        if (!seat.close && admits(seat, *entry, stamp)) {
            visit(seat, *entry, found->second.wire);
        }
    }
}

void Shard::Impl::on_value(const ValueMail& mail) {
    discover(mail.stamp);
    SharedFrames frames;
    each_watcher(mail.stamp, [&](AppSeat& seat, Entry& entry, std::uint64_t wire) {
        if (!entry.pins.matches(mail.value.pin)) {
            return;
        }
        if (mail.folded > 0) {
            seat.outbox.count_lagged(mail.folded);
        }
        if (mail.writer_shard == index_ && mail.writer == seat.id) {
            return;
        }
        const auto make = [&](Encoding encoding) {
            return frame_value(wire, mail.value, encoding);
        };
        deliver(seat, entry,
                OutItem{.kind = OutItem::Kind::value,
                        .frame = frames.in(seat.encoding, make),
                        .device = mail.stamp.device,
                        .pin = mail.value.pin,
                        .epoch = mail.stamp.epoch,
                        .stamp = mail.stamp},
                mail.stamp.sequence);
    });
}

void Shard::Impl::on_presence(const PresenceMail& mail) {
    SharedFrames frames;
    each_watcher(mail.stamp, [&](AppSeat& seat, Entry& entry, std::uint64_t) {
        if (entry.state == Entry::State::answered) {
            entry.presence = mail.presence;
        }
        if (entry.state != Entry::State::live) {
            return;  // the answer that is awaited says it, or will
        }
        const auto make = [&](Encoding encoding) {
            return frame_message(AppPresence{mail.stamp.device, mail.presence}, encoding,
                                 world_->wire());
        };
        OutItem item{.kind = OutItem::Kind::presence,
                     .frame = frames.in(seat.encoding, make),
                     .device = mail.stamp.device,
                     .stamp = std::nullopt};
        deliver(seat, entry, std::move(item), mail.stamp.sequence);
    });
}

void Shard::Impl::on_event(const EventMail& mail) {
    discover(mail.stamp);
    SharedFrames frames;
    each_watcher(mail.stamp, [&](AppSeat& seat, Entry& entry, std::uint64_t) {
        const auto make = [&](Encoding encoding) {
            return frame_message(AppEvent{mail.stamp.device, mail.code, mail.text, mail.at},
                                 encoding, world_->wire());
        };
        OutItem item{.kind = OutItem::Kind::event,
                     .frame = frames.in(seat.encoding, make),
                     .device = mail.stamp.device,
                     .epoch = mail.stamp.epoch,
                     .stamp = std::nullopt};
        deliver(seat, entry, std::move(item), mail.stamp.sequence);
    });
}

// Also for who would only have met the device by what was lost.
void Shard::Impl::on_lost(const LostMail& mail, Revision revision) {
    Stamp stamp;
    stamp.device = mail.device;
    stamp.revision = revision;
    discover(stamp);
    const auto found = watchers_.find(mail.device);
    if (found == watchers_.end()) {
        return;
    }
    for (const auto& [slot, entry] : found->second.all) {
        AppSeat& seat = *app_at(slot);
        if (!seat.close && (entry->allowed || entry->told)) {
            seat.outbox.count_lagged(mail.count);
            if (!seat.is_held) {
                mark_dirty(seat.id);
            }
        }
    }
}

// What comes before the beginning has been told waits behind it.
void Shard::Impl::deliver(AppSeat& seat, Entry& entry, OutItem&& item, std::uint64_t sequence) {
    if (entry.state == Entry::State::live) {
        return push(seat, std::move(item));
    }
    if (seat.held_back >= limits_.outbox_messages_max) {
        if (item.kind == OutItem::Kind::event) {
            return close_app(seat, close_too_slow, "too slow");
        }
        seat.outbox.count_lagged(1);
        const auto oldest =
            std::ranges::find(entry.held_back, OutItem::Kind::value, &OutItem::kind);
        if (oldest == entry.held_back.end()) {
            return;
        }
        entry.held_back.erase(oldest);
        --seat.held_back;
    }
    if (item.kind == OutItem::Kind::value && entry.live_from == 0) {
        entry.live_from = sequence;
    }
    entry.held_back.push_back(std::move(item));
    ++seat.held_back;
}

// By the world of the stamp: what a slow lane brings after the next change belongs to that one.
void Shard::Impl::discover(const Stamp& stamp) {
    if (scope_seats_.empty()) {
        return;
    }
    const World& world = stamp.revision == world_->revision() ? world_ : previous_;
    const Device* then = world->device(stamp.device);
    const Device* device = world_->device(stamp.device);
    if (then == nullptr || device == nullptr) {
        return;
    }
    each_scope(*world, *then, [&](AppSeat& seat) {
        if (!seat.close && !seat.entries.contains(stamp.device)) {
            consider(seat, *device);
        }
    });
}

// An entry that isn't allowed is kept too: the next value finds the answer already known.
void Shard::Impl::consider(AppSeat& seat, const Device& device) {
    const auto known = seat.entries.find(device.id);
    if (known != seat.entries.end() && known->second.allowed) {
        return;
    }
    judge(seat, device.id,
          known != seat.entries.end() ? known->second : add_entry(seat, device.id));
}

}  // namespace treeline
