// What happens in a simulation: the world, the turns, the events and the changes.
#include "tests/sim/simulation.hpp"

namespace treeline {
namespace {

constexpr std::size_t users = 6;
constexpr std::size_t devices = 8;
constexpr std::size_t watchers = 8;

HubLimits tight(Dice& dice) {
    HubLimits limits;
    limits.lane_capacity = 1 + dice.below(dice.one_in(2) ? 6 : 60);
    limits.spill_max = dice.one_in(3) ? 4 + dice.below(8) : 100'000;
    limits.settle_seats_per_turn = 1 + dice.below(3);
    limits.scope_step_devices = 1 + dice.below(4);
    limits.logins_per_minute = 0;
    if (dice.one_in(3)) {
        limits.outbox_messages_max = 8 + dice.below(16);
    }
    return limits;
}

}  // namespace

Simulation::Simulation(std::uint64_t seed)
    : dice_(seed), rig_(static_cast<std::uint32_t>(1 + seed % 4), tight(dice_)) {
    windows_ = seed % 5 == 4;
    phases_.assign(1 + seed % 4, 0);
    for (std::size_t i = 0; i < phases_.size(); ++i) {
        slowness_.push_back(dice_.one_in(3) ? 2 + dice_.below(20) : 1);
    }
    build_world();
    rig_.start();
    worlds_[rig_.last()->revision()] = rig_.last();
    begin_watchers();
}

void Simulation::build_world() {
    WorldBuilder& build = rig_.build;
    orgs_.push_back(build.root());
    for (int i = 0; i < 2; ++i) {
        orgs_.push_back(build.org(orgs_[0], "child " + std::to_string(i)));
        orgs_.push_back(build.org(orgs_.back(), "grandchild"));
    }
    users_.push_back(build.admin());
    for (std::size_t i = 0; i < users; ++i) {
        const OrgId org = orgs_[dice_.below(orgs_.size())];
        users_.push_back(
            build.user(org, "user" + std::to_string(i), dice_.one_in(3) ? role_user : role_staff));
    }
    for (std::size_t i = 0; i < devices; ++i) {
        const OrgId org = orgs_[dice_.below(orgs_.size())];
        devices_.push_back(build.device(org, "device" + std::to_string(i)));
    }
}

AppWatch Simulation::random_watch() {
    AppWatch watch;
    watch.kind = static_cast<AppWatch::Kind>(1 + dice_.below(3));
    if (watch.kind == AppWatch::Kind::device) {
        watch.device = devices_[dice_.below(devices_.size())];
    } else {
        watch.org = orgs_[dice_.below(orgs_.size())];
    }
    if (dice_.one_in(3)) {
        watch.pins = {0, 1};
    }
    watch.snapshot = dice_.one_in(4);
    return watch;
}

void Simulation::begin_watchers() {
    for (const DeviceId device : devices_) {
        connected_.push_back(&rig_.ready(device));
    }
    for (std::size_t i = 0; i < watchers; ++i) {
        // The first is the admin on the whole tree: what he misses, somebody lost.
        const UserId user = i == 0 ? users_[0] : users_[dice_.below(users_.size())];
        Watcher watcher;
        watcher.app = &rig_.app(static_cast<std::uint32_t>(dice_.below(phases_.size())), user);
        worlds_[rig_.last()->revision()] = rig_.last();
        watcher.watch = random_watch();
        watcher.steady = i % 2 == 0;
        watcher.watch.snapshot = watcher.watch.snapshot && !watcher.steady;
        if (i == 0) {
            watcher.watch = AppWatch{AppWatch::Kind::subtree, {}, orgs_[0], {}, false};
        }
        watchers_.push_back(std::move(watcher));
    }
    for (Watcher& watcher : watchers_) {
        watch_anew(watcher);
    }
    rig_.quiesce();
    check_all();
}

void Simulation::watch_anew(Watcher& watcher) {
    if (watcher.asked != 0) {
        return;  // one watch at a time, so that it is clear what its end means
    }
    watcher.exact = watcher.exact && watcher.app->next_request == 1;
    if (watcher.watch_id != 0) {
        rig_.ask(*watcher.app, AppUnwatch{watcher.watch_id});
        watcher.watch = random_watch();
        watcher.watch_id = 0;
    }
    watcher.scope.kind = static_cast<Scope::Kind>(static_cast<int>(watcher.watch.kind) - 1);
    watcher.scope.device = watcher.watch.device;
    watcher.scope.org = watcher.watch.org;
    watcher.mixed = watcher.mixed || watcher.watch.snapshot;
    watcher.asked = rig_.ask(*watcher.app, watcher.watch);
}

void Simulation::run(std::size_t steps) {
    for (std::size_t i = 0; i < steps && violation_.empty(); ++i) {
        step();
        check_all();
    }
    if (violation_.empty()) {
        calm_down();
        check_complete();
    }
}

void Simulation::step() {
    const std::size_t chance = dice_.below(100);
    if (chance < 80) {
        const auto shard = static_cast<std::uint32_t>(dice_.below(phases_.size()));
        if (slowness_[shard] == 1 || dice_.one_in(slowness_[shard])) {
            turn_phase(shard);
        }
    } else if (chance < 90) {
        registry();
    } else if (chance < 93) {
        toggle_held();
    } else if (chance < 94) {
        reconnect();
    } else {
        const Millis passed{dice_.below(windows_ ? 400 : 40)};
        rig_.now.steady += passed;
        rig_.now.wall += passed;
    }
}

// Turns of different shards overlap: each phase is a step of its own.
void Simulation::turn_phase(std::uint32_t shard) {
    switch (phases_[shard]) {
        case 0:
            rig_.shards[shard]->advance(rig_.now);
            break;
        case 1:
            if (!quiet_) {
                events(shard);
            }
            break;
        case 2:
            rig_.flush(shard);
            break;
        default:
            rig_.shards[shard]->conclude(rig_.now);
            break;
    }
    phases_[shard] = (phases_[shard] + 1) % 4;
}

void Simulation::events(std::uint32_t shard) {
    device_writes(shard);
    app_acts(shard);
}

void Simulation::device_writes(std::uint32_t shard) {
    for (std::size_t left = dice_.below(24); left > 0; --left) {
        DeviceClient& client = *connected_[dice_.below(connected_.size())];
        const World& world = rig_.shards[shard]->world();
        if (client.shard != shard || client.closed || world->device(client.device) == nullptr) {
            continue;
        }
        Sent sent{
            client.device, static_cast<Pin>(dice_.below(3)), world->revision(), rig_.now.wall, {}};
        for (std::size_t at = 0; at < watchers_.size(); ++at) {
            if (watchers_[at].shown.contains(client.device)) {
                sent.told.insert(at);
            }
        }
        const std::uint64_t before = rig_.shards[shard]->counters().values_in;
        rig_.write(client, sent.pin, std::to_string(sent_.size()));
        if (rig_.shards[shard]->counters().values_in > before) {  // not of a closing connection
            sent_.push_back(std::move(sent));
            ++tally_.values;
        }
    }
}

void Simulation::app_acts(std::uint32_t shard) {
    Watcher& watcher = watchers_[dice_.below(watchers_.size())];
    if (watcher.app->shard != shard || watcher.app->closed) {
        return;
    }
    const DeviceId device = devices_[dice_.below(devices_.size())];
    switch (dice_.below(12)) {
        case 0:
            if (!watcher.steady) {
                watch_anew(watcher);
            }
            break;
        case 1:
            rig_.ask(*watcher.app, AppRead{device, {}});
            break;
        case 2:
            rig_.ask(*watcher.app, AppDevices{});
            break;
        case 3:
        case 4:
            rig_.ask(*watcher.app, AppWrite{device, 9, {"w" + std::to_string(written_.size())}});
            written_.push_back({watcher.app->user, device});
            break;
        default:
            break;
    }
}

void Simulation::toggle_held() {
    Watcher& watcher = watchers_[dice_.below(watchers_.size())];
    if (watcher.app->closed || watcher.steady) {
        return;
    }
    if (watcher.app->holding) {
        rig_.release(*watcher.app);
    } else if (dice_.one_in(2)) {
        watcher.app->stuck = true;
        watcher.exact = false;
    }
}

void Simulation::reconnect() {
    DeviceClient*& client = connected_[dice_.below(connected_.size())];
    if (rig_.shards[client->shard]->world()->device(client->device) == nullptr) {
        return;
    }
    DeviceClient* older = client;
    client = &rig_.ready(client->device);
    rig_.leave(*older);
}

void Simulation::registry() {
    for (std::size_t left = 1 + dice_.below(3); left > 0; --left) {
        random_change();
    }
    if (rig_.acknowledged() && rig_.build.directory().revision() != rig_.last()->revision()) {
        rig_.publish();
        ++tally_.worlds;
        worlds_[rig_.last()->revision()] = rig_.last();
    }
}

void Simulation::calm_down() {
    for (std::uint32_t shard = 0; shard < phases_.size(); ++shard) {
        while (phases_[shard] != 0) {
            turn_phase(shard);
        }
    }
    quiet_ = true;
    for (const Watcher& watcher : watchers_) {
        if (watcher.app->stuck && !watcher.app->closed) {
            rig_.release(*watcher.app);
        }
    }
    for (std::size_t calm = 0, i = 0; calm < 4 * phases_.size() && i < 100'000; ++i) {
        const auto at = static_cast<std::uint32_t>(i / 4 % phases_.size());
        turn_phase(at);
        check_all();
        calm = rig_.busy() ? 0 : calm + 1;
    }
    if (!rig_.acknowledged()) {
        fail("a change was never acknowledged");
    }
}

}  // namespace treeline
