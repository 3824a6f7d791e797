// The broker's rights equal the reference model's, for every user, thing and instant.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "broker/authority/visible.hpp"
#include "tests/property/random_world.hpp"

namespace treeline::property {
namespace {

UnixTime edge_of(const model::World& world, model::Id user, model::Instant now) {
    const auto edge = model::next_edge(world, user, now);
    return edge ? at(*edge) : unix_time_max;
}

void expect_device_rights(const model::World& world, const Directory& directory, model::Id user,
                          model::Instant now) {
    for (const model::Device& device : world.devices) {
        const DeviceVerdict verdict =
            device_rights(directory, UserId{user}, DeviceId{device.id}, at(now));
        RC_ASSERT(names_of(verdict.rights) == model::device_rights(world, user, device.id, now));
        RC_ASSERT(sees_device(directory, UserId{user}, DeviceId{device.id}, at(now)) ==
                  model::sees_device(world, user, device.id, now));
    }
}

void expect_org_permissions(const model::World& world, const Directory& directory, model::Id user,
                            model::Instant now) {
    for (const model::Org& org : world.orgs) {
        const OrgId id{org.id};
        const OrgVerdict verdict = org_permissions(directory, UserId{user}, id, at(now));
        RC_ASSERT(names_of(verdict.permissions) ==
                  model::org_permissions(world, user, org.id, now));
        RC_ASSERT(names_of(held(directory, UserId{user}, id, at(now))) ==
                  model::held(world, user, org.id, now));
        RC_ASSERT(sees_org(directory, UserId{user}, id, at(now)) ==
                  model::sees_org(world, user, org.id, now));
    }
}

// A verdict holds at every instant before its valid_until, which is an edge of a window.
void expect_lasting(const model::World& world, const Directory& directory, model::Id user,
                    model::Instant now) {
    for (const model::Device& device : world.devices) {
        const auto verdict = device_rights(directory, UserId{user}, DeviceId{device.id}, at(now));
        for (const model::Instant later : instants) {
            if (later >= now && at(later) < verdict.valid_until) {
                RC_ASSERT(names_of(verdict.rights) ==
                          model::device_rights(world, user, device.id, later));
            }
        }
        if (verdict.valid_until != unix_time_max) {
            const UnixTime before = verdict.valid_until - Millis(1);
            RC_ASSERT(names_of(verdict.rights) ==
                      model::device_rights(world, user, device.id, to_unix_ms(before)));
        }
    }
}

template <class Check>
bool holds_in_every_world(const std::string& law, Check check) {
    return rc::check(law, [&] {
        const model::World world = draw_world();
        const Directory directory = directory_of(world);
        for (const model::User& user : world.users) {
            for (const model::Instant now : instants) {
                check(world, directory, user.id, now);
            }
        }
    });
}

TEST(AccessRule, gives_the_device_rights_of_the_model) {
    EXPECT_TRUE(holds_in_every_world("device rights equal the model's", expect_device_rights));
}

TEST(AccessRule, gives_the_org_permissions_of_the_model) {
    EXPECT_TRUE(holds_in_every_world("org permissions equal the model's", expect_org_permissions));
}

TEST(AccessRule, stays_true_until_valid_until_and_no_verdict_outlives_a_window) {
    EXPECT_TRUE(holds_in_every_world("verdicts are facts until valid_until", expect_lasting));
}

TEST(AccessRule, knows_the_next_edge_and_the_live_memberships) {
    const auto expect_edges = [](const model::World& world, const Directory& directory,
                                 model::Id user, model::Instant now) {
        const UnixTime edge = edge_of(world, user, now);
        RC_ASSERT(next_window_edge(directory, UserId{user}, at(now)) == edge);
        RC_ASSERT(has_live_membership(directory, UserId{user}, at(now)) ==
                  model::has_live_membership(world, user, now));
        for (const model::Membership& m : world.memberships) {
            RC_ASSERT(is_live(directory, *directory.membership(MembershipId{m.id}), at(now)) ==
                      model::is_live(world, m, now));
        }
        for (const model::Device& device : world.devices) {
            const auto verdict =
                device_rights(directory, UserId{user}, DeviceId{device.id}, at(now));
            const bool is_active = directory.user(UserId{user})->status == UserStatus::active;
            RC_ASSERT(verdict.valid_until == (is_active ? edge : unix_time_max));
        }
    };
    EXPECT_TRUE(holds_in_every_world("edges equal the model's", expect_edges));
}

TEST(AccessRule, uses_the_permission_table_of_the_model) {
    ASSERT_EQ(model::all_permissions().size(), permission_count);
    for (const Permission permission : all_permissions()) {
        const std::string word(name(permission));
        EXPECT_EQ(word, model::all_permissions()[index(permission)]);
        model::Names needed;
        for (const Permission prerequisite : prerequisites(permission)) {
            needed.emplace(name(prerequisite));
        }
        EXPECT_EQ(needed, model::prerequisites(word)) << word;
    }
    for (const unsigned role : {1U, 2U, 3U, 4U}) {
        EXPECT_EQ(names_of(default_permissions(RoleId{role})), model::default_permissions(role));
    }
}

TEST(AccessRule, applies_prerequisites_as_the_model_does) {
    EXPECT_TRUE(rc::check("effective sets equal the model's", [](std::uint64_t a, std::uint64_t b) {
        const PermissionSet set = (PermissionSet(a) << 1) ^ PermissionSet(b);
        RC_ASSERT(names_of(effective(set)) == model::effective(names_of(set)));
    }));
}

}  // namespace
}  // namespace treeline::property
