// The access rule, relation by relation (tenancy.md §3, cases TEN-01 … TEN-22).
#include "broker/authority/authorise.hpp"

#include <gtest/gtest.h>

#include "broker/authority/visible.hpp"
#include "tests/support/world.hpp"

namespace treeline {
namespace {

using enum Permission;

// root ─ a ─ a1 ─ a11, and b beside a; a device of a1.
struct Authorise : testing::Test {
    WorldBuilder w;
    OrgId root = w.root();
    OrgId a = w.org(root, "a");
    OrgId a1 = w.org(a, "a1");
    OrgId a11 = w.org(a1, "a11");
    OrgId b = w.org(root, "b");
    DeviceId lamp = w.device(a1, "lamp");

    DeviceRights rights(UserId user, DeviceId device) {
        return device_rights(w.directory(), user, device, w.now).rights;
    }
    bool may(UserId user, DeviceRight right) { return contains(rights(user, lamp), right); }
    DeviceRights all() { return DeviceRights().set(); }
};

TEST_F(Authorise, same_org_gives_the_orgs_columns_TEN_01) {
    EXPECT_EQ(rights(w.user(a1, "admin", role_admin), lamp), all());
    const UserId staff = w.user(a1, "staff", role_staff);
    EXPECT_TRUE(may(staff, DeviceRight::control));
    EXPECT_FALSE(may(staff, DeviceRight::transfer));
}

TEST_F(Authorise, own_columns_reach_only_the_owners_devices_TEN_02_TEN_03) {
    const UserId owner = w.user(a1, "owner");
    const UserId colleague = w.user(a1, "colleague");
    const DeviceId own = w.device(a1, "own", owner);
    EXPECT_TRUE(contains(rights(owner, own), DeviceRight::control));
    EXPECT_TRUE(rights(owner, lamp).none());
    EXPECT_TRUE(rights(colleague, own).none());
}

TEST_F(Authorise, a_parent_that_enters_has_its_own_roles_columns_TEN_04_TEN_06) {
    EXPECT_EQ(rights(w.user(a, "above", role_admin), lamp), all());
    EXPECT_EQ(rights(w.admin(), lamp), all());
}

TEST_F(Authorise, a_parent_with_view_alone_reads_TEN_05) {
    PermissionSet set = default_permissions(role_admin);
    set.reset(index(suborgs_enter));
    w.permissions(a, role_admin, set);
    const UserId reader = w.user(a, "reader", role_admin);
    EXPECT_EQ(rights(reader, lamp), reading_device_rights());
    set.reset(index(suborgs_view));
    w.permissions(a, role_admin, set);
    EXPECT_TRUE(rights(reader, lamp).none());
}

TEST_F(Authorise, enter_without_view_has_no_effect) {
    w.permissions(a, role_user, {org_devices_view, org_devices_control, suborgs_enter});
    EXPECT_TRUE(rights(w.user(a, "half"), lamp).none());
}

TEST_F(Authorise, an_ancestor_never_uses_own_columns_below) {
    w.permissions(a, role_user,
                  {own_devices_view, own_devices_delete, suborgs_view, suborgs_enter});
    const UserId both = w.user(a, "both");
    w.permissions(a1, RoleId{2}, {});
    w.member(both, a1, role_staff);
    const DeviceId own = w.device(a1, "own", both);
    EXPECT_TRUE(rights(both, own).none());
}

TEST_F(Authorise, only_ancestors_see_a_device_TEN_07_TEN_08_TEN_09_TEN_10) {
    const OrgId stranger = w.root("other");
    for (const UserId user :
         {w.user(a11, "child", role_admin), w.user(b, "sibling", role_admin),
          w.user(w.org(b, "b1"), "cousin", role_admin), w.user(stranger, "stranger", role_admin)}) {
        EXPECT_TRUE(rights(user, lamp).none());
        EXPECT_FALSE(sees_org(w.directory(), user, a1, w.now));
        EXPECT_TRUE(org_permissions(w.directory(), user, a1, w.now).permissions.none());
    }
}

TEST_F(Authorise, memberships_add_up_but_never_mix_orgs_TEN_11) {
    const UserId user = w.user(b, "user", role_admin);
    w.member(user, a1, role_user);
    EXPECT_TRUE(rights(user, lamp).none());
    w.permissions(a1, role_user, {org_devices_view});
    EXPECT_EQ(rights(user, lamp).count(), 1U);
}

TEST_F(Authorise, a_suspended_user_has_nothing_TEN_12) {
    const UserId user = w.user(a1, "user", role_staff);
    EXPECT_TRUE(may(user, DeviceRight::view));
    w.suspend(user);
    EXPECT_TRUE(rights(user, lamp).none());
    EXPECT_FALSE(sees_user(w.directory(), user, user, w.now));
}

TEST_F(Authorise, a_window_opens_and_closes_to_the_millisecond_TEN_13_TEN_14) {
    const UserId contractor = w.user(b, "contractor");
    const UnixTime begin = w.now + Millis(1000), end = w.now + Millis(2000);
    w.member(contractor, a1, role_admin, begin, end);
    const auto seen_at = [&](UnixTime now) {
        return device_rights(w.directory(), contractor, lamp, now);
    };
    EXPECT_TRUE(seen_at(begin - Millis(1)).rights.none());
    EXPECT_EQ(seen_at(begin - Millis(1)).valid_until, begin);
    EXPECT_EQ(seen_at(begin).rights, all());
    EXPECT_EQ(seen_at(end - Millis(1)).rights, all());
    EXPECT_EQ(seen_at(end - Millis(1)).valid_until, end);
    EXPECT_TRUE(seen_at(end).rights.none());
    EXPECT_EQ(seen_at(end).valid_until, unix_time_max);
}

TEST_F(Authorise, a_suspended_org_gives_nothing_to_it_and_below_but_ancestors_still_see_PRM_16) {
    const UserId inside = w.user(a, "inside", role_admin);
    const UserId below = w.user(a1, "below", role_admin);
    w.suspend_org(a);
    EXPECT_TRUE(rights(inside, lamp).none());
    EXPECT_TRUE(rights(below, lamp).none());
    EXPECT_FALSE(has_live_membership(w.directory(), below, w.now));
    EXPECT_EQ(rights(w.admin(), lamp), all());
    w.resume_org(a);
    EXPECT_EQ(rights(below, lamp), all());
}

TEST_F(Authorise, an_owner_without_a_membership_has_nothing_TEN_16) {
    const UserId owner = w.user(a1, "owner");
    w.member(owner, b, role_user);
    const DeviceId own = w.device(a1, "own", owner);
    Change drift;  // a membership that vanishes without clearing the owner
    drift.at = w.now;
    drift.trees = {root};
    drift.events.emplace_back(MembershipRemoved{w.directory().membership_of(owner, a1)});
    w.take(drift);
    EXPECT_TRUE(rights(owner, own).none());
}

TEST_F(Authorise, what_is_missing_has_no_rights_and_nobody_is_nobody) {
    EXPECT_TRUE(rights(w.admin(), DeviceId{999}).none());
    EXPECT_TRUE(rights(UserId{999}, lamp).none());
    EXPECT_TRUE(rights(UserId{}, lamp).none());
    EXPECT_FALSE(sees_user(w.directory(), w.admin(), UserId{999}, w.now));
    EXPECT_FALSE(sees_org(w.directory(), w.admin(), OrgId{}, w.now));
}

TEST_F(Authorise, device_without_owner_is_nobodys_own) {
    EXPECT_TRUE(rights(UserId{}, lamp).none());
    EXPECT_TRUE(rights(w.user(a1, "user"), lamp).none());
}

TEST_F(Authorise, what_is_held_below_needs_enter) {
    PermissionSet set = default_permissions(role_admin);
    set.reset(index(suborgs_enter));
    const UserId user = w.user(a, "user", role_admin);
    EXPECT_EQ(held(w.directory(), user, a1, w.now), PermissionSet().set());
    w.permissions(a, role_admin, set);
    EXPECT_TRUE(held(w.directory(), user, a1, w.now).none());
    EXPECT_TRUE(contains(held(w.directory(), user, a, w.now), own_devices_transfer));
}

}  // namespace
}  // namespace treeline
