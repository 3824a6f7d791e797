// Rights of every kind are taken away at random while thousands watch: promise R1 on real sockets.
// TREELINE_REVOCATIONS and TREELINE_WATCHERS set the size (the whole one: 1000 and 2000);
// TREELINE_QUIET=1 says that the machine is quiet, so that the bounds in time are asked for.
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <gtest/gtest.h>

#include "tests/e2e/live/revocation_town.hpp"
#include "tests/e2e/live/settle_histogram.hpp"

namespace treeline::live {
namespace {

unsigned size_from(const char* name, unsigned otherwise) {
    const char* const text = std::getenv(name);
    return text == nullptr ? otherwise : static_cast<unsigned>(std::atoi(text));
}

bool is_quiet() {
    return std::getenv("TREELINE_QUIET") != nullptr;
}

// What a group may be sent, by the model.
struct Outlook {
    bool is_seated = false;
    bool sees_scope = false;
    std::set<std::uint64_t> devices;
};

class Trial {
  public:
    explicit Trial(const Server& server) : town(server, Millis(500)), crowd(server) {
        make_groups(size_from("TREELINE_WATCHERS", 200));
        outlooks_ = outlooks(town.model, now());
        heal();
    }

    void step(Act& act);
    // What was written last has come to all who may see it.
    void expect_the_last_values();
    void print() const;

    Town town;
    Crowd crowd;
    unsigned revocations = 0;

  private:
    struct Watching {
        std::size_t person = 0;
        Scope::Kind kind = Scope::Kind::device;
        std::uint64_t org = 0;  // or the device in `slot`
        std::size_t slot = 0;
    };
    using Sent = std::vector<std::uint64_t>;  // by slot

    static model::Instant now() { return to_unix_ms(read_clock().wall); }
    void make_groups(unsigned watchers);
    Scope scope_of(const Watching& watching) const;
    std::vector<Outlook> outlooks(const model::World& world, model::Instant at) const;
    Sent sent() const;
    void begin(const Act& act, const std::vector<Outlook>& after);
    void settle(const Act& act, const std::vector<Outlook>& after, const Sent& sent);
    bool has_settled(const std::vector<Outlook>& after);
    void restart(const Act& act, std::uint64_t at_answer);
    void heal();
    bool has_begun();
    std::string describe(std::size_t group, std::uint64_t device) const;
    std::size_t slot_of(std::uint64_t device) const;

    std::vector<Watching> watching_;  // by group
    std::vector<Outlook> outlooks_;   // of now
    // Who has not been told of which device, when has_begun() is false.
    std::size_t missing_group_ = 0;
    std::uint64_t missing_device_ = 0;
    std::map<std::string, unsigned> counts_;
    Millis latest_expiry_{0};
};

// Everybody watches his org and all below it, his org alone, and a device there; contractors watch
// where they work. Only few watch the org whose devices have no pause.
void Trial::make_groups(unsigned watchers) {
    std::vector<Watching> many, few;
    for (std::size_t at = 0; at < town.people.size(); ++at) {
        for (const model::Membership& member : town.model.memberships) {
            const bool is_his = member.user == town.people[at].id && member.org != town.orgs.back();
            if (!is_his) {
                continue;
            }
            auto& into = member.org == town.fast_org || member.org == town.root ? few : many;
            into.push_back({at, Scope::Kind::subtree, member.org, 0});
            into.push_back({at, Scope::Kind::org, member.org, 0});
            for (std::size_t slot = 0; slot < town.slots.size(); ++slot) {
                if (town.model.devices[slot].org == member.org &&
                    (member.role == 2 || town.model.devices[slot].owner == member.user)) {
                    into.push_back({at, Scope::Kind::device, 0, slot});
                    break;
                }
            }
        }
    }
    const auto add = [&](const Watching& watching, std::size_t sessions) {
        watching_.push_back(watching);
        crowd.add(CrowdGroup{}, static_cast<unsigned>(sessions));
    };
    for (const Watching& watching : few) {
        add(watching, 2);
    }
    for (std::size_t at = 0; at < many.size(); ++at) {
        const std::size_t left = watchers - std::min<std::size_t>(watchers, crowd.size());
        add(many[at], (left + many.size() - at - 1) / (many.size() - at));
    }
}

Scope Trial::scope_of(const Watching& watching) const {
    const bool is_device = watching.kind == Scope::Kind::device;
    return {watching.kind, is_device ? town.slots[watching.slot].id : watching.org};
}

std::vector<Outlook> Trial::outlooks(const model::World& world, model::Instant at) const {
    std::map<std::uint64_t, std::set<std::uint64_t>> seen;
    for (const Resident& person : town.people) {
        const auto devices = model::visible_devices(world, person.id, at);
        seen[person.id] = {devices.begin(), devices.end()};
    }
    std::vector<Outlook> all;
    for (const Watching& watching : watching_) {
        const std::uint64_t user = town.people[watching.person].id;
        const bool is_active =
            std::ranges::find(world.users, user, &model::User::id)->status == "active";
        Outlook outlook;
        outlook.is_seated = is_active && model::has_live_membership(world, user, at);
        const Scope scope = scope_of(watching);
        for (const model::Device& device : world.devices) {
            const bool is_covered =
                scope.kind == Scope::Kind::device
                    ? device.id == scope.id
                    : device.org == scope.id ||
                          (scope.kind == Scope::Kind::subtree &&
                           model::is_proper_ancestor(world, scope.id, device.org));
            if (is_covered && seen.at(user).contains(device.id)) {
                outlook.devices.insert(device.id);
            }
        }
        outlook.sees_scope = scope.kind == Scope::Kind::device
                                 ? !outlook.devices.empty()
                                 : model::sees_org(world, user, scope.id, at);
        all.push_back(std::move(outlook));
    }
    return all;
}

Trial::Sent Trial::sent() const {
    Sent all;
    for (const Slot& slot : town.slots) {
        all.push_back(slot.writer->sent());
    }
    return all;
}

std::size_t Trial::slot_of(std::uint64_t device) const {
    return static_cast<std::size_t>(std::ranges::find(town.slots, device, &Slot::id) -
                                    town.slots.begin());
}

// Before the request: what is about to be lost may end, what is about to be gained may come.
void Trial::begin(const Act& act, const std::vector<Outlook>& after) {
    crowd.run([&] {
        crowd.start_step();
        for (std::size_t at = 0; at < after.size(); ++at) {
            CrowdGroup& group = crowd.group(at);
            const bool is_out = act.user == town.people[watching_[at].person].id;
            group.may_close = is_out || !after[at].is_seated;
            group.may_end_wholly = !after[at].sees_scope;
            for (const std::uint64_t device : outlooks_[at].devices) {
                if (!after[at].devices.contains(device)) {
                    group.may_end.insert(device);
                }
            }
            for (const std::uint64_t device : after[at].devices) {
                if (!outlooks_[at].devices.contains(device)) {
                    crowd.permit(at, device);
                }
            }
        }
    });
}

// After the answer: what is sent from now on must not come to those who lost it.
void Trial::settle(const Act& act, const std::vector<Outlook>& after, const Sent& sent) {
    crowd.run([&] {
        for (std::size_t at = 0; at < after.size(); ++at) {
            for (const std::uint64_t device : outlooks_[at].devices) {
                const std::size_t slot = slot_of(device);
                const bool is_cut = act.restart && *act.restart == slot;
                if (slot < sent.size() && (is_cut || !after[at].devices.contains(device))) {
                    crowd.forbid(at, device, sent[slot]);
                }
            }
        }
    });
}

bool Trial::has_settled(const std::vector<Outlook>& after) {
    for (std::size_t at = 0; at < after.size(); ++at) {
        if (!after[at].is_seated && outlooks_[at].is_seated) {
            if (!crowd.has_closed(at)) {
                return false;
            }
            continue;
        }
        for (const std::uint64_t device : outlooks_[at].devices) {
            if (!after[at].devices.contains(device) && !crowd.has_ended(at, device)) {
                return false;
            }
        }
        if (!after[at].sees_scope && outlooks_[at].sees_scope && !crowd.watches_nothing(at)) {
            return false;
        }
    }
    return true;
}

// The device whose connection was cut, or a new one in its place, logs in and goes on.
void Trial::restart(const Act& act, std::uint64_t at_answer) {
    Slot& slot = town.slots[*act.restart];
    slot.writer->stop();
    crowd.run([&] {
        crowd.cut(slot.id, at_answer, slot.writer->sent());
        for (std::size_t at = 0; at < outlooks_.size(); ++at) {
            if (outlooks_[at].devices.contains(slot.id)) {
                crowd.permit(at, slot.id);
            }
        }
    });
    slot.writer->start(act.device_token);
}

void Trial::heal() {
    town.sign_in_again();
    crowd.run([&] {
        for (std::size_t at = 0; at < watching_.size(); ++at) {
            CrowdGroup& group = crowd.group(at);
            group.token = town.people[watching_[at].person].token;
            group.scope = scope_of(watching_[at]);
            group.is_seated = outlooks_[at].is_seated;
            group.may_watch = outlooks_[at].is_seated && outlooks_[at].sees_scope;
            for (const std::uint64_t device : outlooks_[at].devices) {
                crowd.permit(at, device);
            }
        }
    });
    // Thousands of handshakes at the worst, one after the other. What has been gained is awaited:
    // its end could not be told from one without a reason while its beginning is on the way.
    ASSERT_TRUE(crowd.await([&] { return crowd.heal() && has_begun(); }, 10 * patience))
        << "watches are not answered, or a device does not come to all who may see it: "
        << describe(missing_group_, missing_device_);
}

std::string Trial::describe(std::size_t group, std::uint64_t device) const {
    const Watching& watching = watching_[group];
    const model::Device& record =
        *std::ranges::find(town.model.devices, device, &model::Device::id);
    return "group " + std::to_string(group) + " of user " +
           std::to_string(town.people[watching.person].id) + " watches kind " +
           std::to_string(static_cast<int>(watching.kind)) + " of " +
           std::to_string(scope_of(watching).id) + "; device " + std::to_string(device) +
           " of org " + std::to_string(record.org) + ", owner " + std::to_string(record.owner) +
           crowd.describe(group, device);
}

bool Trial::has_begun() {
    for (std::size_t at = 0; at < outlooks_.size(); ++at) {
        const bool may_watch = outlooks_[at].is_seated && outlooks_[at].sees_scope;
        for (const std::uint64_t device : outlooks_[at].devices) {
            if (may_watch && !crowd.has_begun(at, device)) {
                missing_group_ = at;
                missing_device_ = device;
                return false;
            }
        }
    }
    return true;
}

void Trial::step(Act& act) {
    SCOPED_TRACE(act.kind);
    model::World next = town.model;
    if (!act.makes) {
        act.effect(next);
    }
    auto after = outlooks(next, act.due ? to_unix_ms(*act.due) : now());
    const auto fresh = after;
    for (std::size_t at = 0; act.user && at < after.size(); ++at) {
        if (town.people[watching_[at].person].id == *act.user) {
            after[at] = Outlook{};
        }
    }
    begin(act, after);
    act.call();
    const Sent at_answer = sent();
    if (!act.due) {
        settle(act, after, at_answer);
    }
    ASSERT_TRUE(crowd.await([&] { return has_settled(after); })) << "a watch did not end";
    bool takes = act.restart.has_value() && !act.makes;
    for (std::size_t at = 0; at < after.size(); ++at) {
        takes = takes || !std::ranges::includes(after[at].devices, outlooks_[at].devices);
    }
    if (takes) {
        ++revocations;
        ++counts_[act.kind];
    }
    if (act.due && crowd.first_end != unix_time_max) {
        EXPECT_GE(crowd.first_end, *act.due) << "a window closed early";
        EXPECT_LE(read_clock().wall, *act.due + (is_quiet() ? Millis(1'000) : patience));
        latest_expiry_ = std::max(latest_expiry_, crowd.first_end - *act.due);
    }
    if (act.makes) {
        act.effect(next);
    }
    town.model = std::move(next);
    outlooks_ = act.makes ? outlooks(town.model, now()) : fresh;
    if (act.user) {
        std::ranges::find(town.people, *act.user, &Resident::id)->token.clear();
    }
    if (act.restart) {
        restart(act, at_answer[*act.restart]);
    }
    heal();
}

void Trial::expect_the_last_values() {
    for (Slot& slot : town.slots) {
        slot.writer->finish();
    }
    const Sent last = sent();
    EXPECT_TRUE(crowd.await([&] {
        for (std::size_t at = 0; at < outlooks_.size(); ++at) {
            for (const std::uint64_t device : outlooks_[at].devices) {
                const std::size_t slot = slot_of(device);
                if (!crowd.has_reached(at, device, last[slot])) {
                    return false;
                }
            }
        }
        return true;
    })) << "the last values have not come to all";
}

void Trial::print() const {
    std::printf("%u revocations before %zu watchers, who were sent %llu messages; ", revocations,
                crowd.size(), static_cast<unsigned long long>(crowd.received));
    std::printf("%llu watch_ended, %llu sessions lagged, latest expiry %lld ms late\n",
                static_cast<unsigned long long>(crowd.ends),
                static_cast<unsigned long long>(crowd.lagged_sessions()),
                static_cast<long long>(latest_expiry_.count()));
    for (const auto& [kind, count] : counts_) {
        std::printf("  %4u %s\n", count, kind.c_str());
    }
    for (const auto& [reason, count] : crowd.closes) {
        std::printf("  %4u sessions closed: %s\n", count, reason.c_str());
    }
}

TEST(LiveRevocation, PRM_01_every_kind_of_change_cuts_all_who_lose_and_nobody_else) {
    Server server({.shards = 2,
                   .config = "[device]\nflood_per_second = 0\nlogins_per_minute = 0\n[limits]\n"
                             "unauthenticated_per_ip = 0\nhandshakes_per_ip = 0\n"
                             "rest_per_org_minute = 0\nrest_per_user_minute = 0\n"
                             "[admin]\nlisten = \"127.0.0.1:0\"\n[log]\nfile = \"LOG_FILE\"\n"});
    server.start();
    const unsigned wanted = size_from("TREELINE_REVOCATIONS", 40);
    Trial trial(server);
    while (trial.revocations < wanted && trial.crowd.faults == 0 && !HasFailure()) {
        for (const auto& act : trial.town.draw()) {
            trial.step(*act);
        }
    }
    trial.expect_the_last_values();
    trial.print();
    EXPECT_EQ(trial.crowd.unexplained_losses(), 0U) << "sessions missed values and were not told";
    EXPECT_EQ(trial.crowd.faults, 0U);
    for (const std::string& fault : trial.crowd.first_faults) {
        ADD_FAILURE() << fault;
    }
    expect_settled_soon(server, is_quiet());
}

}  // namespace
}  // namespace treeline::live
