// Time travel over random histories: what is told of a time is what the authoriser said when that
// time was now, cut to what the asker may see now (tenancy.md §6).
#include "broker/authority/hindsight.hpp"

#include <map>
#include <random>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "broker/domain/decide.hpp"
#include "tests/property/drawn_command.hpp"
#include "tests/property/random_world.hpp"

namespace treeline::property {
namespace {

using Rights = std::map<std::pair<UserId, DeviceId>, DeviceRights>;

// One world of a history, and what everybody could do in it while it was the present.
struct Moment {
    Directory world;
    UnixTime at{};
    Rights recorded;
};

std::vector<UserId> users_in(const Directory& world) {
    std::vector<UserId> users;
    world.all_users(UserId{}, [&](const User& user) {
        users.push_back(user.id);
        return true;
    });
    return users;
}

std::vector<DeviceId> devices_in(const Directory& world) {
    std::vector<DeviceId> devices;
    world.all_devices(DeviceId{}, [&](const Device& device) {
        devices.push_back(device.id);
        return true;
    });
    return devices;
}

Moment moment_of(const Directory& world, UnixTime now) {
    Moment moment{world, now, {}};
    for (const UserId user : users_in(world)) {
        for (const DeviceId device : devices_in(world)) {
            const DeviceRights rights = device_rights(world, user, device, now).rights;
            if (rights.any()) {
                moment.recorded[{user, device}] = rights;
            }
        }
    }
    return moment;
}

// A random world and what commands made of it, half a second apart.
std::vector<Moment> draw_history() {
    Directory world = directory_of(draw_world({12, 5, 6}));
    std::mt19937_64 random(*rc::gen::arbitrary<std::uint64_t>());
    UnixTime now = at(noon - 1'000);
    std::vector<Moment> history{moment_of(world, now)};
    for (int step = 0; step < 12; ++step) {
        now += Millis(500);
        Draw draw(random, world, now);
        const Attempt attempt = draw_command(draw, draw.below(std::variant_size_v<Command>));
        const auto decided = decide(world, attempt.actor, attempt.command, now, {});
        if (decided && !decided->change.events.empty()) {
            world = apply(world, decided->change);
        }
        history.push_back(moment_of(world, now));
    }
    return history;
}

// The cut, said again plainly: the device and the user are seen now, and both stood in an org that
// is seen now.
Rights expected(const Moment& then, const Moment& present, UserId asker) {
    Rights left;
    const auto sees = [&](OrgId org) { return sees_org(present.world, asker, org, present.at); };
    for (const auto& [who, rights] : then.recorded) {
        bool stood = false;
        for (const Membership* membership : then.world.memberships_of(who.first)) {
            stood =
                stood || (membership->status == MembershipStatus::active && sees(membership->org));
        }
        if (stood && sees_user(present.world, asker, who.first, present.at) &&
            sees_device(present.world, asker, who.second, present.at) &&
            sees(then.world.device(who.second)->org)) {
            left[who] = rights;
        }
    }
    return left;
}

Hindsight look(const Moment& then, const Moment& present, UserId asker) {
    return {present.world, then.world, asker, present.at, then.at};
}

RC_GTEST_PROP(Hindsight, visibility_at_a_time_is_what_was_said_then_cut_to_what_is_seen_now, ()) {
    const std::vector<Moment> history = draw_history();
    const Moment& present = history.back();
    std::size_t told = 0;
    std::size_t cut = 0;
    const std::vector<UserId> askers = users_in(present.world);
    for (std::size_t i = 0; i < askers.size() * history.size(); ++i) {
        const UserId asker = askers[i % askers.size()];
        const Moment& then = history[i / askers.size()];
        const Rights wanted = expected(then, present, asker);
        Rights by_device;
        Rights by_user;
        for (const DeviceId device : devices_in(present.world)) {
            for (const auto& could : who_could(look(then, present, asker), device)) {
                by_device[{could.id, device}] = could.rights;
            }
        }
        for (const UserId user : users_in(present.world)) {
            for (const auto& could : what_could(look(then, present, asker), user)) {
                by_user[{user, could.id}] = could.rights;
            }
        }
        told += wanted.size();
        cut += then.recorded.size() - wanted.size();
        RC_ASSERT(by_device == wanted);
        // A right without `view` is none that a list of devices shows: there is no such right.
        RC_ASSERT(by_user == wanted);
    }
    RC_CLASSIFY(told > 0, "something is told");
    RC_CLASSIFY(cut > 0, "something is cut");
}

template <class Id>
std::map<Id, DeviceRights> by_id(const std::vector<Could<Id>>& rows) {
    std::map<Id, DeviceRights> out;
    for (const Could<Id>& row : rows) {
        out[row.id] = row.rights;
    }
    return out;
}

template <class Id>
void expect_difference(const std::vector<Could<Id>>& before, const std::vector<Could<Id>>& after) {
    std::map<Id, DeviceRights> rights = by_id(before);
    Id last{};
    for (const Difference<Id>& each : difference(before, after)) {
        RC_ASSERT(each.id > last);
        RC_ASSERT(rights[each.id] == each.before);
        RC_ASSERT(each.before != each.after);
        rights[each.id] = each.after;
        last = each.id;
    }
    std::erase_if(rights, [](const auto& row) { return row.second.none(); });
    RC_ASSERT(rights == by_id(after));
}

RC_GTEST_PROP(Hindsight, a_difference_leads_from_one_answer_to_the_other, ()) {
    const std::vector<Moment> history = draw_history();
    const Moment& present = history.back();
    const Moment& first = *rc::gen::elementOf(history);
    const Moment& second = *rc::gen::elementOf(history);
    for (const UserId asker : users_in(present.world)) {
        const Hindsight before = look(first, present, asker);
        const Hindsight after = look(second, present, asker);
        for (const DeviceId device : devices_in(present.world)) {
            expect_difference(who_could(before, device), who_could(after, device));
        }
        for (const UserId user : users_in(present.world)) {
            expect_difference(what_could(before, user), what_could(after, user));
        }
    }
}

// Lists as of now are the lists of now.
RC_GTEST_PROP(Hindsight, a_list_of_the_present_is_the_list, ()) {
    const Moment present = draw_history().back();
    const PageRequest all{0, 1'000};
    for (const UserId asker : users_in(present.world)) {
        const Hindsight now = look(present, present, asker);
        RC_ASSERT(devices_then(now, {}, all).items ==
                  visible_devices(present.world, asker, {}, all, present.at).items);
        RC_ASSERT(orgs_then(now, OrgId{}, all).items ==
                  visible_orgs(present.world, asker, OrgId{}, all, present.at).items);
        RC_ASSERT(transfers_then(now, DeviceId{}, all).items ==
                  visible_transfers(present.world, asker, DeviceId{}, all, present.at).items);
    }
}

// No row of any past is one that the asker does not see now, and none stood where he sees nothing.
RC_GTEST_PROP(Hindsight, lists_of_the_past_show_nothing_that_is_unseen_now, ()) {
    const std::vector<Moment> history = draw_history();
    const Moment& present = history.back();
    const PageRequest all{0, 1'000};
    for (const UserId asker : users_in(present.world)) {
        const Moment past = *rc::gen::elementOf(history);
        const Hindsight then = look(past, present, asker);
        for (const DeviceId device : devices_then(then, {}, all).items) {
            RC_ASSERT(sees_device(present.world, asker, device, present.at));
            RC_ASSERT(sees_org(present.world, asker, then.past.device(device)->org, present.at));
        }
        for (const OrgId org : orgs_then(then, OrgId{}, all).items) {
            RC_ASSERT(sees_org(present.world, asker, org, present.at));
            for (const UserId user : users_then(then, org, all).items) {
                RC_ASSERT(sees_user(present.world, asker, user, present.at));
            }
        }
    }
}

}  // namespace
}  // namespace treeline::property
