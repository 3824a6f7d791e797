// Explain: one word per decision, the membership that decided and what is missing.
#include <gtest/gtest.h>

#include "broker/authority/permit.hpp"
#include "tests/support/world.hpp"

namespace treeline {
namespace {

using enum Permission;

struct Explain : testing::Test {
    WorldBuilder w;
    OrgId root = w.root();
    OrgId a = w.org(root, "a");
    OrgId a1 = w.org(a, "a1");
    DeviceId lamp = w.device(a1, "lamp");

    Explanation why(UserId user, DeviceRight right = DeviceRight::control) {
        return explain_device(w.directory(), user, lamp, right, w.now);
    }
    Refusal refusal(UserId user, DeviceRight right = DeviceRight::control) {
        return device_refusal(w.directory(), user, lamp, right, w.now);
    }
    void expect(const Explanation& why, Rule rule, OrgId by, std::optional<Permission> missing) {
        EXPECT_EQ(name(why.rule), name(rule));
        EXPECT_EQ(why.allowed, rule <= Rule::ancestor_view);
        EXPECT_EQ(why.membership_org, by);
        EXPECT_EQ(why.missing, missing);
    }
};

TEST_F(Explain, names_the_strongest_yes) {
    const UserId user = w.user(a, "user", role_admin);
    expect(why(user), Rule::ancestor_enter, a, std::nullopt);
    w.member(user, a1, role_staff);
    expect(why(user), Rule::org_device, a1, std::nullopt);
    SetOwner own;
    own.device = lamp;
    own.owner = user;
    w.run(own);
    expect(why(user), Rule::own_device, a1, std::nullopt);
    EXPECT_EQ(why(user).role, role_staff);
    expect(explain_org(w.directory(), user, a, users_view, w.now), Rule::member, a, std::nullopt);
}

TEST_F(Explain, names_enter_when_only_that_is_missing) {
    w.permissions(a, role_user, {suborgs_view, org_devices_view, org_devices_control});
    const UserId user = w.user(a, "user");
    expect(why(user, DeviceRight::view), Rule::ancestor_view, a, std::nullopt);
    expect(why(user), Rule::missing_permission, a, suborgs_enter);
    EXPECT_EQ(refusal(user).missing, suborgs_enter);
    EXPECT_EQ(refusal(user, DeviceRight::edit).missing, org_devices_edit);
}

TEST_F(Explain, names_the_own_groups_permission_to_the_owner) {
    const UserId user = w.user(a1, "user");
    SetOwner own;
    own.device = lamp;
    own.owner = user;
    w.run(own);
    expect(why(user, DeviceRight::remove), Rule::missing_permission, a1, own_devices_delete);
    EXPECT_EQ(refusal(user, DeviceRight::remove).missing, own_devices_delete);
    EXPECT_EQ(refusal(user, DeviceRight::service).missing, org_devices_service);
}

TEST_F(Explain, names_the_prerequisite_that_makes_a_set_permission_idle) {
    w.permissions(a1, role_user, {org_devices_control});
    expect(why(w.user(a1, "user")), Rule::missing_prerequisite, a1, org_devices_view);
    w.permissions(a, role_user, {org_devices_view, org_devices_control, suborgs_enter});
    expect(why(w.user(a, "above")), Rule::missing_prerequisite, a, suborgs_view);
    w.permissions(a, role_staff, {roles_view, roles_push, suborgs_enter});
    expect(explain_org(w.directory(), w.user(a, "pusher", role_staff), a, roles_push, w.now),
           Rule::missing_prerequisite, a, suborgs_view);
}

TEST_F(Explain, says_suspended_for_users_and_for_orgs) {
    const UserId user = w.user(a1, "user", role_admin);
    w.suspend_org(a);
    expect(why(user), Rule::suspended, a1, std::nullopt);
    w.resume_org(a);
    w.user(a1, "other", role_admin);
    w.suspend(user);
    expect(why(user), Rule::suspended, OrgId{}, std::nullopt);
}

TEST_F(Explain, says_no_membership_outside_windows_and_trees) {
    const UserId user = w.user(w.org(root, "b"), "user", role_admin);
    w.member(user, a1, role_admin, w.now + Millis(1));
    expect(why(user), Rule::no_membership, OrgId{}, std::nullopt);
    expect(why(UserId{999}), Rule::no_membership, OrgId{}, std::nullopt);
    EXPECT_EQ(refusal(user).code, RefusalCode::not_found);
}

TEST_F(Explain, has_the_words_of_the_api) {
    EXPECT_EQ(name(Rule::own_device), "own_device");
    EXPECT_EQ(name(Rule::no_membership), "no_membership");
    EXPECT_EQ(name(Rule::missing_prerequisite), "missing_prerequisite");
}

}  // namespace
}  // namespace treeline
