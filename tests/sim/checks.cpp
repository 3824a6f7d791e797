// What must hold in a simulation, checked on stored worlds after every step.
#include "tests/sim/simulation.hpp"

namespace treeline {
namespace {

std::string text_of(const wire::PinValue& value) {
    return value.values_size() == 1 ? value.values(0).text() : std::string();
}

std::string words(UserId user, DeviceId device) {
    return " user " + std::to_string(number(user)) + " device " + std::to_string(number(device));
}

}  // namespace

void Simulation::Tally::add(const Tally& other) {
    values += other.values;
    received += other.received;
    required += other.required;
    changes += other.changes;
    worlds += other.worlds;
    ended += other.ended;
    began += other.began;
    lagged += other.lagged;
    resets += other.resets;
    complete_watchers += other.complete_watchers;
    downlinks += other.downlinks;
}

void Simulation::fail(const std::string& what) {
    if (violation_.empty()) {
        violation_ = what;
    }
}

bool Simulation::sees(Revision revision, UserId user, DeviceId device, UnixTime at) const {
    return contains(device_rights(*worlds_.at(revision), user, device, at).rights,
                    DeviceRight::view);
}

// In the acknowledged world, or already in the newer one of its shard (a right that just began).
bool Simulation::may_see_now(const AppClient& app, DeviceId device) const {
    const Revision adopted = rig_.shards[app.shard]->world()->revision();
    return sees(acknowledged(), app.user, device, rig_.now.wall) ||
           sees(adopted, app.user, device, rig_.now.wall);
}

// By the world of `revision`: may view, and the watch matches.
bool Simulation::entitled(const Watcher& watcher, Revision revision, const Sent& sent,
                          UnixTime at) const {
    const Directory& world = *worlds_.at(revision);
    const Device* device = world.device(sent.device);
    const std::vector<Pin>& pins = watcher.watch.pins;
    return device != nullptr && sees(revision, watcher.app->user, sent.device, at) &&
           covers(world, watcher.scope, *device) &&
           (pins.empty() || std::ranges::find(pins, sent.pin) != pins.end());
}

void Simulation::check_all() {
    for (std::size_t at = 0; at < watchers_.size(); ++at) {
        check(at);
    }
    check_frames();
}

void Simulation::check(std::size_t at) {
    Watcher& watcher = watchers_[at];
    AppClient& app = *watcher.app;
    check_held(watcher);
    for (; watcher.devices < app.devices.size(); ++watcher.devices) {
        const DeviceId device = app.devices[watcher.devices];
        if (!may_see_now(app, device)) {
            fail("R1: gathered after the acknowledgement:" + words(app.user, device));
        }
    }
    for (; watcher.parsed < app.got.size(); ++watcher.parsed) {
        check_message(watcher, app.got[watcher.parsed]);
    }
    if (app.closed) {
        watcher.exact = false;
    }
}

void Simulation::check_message(Watcher& watcher, const wire::ServerMessage& message) {
    const WireIds& ids = rig_.last()->wire();
    if (message.has_value()) {
        const DeviceId device = ids.device(message.value().device());
        check_about(watcher, device, false);
        const auto& stamps = watcher.app->stamps;
        const bool live = !watcher.mixed && watcher.stamps < stamps.size();
        if (!watcher.mixed && !live) {
            fail("R2: a live value without a stamp:" + words(watcher.app->user, device));
        }
        check_value(watcher, message.value(), live ? &stamps[watcher.stamps++] : nullptr);
    } else if (message.has_presence()) {
        check_about(watcher, ids.device(message.presence().device()), true);
    } else if (message.has_watch_began()) {
        watcher.ended.erase(ids.device(message.watch_began().device()));
        ++tally_.began;
    } else if (message.has_watch_ended()) {
        const DeviceId device = ids.device(message.watch_ended().device());
        watcher.ever_ended = true;
        ++tally_.ended;
        if (device == DeviceId{}) {
            watcher.shown.clear();
        } else {
            watcher.ended.insert(device);
            watcher.shown.erase(device);
        }
    } else if (message.has_lagged()) {
        watcher.exact = false;
        tally_.lagged += message.lagged().dropped();
    } else if (message.has_reply() && message.reply().request() == watcher.asked) {
        watcher.asked = 0;
        watcher.watch_id = message.reply().watch();
        watcher.ended.clear();
    }
}

void Simulation::check_about(Watcher& watcher, DeviceId device, bool begins) {
    if (watcher.ended.contains(device)) {
        fail("R1: after its watch_ended:" + words(watcher.app->user, device));
    }
    if (begins) {
        watcher.shown.insert(device);
    } else if (!watcher.shown.contains(device)) {
        fail("order: a value before the presence:" + words(watcher.app->user, device));
    }
}

// `stamp`: of a live value; null for stored ones and for watchers that mix both.
void Simulation::check_value(Watcher& watcher, const wire::PinValue& value, const Stamp* stamp) {
    ++tally_.received;
    const std::string text = text_of(value);
    if (stamp == nullptr || text.empty() || text[0] == 'w') {
        return;
    }
    const std::size_t at = std::stoul(text);
    const Sent& sent = sent_[at];
    const std::string who = words(watcher.app->user, sent.device) + " value " + text;
    if (stamp->device != sent.device || stamp->revision != sent.revision) {
        fail("R2: a stamp of another world:" + who);
    }
    // A watch that was replaced may still have had values queued; the rights hold in any case.
    if (!sees(sent.revision, watcher.app->user, sent.device, sent.at) &&
        !sees(sent.revision, watcher.app->user, sent.device, rig_.now.wall)) {
        fail("R2: the world of the stamp doesn't allow it:" + who);
    }
    const bool in_scope = entitled(watcher, sent.revision, sent, sent.at) ||
                          entitled(watcher, sent.revision, sent, rig_.now.wall);
    if (watcher.exact && !in_scope) {
        fail("R2: outside the watch:" + who);
    }
    std::uint64_t& last = watcher.last_sequence[sent.device];
    if (stamp->sequence <= last) {
        fail("order: sequence went back:" + who);
    }
    last = stamp->sequence;
    if (!watcher.received.insert(at).second) {
        fail("R2: twice:" + who);
    }
}

void Simulation::check_held(const Watcher& watcher) {
    if (!watcher.app->holding || watcher.app->closed) {
        return;
    }
    for (const DeviceId device : watcher.app->held) {
        if (!may_see_now(*watcher.app, device) && !windows_) {
            fail("R1: still held after the acknowledgement:" + words(watcher.app->user, device));
        }
    }
}

// What devices got from apps: the sender held `control`.
void Simulation::check_frames() {
    for (const auto& client : rig_.devices) {
        std::size_t& seen = frames_seen_[client.get()];
        for (; seen < client->frames.size(); ++seen) {
            const std::string& frame = client->frames[seen];
            const Written& written = written_[std::stoul(frame.substr(frame.rfind('w') + 1))];
            const auto controls = [&](Revision revision) {
                const DeviceVerdict verdict = device_rights(*worlds_.at(revision), written.user,
                                                            written.device, rig_.now.wall);
                return contains(verdict.rights, DeviceRight::control);
            };
            const Revision adopted = rig_.shards[client->shard]->world()->revision();
            ++tally_.downlinks;
            if (!controls(acknowledged()) && !controls(adopted)) {
                fail("R1: a downlink without control:" + words(written.user, written.device));
            }
        }
    }
}

// A scope whose root is out of sight has ended, whatever may still be seen inside.
bool Simulation::watches_in(const Watcher& watcher, Revision revision, const Sent& sent) const {
    const bool root =
        watcher.scope.kind == Scope::Kind::device ||
        sees_org(*worlds_.at(revision), watcher.app->user, watcher.scope.org, sent.at);
    return root && entitled(watcher, revision, sent, sent.at);
}

// Shown the device by then; or entitled without a break ever since.
bool Simulation::required(const Watcher& watcher, std::size_t at, const Sent& sent) const {
    if (!watches_in(watcher, sent.revision, sent)) {
        return false;
    }
    if (sent.told.contains(at)) {
        return true;
    }
    for (auto world = worlds_.lower_bound(sent.revision); world != worlds_.end(); ++world) {
        if (!watches_in(watcher, world->first, sent)) {
            return false;
        }
    }
    return watcher.watch.kind != AppWatch::Kind::device && !watcher.ever_ended;
}

void Simulation::check_complete() {
    for (const auto& client : rig_.apps) {
        tally_.resets += client->closed && client->closed->reset ? 1 : 0;
    }
    for (std::size_t at = 0; at < watchers_.size(); ++at) {
        const Watcher& watcher = watchers_[at];
        if (!watcher.exact || watcher.mixed || watcher.watch_id == 0 || windows_) {
            continue;
        }
        ++tally_.complete_watchers;
        for (std::size_t n = 0; n < sent_.size(); ++n) {
            if (!required(watcher, at, sent_[n])) {
                continue;
            }
            ++tally_.required;
            if (!watcher.received.contains(n)) {
                fail("R2: lost:" + words(watcher.app->user, sent_[n].device) + " value " +
                     std::to_string(n));
            }
        }
    }
}

}  // namespace treeline
