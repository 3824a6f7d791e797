// Bytes out: gathered seats and protocol answers, in order, each part a record of its own.
#include <algorithm>
#include <string>
#include <utility>

#include "broker/edge/loop_state.hpp"

namespace treeline {

// Takes from `rest` what the connection accepts. False when the stream is lost.
bool LoopState::write_some(Link& link, std::string_view& rest) {
    while (!rest.empty()) {
        std::size_t taken = 0;
        const IoStatus status = link.transport.write(rest, taken);
        if (status == IoStatus::want_write || status == IoStatus::want_read) {
            return true;
        }
        if (status != IoStatus::ok) {
            return false;
        }
        rest.remove_prefix(taken);
        link.progress = now.steady;
    }
    return true;
}

void LoopState::send(Link& link, std::string_view part) {
    if (link.phase != LinkPhase::open || part.empty()) {
        return;
    }
    std::string_view rest = part;
    if (!link.is_backed_up()) {
        link.progress = now.steady;
        if (!write_some(link, rest)) {
            return lose(link);
        }
    }
    if (!rest.empty()) {
        link.backlog.emplace_back(rest);
    }
    if (link.is_backed_up()) {
        hold_device(link);
        hold_answer(link);
        set_interest(link);
        watch_deadline(link);
    }
}

// The shard must know of any backlog of a device: a token that is rotated, or a newer connection,
// closes this one at once, and what waits here would delay it.
void LoopState::hold_device(Link& link) {
    const auto* device = std::get_if<DeviceTalk>(&link.talk);
    if (device != nullptr && device->seat.generation != 0 && !std::exchange(link.held, true)) {
        shard.held(device->seat, {});
    }
}

// An answer was true when it was made. What its reader has not taken by the time that something is
// taken from him does not go out any more, as nothing in a seat's outbox does.
void LoopState::hold_answer(Link& link) {
    auto* http = std::get_if<HttpTalk>(&link.talk);
    if (http != nullptr && !http->askers.empty() && !std::exchange(http->is_slow, true)) {
        slow_answers.push_back(link.id);
    }
}

// Before the turn concludes, so before the change is acknowledged. A cut answer is shorter than its
// Content-Length, so that nobody takes it for a whole one.
void LoopState::cut_answers() {
    const Revision adopted = shard.world()->revision();
    if (std::exchange(answered_from, adopted) == adopted) {
        return;
    }
    for (const LinkId id : std::vector<LinkId>(slow_answers)) {
        Link& link = *find(id);
        const auto& askers = std::get<HttpTalk>(link.talk).askers;
        if (link.is_backed_up() &&
            std::ranges::any_of(askers, [&](UserId user) { return shard.may_have_lost(user); })) {
            reset(link);
        }
    }
}

void LoopState::forget_answers(Link& link) {
    auto* http = std::get_if<HttpTalk>(&link.talk);
    if (http != nullptr && std::exchange(http->is_slow, false)) {
        std::erase(slow_answers, link.id);
    }
}

// A membership that ends by itself ends what it gave: bytes go out in turns alone, and each asks.
bool LoopState::is_overdue(const Link& link) const {
    const auto* http = std::get_if<HttpTalk>(&link.talk);
    return http != nullptr && now.wall >= http->true_until;
}

// What is sealed and not out. False when something of it still waits, or the stream is lost.
bool LoopState::write_unsent(Link& link) {
    std::size_t taken = 0;
    const IoStatus status = link.transport.write_unsent(taken);
    if (taken != 0) {
        link.progress = now.steady;
    }
    if (status == IoStatus::failed) {
        lose(link);
    }
    return status == IoStatus::ok;
}

void LoopState::on_writable(Link& link) {
    if (link.is_backed_up() && is_overdue(link)) {
        return reset(link);
    }
    if (!write_unsent(link)) {
        return;
    }
    while (!link.backlog.empty()) {
        std::string_view rest = link.backlog.front();
        if (!write_some(link, rest)) {
            return lose(link);
        }
        if (!rest.empty()) {
            link.backlog.front().erase(0, link.backlog.front().size() - rest.size());
            return;
        }
        link.backlog.pop_front();
    }
    if (link.transport.has_unsent()) {
        return;  // the end of the last record
    }
    trace_written(link, link.held_stamps, link.held_devices);
    link.held_stamps.clear();
    link.held_devices.clear();
    if (link.phase == LinkPhase::closing) {
        return say_goodbye(link);
    }
    // A slow app is heard before it is written to again: its pongs and requests are in there.
    if (std::holds_alternative<AppTalk>(link.talk)) {
        read(link);
        if (link.phase != LinkPhase::open) {
            return;
        }
    }
    const SeatId* const seated = link.seat();
    const SeatId seat = seated == nullptr ? SeatId{} : *seated;
    if (std::exchange(link.held, false)) {
        shard.released(seat, now);
    }
    if (std::exchange(link.gather_wanted, false)) {
        gather(seat, Departing::alone);
    }
    if (link.phase == LinkPhase::open) {
        read_again(link);
    }
}

// A seat whose last record is still held is asked again once that record is out. Only a reset
// can't wait: what was revoked lies in the record, and can't be taken back.
void LoopState::gather(SeatId seat, Departing departing) {
    Link* link = of_seat(seat);
    if (link == nullptr || link->phase != LinkPhase::open) {
        return;
    }
    if (link->is_backed_up() && !link->held) {
        link->gather_wanted = true;
        return;
    }
    output.clear();
    shard.gather(seat, output, now);
    // Its goodbye must not overtake what waits for the others.
    write_output(*link, output.close ? Departing::alone : departing);
    if (link->phase == LinkPhase::open && output.close) {
        part_with(*link, *output.close);
    }
}

void LoopState::write_output(Link& link, Departing departing) {
    if (output.close && output.close->reset) {
        return;
    }
    const bool is_in_batch = departing == Departing::together && !link.is_backed_up();
    Wire& wire = link.transport.wire();
    if (is_in_batch) {
        batch.begin(wire);
    }
    const auto* device = std::get_if<DeviceTalk>(&link.talk);
    const bool wrapped = device != nullptr && device->websocket.has_value();
    const std::string_view bytes = output.bytes;
    std::size_t begin = 0;
    for (const std::size_t end : output.part_ends) {
        const std::string_view part = bytes.substr(begin, end - begin);
        wrapped ? send(link, DeviceStream::wrap(part)) : send(link, part);
        begin = end;
    }
    if (link.phase != LinkPhase::open) {
        batch.drop(wire);
    } else if (is_in_batch && batch.end(wire)) {
        depart(link);
    } else if (!bytes.empty()) {
        written(link, output.stamps, output.devices);
    }
}

// The shard must know what waits here: what is revoked meanwhile can't be taken back.
void LoopState::written(Link& link, std::span<const Stamp> stamps,
                        std::span<const DeviceId> devices) {
    trace_written(link, stamps, devices);
    if (!link.is_backed_up()) {
        return;
    }
    link.held_stamps.insert(link.held_stamps.end(), stamps.begin(), stamps.end());
    link.held_devices.insert(link.held_devices.end(), devices.begin(), devices.end());
    link.held = true;
    shard.held(*link.seat(), devices);
    set_interest(link);
    watch_deadline(link);
}

void LoopState::part_with(Link& link, const Output::Farewell& farewell) {
    if (farewell.reset) {
        return reset(link);
    }
    const auto* device = std::get_if<DeviceTalk>(&link.talk);
    if (device == nullptr) {
        send(link, close_frame(farewell.code, farewell.reason));
    } else if (device->websocket) {
        send(link, close_frame(close_normal, {}));
    }
    close_after_flush(link);
}

// After the write, so that a line before an acknowledgement means bytes before it.
void LoopState::trace_written(const Link& link, std::span<const Stamp> stamps,
                              std::span<const DeviceId> devices) {
    if (devices.empty() || !journal.trace || !journal.tracing || !journal.tracing()) {
        return;
    }
    const WireIds& wire = shard.world()->wire();
    const std::string tail =
        " shard=" + std::to_string(shard.index()) + " link=" + std::to_string(link.id.slot) + "." +
        std::to_string(link.id.generation) + " at_us=" + std::to_string(steady_micros());
    for (const Stamp& stamp : stamps) {
        journal.trace("written device=" + std::to_string(wire.of(stamp.device)) +
                      " sequence=" + std::to_string(stamp.sequence) +
                      " revision=" + std::to_string(number(stamp.revision)) + tail);
    }
    if (stamps.empty()) {
        for (const DeviceId device : devices) {
            journal.trace("written device=" + std::to_string(wire.of(device)) + tail);
        }
    }
}

}  // namespace treeline
