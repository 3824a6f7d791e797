// The permission table against tenancy.md §3.
#include "broker/domain/permission.hpp"

#include <set>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/world.hpp"

namespace treeline {
namespace {

using enum Permission;

TEST(Permissions, have_names_that_lead_back_to_them) {
    std::set<std::string_view> names;
    for (const Permission permission : all_permissions()) {
        EXPECT_EQ(permission_named(name(permission)), permission);
        names.insert(name(permission));
    }
    EXPECT_EQ(names.size(), permission_count);
    EXPECT_EQ(name(own_devices_view), "own_devices.view");
    EXPECT_EQ(name(users_view_activity), "users.view_activity");
    EXPECT_EQ(name(audit_view), "audit.view");
    EXPECT_FALSE(permission_named("org_devices.fly"));
    EXPECT_FALSE(permission_named(""));
}

TEST(Permissions, need_the_view_of_their_own_group) {
    for (const Permission permission : all_permissions()) {
        const std::string full(name(permission));
        const std::string view = full.substr(0, full.find('.')) + ".view";
        const auto needed = prerequisites(permission);
        if (full == view || !permission_named(view)) {
            EXPECT_TRUE(needed.empty()) << full;
        } else {
            ASSERT_FALSE(needed.empty()) << full;
            EXPECT_EQ(name(needed.front()), view);
        }
    }
}

TEST(Permissions, have_no_effect_without_what_they_need) {
    for (const Permission permission : all_permissions()) {
        PermissionSet set = PermissionSet().set();
        for (const Permission needed : prerequisites(permission)) {
            set.reset(index(needed));
            EXPECT_FALSE(contains(effective(set), permission)) << name(permission);
            set.set(index(needed));
        }
        EXPECT_TRUE(contains(effective(set), permission)) << name(permission);
    }
}

TEST(Permissions, lose_push_when_enter_itself_has_no_effect) {
    PermissionSet set = PermissionSet().set();
    set.reset(index(suborgs_view));
    EXPECT_FALSE(contains(effective(set), suborgs_enter));
    EXPECT_FALSE(contains(effective(set), roles_push));
    EXPECT_TRUE(contains(effective(set), roles_edit));
}

TEST(Permissions, are_independent_between_groups) {
    const PermissionSet set =
        permission_set({org_devices_view, org_devices_control, webhooks_manage});
    EXPECT_EQ(effective(set), set);
}

TEST(DefaultPermissions, are_those_of_the_contract) {
    EXPECT_TRUE(default_permissions(role_admin).all());
    const PermissionSet staff = default_permissions(role_staff);
    EXPECT_EQ(staff.count(), 10U + 7U + 10U);
    EXPECT_FALSE(contains(staff, own_devices_delete));
    EXPECT_FALSE(contains(staff, org_devices_provision));
    EXPECT_TRUE(contains(staff, suborgs_enter));
    EXPECT_EQ(default_permissions(role_user),
              permission_set({own_devices_view, own_devices_control, own_devices_provision,
                              own_devices_edit, own_devices_export, own_devices_timeline_view}));
    EXPECT_TRUE(default_permissions(RoleId{4}).none());
}

TEST(AdminFloor, holds_all_of_users_and_what_repairs_roles) {
    EXPECT_EQ(admin_floor().count(), 13U);
    for (const Permission permission : all_permissions()) {
        if (name(permission).starts_with("users.")) {
            EXPECT_TRUE(contains(admin_floor(), permission)) << name(permission);
        }
    }
    EXPECT_EQ(effective(admin_floor()), admin_floor());
}

TEST(DeviceRights, are_the_columns_of_both_groups) {
    for (std::size_t i = 0; i < device_right_count; ++i) {
        const auto right = static_cast<DeviceRight>(i);
        EXPECT_EQ(device_right_named(name(right)), right);
        const std::string word(name(right));
        EXPECT_EQ(name(org_permission(right)), "org_devices." + word);
        if (right == DeviceRight::service) {
            EXPECT_FALSE(own_permission(right));
        } else {
            EXPECT_EQ(name(*own_permission(right)), "own_devices." + word);
        }
        const PermissionSet one = permission_set({org_permission(right)});
        EXPECT_EQ(org_device_rights(one), DeviceRights().set(i));
        EXPECT_TRUE(own_device_rights(one).none());
    }
    EXPECT_EQ(own_device_rights(PermissionSet().set()).count(), 11U);
    EXPECT_EQ(reading_device_rights().count(), 4U);
}

TEST(ReadingPermissions, are_the_views_outside_the_device_groups) {
    for (const Permission permission : all_permissions()) {
        const bool is_view = name(permission).ends_with(".view");
        const bool is_device = name(permission).find("devices.") != std::string_view::npos;
        EXPECT_EQ(contains(reading_permissions(), permission), is_view && !is_device)
            << name(permission);
    }
}

}  // namespace
}  // namespace treeline
