// Simulation: N shards of the real hub, shuffled on one thread from a seed, and what must hold.
//
// Devices write, apps watch and write, rights change through the real decide and apply, lanes are
// tiny, shards are slow, records are held. After every step:
//   R1     nothing that the acknowledged world forbids is gathered or still held, and nothing of a
//          device comes after its watch_ended;
//   R2     a value reaches only those whom the world of its stamp allows;
//   order  per device, and no value twice.
// At the end, when all is calm: who was entitled and never slow has got every value.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "broker/authority/visible.hpp"
#include "tests/support/hub_rig.hpp"

namespace treeline {

// The same numbers from the same seed on every machine (distributions of the library differ).
class Dice {
  public:
    explicit Dice(std::uint64_t seed) : engine_(seed) {}
    std::size_t below(std::size_t bound) { return engine_() % bound; }
    bool one_in(std::size_t n) { return below(n) == 0; }

  private:
    std::mt19937_64 engine_;
};

class Simulation {
  public:
    explicit Simulation(std::uint64_t seed);
    // Runs to the end, or to the first violation.
    void run(std::size_t steps);

    // Empty: everything held.
    const std::string& violation() const { return violation_; }
    std::uint64_t digest() const { return rig_.digest(); }
    struct Tally {
        std::uint64_t values = 0, received = 0, required = 0, ended = 0, began = 0;
        std::uint64_t changes = 0, worlds = 0;
        std::uint64_t lagged = 0, resets = 0, complete_watchers = 0, downlinks = 0;
        void add(const Tally& other);
    };
    const Tally& tally() const { return tally_; }

  private:
    struct Sent {  // one value of a device, known by its text
        DeviceId device{};
        Pin pin = 0;
        Revision revision{};  // of the home's world
        UnixTime at{};
        std::set<std::size_t> told;  // the watchers that had been shown the device by then
    };
    struct Written {  // by an app
        UserId user{};
        DeviceId device{};
    };
    struct Watcher {
        AppClient* app = nullptr;
        AppWatch watch;
        Scope scope;
        std::size_t parsed = 0, stamps = 0, devices = 0;  // of what the client has got
        std::set<DeviceId> shown, ended;
        std::set<std::size_t> received;
        std::map<DeviceId, std::uint64_t> last_sequence;
        bool mixed = false;       // stored values come too, so values and stamps aren't in step
        bool steady = false;      // reads at once and watches the same to the end
        bool exact = true;        // never held, lagged, closed, or watching anew
        bool ever_ended = false;  // any watch_ended came
        std::uint64_t watch_id = 0;
        std::uint32_t asked = 0;  // the watch request that awaits its reply
    };

    // ---- what happens
    void build_world();
    void begin_watchers();
    void step();
    void turn_phase(std::uint32_t shard);
    void events(std::uint32_t shard);
    void device_writes(std::uint32_t shard);
    void app_acts(std::uint32_t shard);
    void registry();
    void random_change();
    void change_permissions();
    void change_membership();
    void change_device();
    void change_status();
    void toggle_held();
    void reconnect();
    void attempt(const Command& command);
    void put(Event event);
    void watch_anew(Watcher& watcher);
    AppWatch random_watch();
    void calm_down();

    // ---- what must hold
    void check_all();
    void check(std::size_t at);
    void check_message(Watcher& watcher, const wire::ServerMessage& message);
    void check_value(Watcher& watcher, const wire::PinValue& value, const Stamp* stamp);
    void check_about(Watcher& watcher, DeviceId device, bool begins);
    void check_held(const Watcher& watcher);
    void check_frames();
    void check_complete();
    bool required(const Watcher& watcher, std::size_t at, const Sent& sent) const;
    bool entitled(const Watcher& watcher, Revision revision, const Sent& sent, UnixTime at) const;
    bool watches_in(const Watcher& watcher, Revision revision, const Sent& sent) const;
    bool may_see_now(const AppClient& app, DeviceId device) const;
    bool sees(Revision revision, UserId user, DeviceId device, UnixTime at) const;
    Revision acknowledged() const { return rig_.settlement->settled(); }
    void fail(const std::string& what);

    Dice dice_;
    HubRig rig_;
    bool windows_ = false;  // memberships end by time: completeness isn't promised to the instant
    bool quiet_ = false;    // nothing new happens: it is calming down
    std::vector<OrgId> orgs_;
    std::vector<UserId> users_;
    std::vector<DeviceId> devices_;
    std::vector<DeviceClient*> connected_;
    std::map<DeviceClient*, std::size_t> frames_seen_;
    std::vector<Watcher> watchers_;
    std::map<Revision, World> worlds_;
    std::vector<Sent> sent_;
    std::vector<Written> written_;
    std::vector<int> phases_;  // per shard: where in its turn it stands
    std::vector<std::size_t> slowness_;
    std::string violation_;
    Tally tally_;
};

}  // namespace treeline
