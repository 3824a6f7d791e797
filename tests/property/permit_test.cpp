// Nobody climbs: whatever random actors are permitted to do, nobody gains what the actor lacks.
#include "broker/authority/permit.hpp"

#include <algorithm>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "broker/domain/decide.hpp"
#include "tests/property/random_world.hpp"

namespace treeline::property {
namespace {

using model::Id;
using model::Names;

struct Case {
    model::World world;
    Directory directory;
    Id actor = 0;

    Actor who() const { return {UserId{actor}}; }
    bool has(Id org, const std::string& permission) const {
        return model::org_permissions(world, actor, org, noon).count(permission) == 1;
    }
};

Names minus(Names a, const Names& b) {
    std::erase_if(a, [&](const std::string& name) { return b.count(name) == 1; });
    return a;
}

bool is_subset(const Names& part, const Names& whole) {
    return std::ranges::includes(whole, part);
}

// What somebody may in an org or may hand on there.
Names all_at(const model::World& world, Id user, Id org, model::Instant now) {
    Names all = model::held(world, user, org, now);
    all.merge(model::org_permissions(world, user, org, now));
    return all;
}

Id pick_id(std::size_t count) {
    return *rc::gen::resize(1000, rc::gen::inRange<Id>(1, count + 2));  // one of them is missing
}

std::optional<UnixTime> pick_time() {
    const int step = *rc::gen::resize(1000, rc::gen::inRange(-1, 5));
    return step < 1 ? std::nullopt : std::optional(at(noon + 1000 * step));
}

RoleId pick_role() {
    return RoleId{static_cast<std::uint32_t>(pick_id(4))};
}

CreateMembership pick_grant(const Case& c) {
    CreateMembership command;
    command.org = OrgId{pick_id(c.world.orgs.size())};
    command.user = UserId{pick_id(c.world.users.size())};
    command.role = pick_role();
    command.not_before = pick_time();
    command.not_after = pick_time();
    return command;
}

CreateUser pick_user(const Case& c) {
    CreateUser command;
    command.org = OrgId{pick_id(c.world.orgs.size())};
    command.email = "new@example.com";
    command.name = "new";
    command.role = pick_role();
    command.password_verifier = "verifier";
    return command;
}

PatchMembership pick_patch(const Case& c) {
    PatchMembership command;
    command.membership = MembershipId{pick_id(c.world.memberships.size())};
    if (*rc::gen::arbitrary<bool>()) {
        command.role = pick_role();
    }
    if (*rc::gen::arbitrary<bool>()) {
        command.not_before = pick_time();
    }
    if (*rc::gen::arbitrary<bool>()) {
        command.not_after = pick_time();
    }
    return command;
}

PutPermissions pick_set(const Case& c) {
    PutPermissions command;
    command.org = OrgId{pick_id(c.world.orgs.size())};
    command.role = pick_role();
    command.permissions = c.directory.permissions(command.org, command.role);
    const int flips = *rc::gen::inRange(1, 4);
    for (int i = 0; i < flips; ++i) {
        command.permissions.flip(*rc::gen::resize(
            1000,
            rc::gen::inRange<std::size_t>(index(Permission::own_devices_view), permission_count)));
    }
    return command;
}

// Nobody has gained anything at `now` that the actor didn't hold at noon nor, when it is a grant
// that may not outlive its granter's own, at `now`.
void expect_no_climb(const Case& c, const model::World& after, model::Instant now, bool is_grant) {
    const auto is_held = [&](Id org, const Names& gained) {
        return is_subset(gained, model::held(c.world, c.actor, org, noon)) &&
               (!is_grant || is_subset(gained, model::held(c.world, c.actor, org, now)));
    };
    for (const model::User& user : after.users) {
        for (const model::Org& org : after.orgs) {
            const Names gained =
                minus(all_at(after, user.id, org.id, now), all_at(c.world, user.id, org.id, now));
            RC_ASSERT(gained.empty() || is_held(org.id, gained));
        }
        for (const model::Device& device : after.devices) {
            for (const std::string& right :
                 minus(model::device_rights(after, user.id, device.id, now),
                       model::device_rights(c.world, user.id, device.id, now))) {
                RC_ASSERT(is_held(device.org, {"own_devices." + right}) ||
                          is_held(device.org, {"org_devices." + right}));
            }
        }
    }
}

std::optional<model::World> outcome(const Case& c, const Command& command) {
    if (permit(c.directory, c.who(), command, at(noon))) {
        return std::nullopt;
    }
    const auto decided = decide(c.directory, c.who(), command, at(noon), {});
    if (!decided) {
        return std::nullopt;
    }
    return model_of(apply(c.directory, decided->change));
}

// In half of the worlds most sets are the defaults and more people are admins, so that much is
// permitted; the others are as wild as they come.
void tame(model::World& world) {
    if (*rc::gen::arbitrary<bool>()) {
        return;
    }
    for (model::Set& set : world.sets) {
        if ((set.org + set.role) % 5 != 0) {
            set.permissions = model::default_permissions(set.role);
        }
    }
    for (model::Membership& m : world.memberships) {
        m.role = m.id % 2 == 0 ? 1 : m.role;
    }
}

// Calls check for 20 drawn commands of each user in each of many worlds; the tally keeps the law
// from being true for want of anything permitted.
template <class Check>
bool holds_for_every_actor(const std::string& law, int permitted_min, Check check) {
    int permitted = 0;
    const bool holds = rc::check(law, [&] {
        Case c;
        c.world = draw_world({10, 5, 6});
        tame(c.world);
        c.directory = directory_of(c.world);
        for (const model::User& user : c.world.users) {
            c.actor = user.id;
            for (int i = 0; i < 20; ++i) {
                permitted += check(c) ? 1 : 0;
            }
        }
    });
    EXPECT_GE(permitted, permitted_min) << law;
    testing::Test::RecordProperty("permitted", permitted);
    return holds;
}

TEST(NobodyClimbs, by_granting_memberships) {
    EXPECT_TRUE(holds_for_every_actor("grants", 3, [](const Case& c) {
        const auto after = outcome(c, pick_grant(c));
        for (const model::Instant now : instants) {
            if (after && now >= noon) {
                expect_no_climb(c, *after, now, true);
            }
        }
        return after.has_value();
    }));
}

TEST(NobodyClimbs, by_making_users) {
    EXPECT_TRUE(holds_for_every_actor("new users", 20, [](const Case& c) {
        const auto after = outcome(c, pick_user(c));
        for (const model::Instant now : instants) {
            if (after && now >= noon) {
                expect_no_climb(c, *after, now, true);
            }
        }
        return after.has_value();
    }));
}

TEST(NobodyClimbs, by_changing_memberships) {
    EXPECT_TRUE(holds_for_every_actor("changed memberships", 20, [](const Case& c) {
        const PatchMembership command = pick_patch(c);
        const auto after = outcome(c, command);
        for (const model::Instant now : instants) {
            if (after && now >= noon) {
                expect_no_climb(c, *after, now, true);
            }
        }
        const Membership* before = c.directory.membership(command.membership);
        if (after && before->user == UserId{c.actor}) {
            RC_ASSERT(!command.role || *command.role == before->role);
        }
        return after.has_value();
    }));
}

TEST(NobodyClimbs, by_changing_permission_sets_REST_15) {
    EXPECT_TRUE(holds_for_every_actor("changed sets", 20, [](const Case& c) {
        const PutPermissions command = pick_set(c);
        const auto after = outcome(c, command);
        for (const model::Instant now : instants) {
            if (after) {
                expect_no_climb(c, *after, now, false);
            }
        }
        if (after) {
            const Id org = number(command.org);
            const Names held = model::held(c.world, c.actor, org, noon);
            const Names before = model::set_of(c.world, org, number(command.role));
            RC_ASSERT(is_subset(model::effective(before), held));  // nobody acts upward
            RC_ASSERT(is_subset(minus(names_of(command.permissions), before), held));
        }
        return after.has_value();
    }));
}

TEST(Permit, ends_a_membership_for_its_holder_and_for_those_who_hold_as_much) {
    EXPECT_TRUE(holds_for_every_actor("ended memberships", 20, [](const Case& c) {
        EndMembership command;
        command.membership = MembershipId{pick_id(c.world.memberships.size())};
        const auto refusal = permit(c.directory, c.who(), command, at(noon));
        const Id id = number(command.membership);
        const bool sees = model::sees_membership(c.world, c.actor, id, noon);
        RC_ASSERT((refusal && refusal->code == RefusalCode::not_found) == !sees);
        if (!sees) {
            return false;
        }
        const auto& m = *std::ranges::find(c.world.memberships, id, &model::Membership::id);
        const Names target = model::effective(model::set_of(c.world, m.org, m.role));
        // Who may invite may also take an invitation back.
        const bool may = c.has(m.org, m.pending ? "users.invite" : "users.delete") &&
                         is_subset(target, model::held(c.world, c.actor, m.org, noon));
        if (m.user == c.actor) {
            RC_ASSERT(!refusal);
        } else if (!refusal) {
            RC_ASSERT(may);
        }
        return !refusal;
    }));
}

TEST(Permit, suspends_an_account_only_with_the_permission_at_each_of_its_orgs) {
    EXPECT_TRUE(holds_for_every_actor("suspensions", 10, [](const Case& c) {
        const Id user = pick_id(c.world.users.size());
        const auto refusal = permit(c.directory, c.who(), SuspendUser{UserId{user}}, at(noon));
        const bool exists = c.directory.user(UserId{user}) != nullptr;
        const bool sees = exists && model::sees_user(c.world, c.actor, user, noon);
        RC_ASSERT((refusal && refusal->code == RefusalCode::not_found) == !sees);
        bool everywhere = true;
        for (const model::Membership& m : c.world.memberships) {
            everywhere &= m.user != user || m.pending || c.has(m.org, "users.suspend");
        }
        RC_ASSERT(refusal || everywhere);
        if (refusal && sees && !everywhere) {
            RC_ASSERT(refusal->membership_scope);
        }
        return !refusal;
    }));
}

// 404 when out of sight, yes with the right, else 403.
void expect_answer(const std::optional<Refusal>& refusal, bool sees, bool may) {
    if (!sees) {
        RC_ASSERT(refusal && refusal->code == RefusalCode::not_found);
    } else if (may) {
        RC_ASSERT(!refusal);
    } else {
        RC_ASSERT(refusal && refusal->code == RefusalCode::forbidden && refusal->missing);
    }
}

TEST(Permit, answers_device_commands_by_the_access_rule) {
    EXPECT_TRUE(holds_for_every_actor("device commands", 20, [](const Case& c) {
        const DeviceId device{pick_id(c.world.devices.size())};
        const Names rights = model::device_rights(c.world, c.actor, number(device), noon);
        const auto asked = [&](const Command& command) {
            return permit(c.directory, c.who(), command, at(noon));
        };
        const bool sees = rights.count("view") == 1;
        expect_answer(asked(PatchDevice{device, {}, {}, {}, {}}), sees, rights.count("edit") == 1);
        expect_answer(asked(DeleteDevice{device, {}}), sees, rights.count("delete") == 1);
        expect_answer(asked(RotateToken{device, {}}), sees, rights.count("rotate_token") == 1);
        const UserId owner{pick_id(c.world.users.size())};
        const bool knows = c.directory.user(owner) != nullptr &&
                           model::sees_user(c.world, c.actor, number(owner), noon);
        const bool may = rights.count("transfer") == 1;
        expect_answer(asked(SetOwner{device, std::nullopt, {}}), sees, may);
        expect_answer(asked(SetOwner{device, owner, {}}), sees && knows, may);
        return may;
    }));
}

TEST(Permit, answers_what_is_made_in_an_org_by_the_access_rule) {
    EXPECT_TRUE(holds_for_every_actor("things made in an org", 20, [](const Case& c) {
        const Id org = pick_id(c.world.orgs.size());
        const auto asked = [&](const Command& command) {
            return permit(c.directory, c.who(), command, at(noon));
        };
        const bool sees = model::sees_org(c.world, c.actor, org, noon);
        CreateOrg child;
        child.parent = OrgId{org};
        const bool may = c.has(org, "suborgs.create");
        expect_answer(asked(child), sees, may);
        CreateDevice device;
        device.org = OrgId{org};
        const auto can = [&](const std::string& action) {
            return model::explain_org(c.world, c.actor, org, action, noon).allowed;
        };
        expect_answer(asked(device), sees, can("org_devices.provision"));
        device.owner = UserId{c.actor};
        expect_answer(asked(device), sees,
                      can("org_devices.provision") || can("own_devices.provision"));
        return may;
    }));
}

}  // namespace
}  // namespace treeline::property
