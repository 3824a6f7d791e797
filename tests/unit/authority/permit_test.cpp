// permit: who may give which command, and how a no reads.
#include "broker/authority/permit.hpp"

#include <gtest/gtest.h>

#include "tests/support/world.hpp"

namespace treeline {
namespace {

using enum Permission;

// root ─ a ─ a1, and b beside a. Each org has an admin, a an additional staff.
struct Permit : testing::Test {
    WorldBuilder w;
    OrgId root = w.root();
    OrgId a = w.org(root, "a");
    OrgId a1 = w.org(a, "a1");
    OrgId b = w.org(root, "b");
    UserId top = w.admin();
    UserId boss = w.user(a, "boss", role_admin);
    UserId staff = w.user(a, "staff", role_staff);
    UserId below = w.user(a1, "below", role_admin);
    UserId other = w.user(b, "other", role_admin);

    std::optional<Refusal> ask(UserId user, const Command& command) {
        return permit(w.directory(), Actor{user}, command, w.now);
    }
    void expect_yes(const std::optional<Refusal>& refusal) {
        EXPECT_FALSE(refusal) << name(refusal->code) << ": " << refusal->detail;
    }
    void expect_unseen(const std::optional<Refusal>& refusal) {
        ASSERT_TRUE(refusal);
        EXPECT_EQ(refusal->code, RefusalCode::not_found);
        EXPECT_FALSE(refusal->missing || refusal->membership_scope);
        EXPECT_EQ(refusal->detail, "");
    }
    void expect_forbidden(const std::optional<Refusal>& refusal,
                          std::optional<Permission> missing) {
        ASSERT_TRUE(refusal);
        EXPECT_EQ(refusal->code, RefusalCode::forbidden);
        EXPECT_EQ(refusal->missing, missing);
    }
    Command make_user(OrgId org, RoleId role) {
        return CreateUser{org, "n@example.com", "n", role, "verifier"};
    }
    Command grant(OrgId org, UserId user, RoleId role, std::optional<UnixTime> end = std::nullopt) {
        return CreateMembership{org, user, "", role, std::nullopt, end};
    }
    Command set_role(MembershipId membership, RoleId role) {
        PatchMembership patch;
        patch.membership = membership;
        patch.role = role;
        return patch;
    }
    Command put(OrgId org, RoleId role, const PermissionSet& set) {
        return PutPermissions{org, role, set, std::nullopt};
    }
};

TEST_F(Permit, makes_orgs_by_the_right_at_the_parent) {
    CreateOrg command;
    command.parent = a1;
    expect_yes(ask(below, command));
    expect_yes(ask(boss, command));
    expect_forbidden(ask(staff, command), suborgs_create);
    expect_unseen(ask(other, command));
    command.parent = a;
    expect_unseen(ask(below, command));
    command.parent = OrgId{999};
    expect_unseen(ask(boss, command));
}

TEST_F(Permit, makes_users_only_with_invite_and_set_password_and_roles_that_are_held) {
    expect_yes(ask(boss, make_user(a, role_admin)));
    expect_yes(ask(boss, make_user(a1, role_admin)));
    expect_forbidden(ask(staff, make_user(a, role_user)), users_set_password);
    PermissionSet set = default_permissions(role_staff);
    set.set(index(users_set_password));
    w.permissions(a, role_staff, set);
    expect_yes(ask(staff, make_user(a, role_user)));
    expect_forbidden(ask(staff, make_user(a, role_admin)), own_devices_delete);
    expect_unseen(ask(other, make_user(a, role_user)));
}

TEST_F(Permit, grants_no_longer_than_the_granter_has) {
    const UnixTime end = w.now + Millis(5000);
    const UserId contractor = w.user(a1, "contractor");
    w.member(contractor, a, role_admin, std::nullopt, end);
    expect_yes(ask(contractor, grant(a, below, role_user, end)));
    expect_forbidden(ask(contractor, grant(a, below, role_user, end + Millis(1))),
                     own_devices_view);
    expect_forbidden(ask(contractor, grant(a, below, role_user)), own_devices_view);
    expect_forbidden(ask(contractor, make_user(a, role_user)), own_devices_view);
    PatchMembership longer;
    longer.membership = w.directory().membership_of(contractor, a);
    longer.not_after = std::optional<UnixTime>();
    expect_forbidden(ask(contractor, longer), own_devices_view);
    longer.not_after = w.now + Millis(10);
    expect_yes(ask(contractor, longer));
}

TEST_F(Permit, grants_only_to_users_in_sight) {
    expect_unseen(ask(boss, grant(a, other, role_user)));
    expect_unseen(ask(boss, grant(a, UserId{999}, role_user)));
    expect_yes(ask(boss, grant(a, below, role_user)));
    CreateMembership by_mail;
    by_mail.org = a;
    by_mail.email = "other@example.com";
    by_mail.role = role_user;
    expect_yes(ask(boss, by_mail));
}

TEST_F(Permit, lets_nobody_change_the_role_of_their_own_membership_REST_17) {
    expect_forbidden(ask(boss, set_role(w.home(boss), role_user)), users_edit);
    expect_yes(ask(boss, set_role(w.home(boss), role_admin)));  // which changes nothing
    expect_yes(ask(boss, set_role(w.home(staff), role_user)));
    expect_yes(ask(top, set_role(w.home(boss), role_user)));
}

TEST_F(Permit, lets_nobody_act_upward_REST_17) {
    PermissionSet set = default_permissions(role_staff);
    for (const Permission p : {users_edit, users_delete, users_suspend, roles_edit}) {
        set.set(index(p));
    }
    w.permissions(a, role_staff, set);
    expect_forbidden(ask(staff, set_role(w.home(boss), role_user)), own_devices_delete);
    expect_forbidden(ask(staff, EndMembership{w.home(boss), false, {}}), own_devices_delete);
    expect_forbidden(ask(staff, SuspendUser{boss}), own_devices_delete);
    expect_forbidden(ask(staff, put(a, role_admin, {})), own_devices_delete);
    const UserId colleague = w.user(a, "colleague", role_staff);
    expect_yes(ask(staff, SuspendUser{colleague}));
    expect_yes(ask(staff, EndMembership{w.home(colleague), false, {}}));
}

TEST_F(Permit, begins_a_membership_earlier_only_with_what_is_held) {
    const UserId editor = w.user(root, "editor");
    w.permissions(root, role_user, {suborgs_view, suborgs_enter, users_view, users_edit});
    const UnixTime begin = w.now + Millis(5000);
    PatchMembership sooner;
    sooner.membership = w.member(editor, a1, role_admin, begin);
    sooner.not_before = w.now;
    expect_forbidden(ask(editor, sooner), own_devices_view);  // his own, which isn't live yet
    expect_yes(ask(top, sooner));
    sooner.not_before = begin + Millis(1);
    expect_yes(ask(editor, sooner));
}

TEST_F(Permit, lets_anyone_leave_but_not_throw_out) {
    const UserId user = w.user(a, "user");
    expect_yes(ask(user, EndMembership{w.home(user), false, {}}));
    expect_unseen(ask(user, EndMembership{w.home(staff), false, {}}));
    expect_forbidden(ask(staff, EndMembership{w.home(user), false, {}}), users_delete);
}

TEST_F(Permit, suspends_accounts_only_when_they_are_wholly_in_reach) {
    expect_yes(ask(boss, SuspendUser{staff}));
    expect_yes(ask(boss, SuspendUser{below}));
    w.member(staff, b, role_user);
    const auto refusal = ask(boss, SuspendUser{staff});
    expect_forbidden(refusal, users_suspend);
    EXPECT_TRUE(refusal->membership_scope);
    expect_yes(ask(top, SuspendUser{staff}));
    expect_unseen(ask(other, ResumeUser{boss}));
}

TEST_F(Permit, adds_to_sets_only_what_is_held_REST_15) {
    PermissionSet weak = default_permissions(role_admin);
    weak.reset(index(audit_view));
    weak.reset(index(ota_view));
    w.permissions(a, role_admin, weak);
    expect_forbidden(ask(boss, put(a, role_user, permission_set({audit_view}))), audit_view);
    // ota.start is in no effect without ota.view, but would come with it some day.
    PermissionSet idle = weak;
    idle.set(index(ota_start));
    expect_yes(ask(boss, put(a, role_user, permission_set({users_view}))));
    expect_forbidden(ask(boss, put(a, role_user, permission_set({ota_start}))), ota_start);
    expect_yes(ask(top, put(a, role_admin, PermissionSet().set())));
    expect_unseen(ask(boss, put(a, RoleId{9}, {})));
    expect_unseen(ask(other, put(a, role_user, {})));
}

TEST_F(Permit, counts_what_a_grant_reaches_below) {
    // boss may control in a but doesn't enter; a role that enters would carry control below.
    PermissionSet no_enter = default_permissions(role_admin);
    no_enter.reset(index(suborgs_enter));
    w.permissions(a, role_admin, no_enter);
    w.permissions(root, role_user, {suborgs_view, suborgs_enter});
    w.member(boss, root, role_user);  // enter is held in a, by a role that may nothing else
    expect_yes(ask(boss, put(a, role_user, permission_set({suborgs_view}))));
    expect_forbidden(
        ask(boss,
            put(a, role_user, permission_set({suborgs_view, suborgs_enter, org_devices_view}))),
        org_devices_view);
}

TEST_F(Permit, makes_devices_for_the_org_or_for_oneself) {
    CreateDevice command;
    command.org = a;
    const UserId user = w.user(a, "user");
    expect_forbidden(ask(user, command), org_devices_provision);
    command.owner = user;
    expect_yes(ask(user, command));
    command.owner = staff;
    expect_unseen(ask(user, command));
    expect_forbidden(ask(staff, command = CreateDevice{a, "d", user, {}, {}, {}}),
                     org_devices_provision);
    expect_yes(ask(boss, command));
    expect_unseen(ask(other, command));
    w.permissions(a, role_user, {});
    expect_forbidden(ask(user, CreateDevice{a, "d", user, {}, {}, {}}), own_devices_provision);
}

TEST_F(Permit, gives_devices_only_to_owners_in_sight) {
    const DeviceId lamp = w.device(a, "lamp");
    expect_yes(ask(boss, SetOwner{lamp, staff, {}}));
    expect_unseen(ask(boss, SetOwner{lamp, other, {}}));
    expect_forbidden(ask(staff, SetOwner{lamp, staff, {}}), org_devices_transfer);
    expect_unseen(ask(other, SetOwner{lamp, std::nullopt, {}}));
}

TEST_F(Permit, keeps_operators_devices_and_users_to_their_own_commands) {
    const DeviceId lamp = w.device(a, "lamp");
    const auto asked = [&](const Actor& actor, const Command& command) {
        return permit(w.directory(), actor, command, w.now);
    };
    expect_yes(asked({}, CreateRoot{}));
    expect_yes(asked({}, SignIn{}));
    expect_forbidden(asked({}, DeleteDevice{lamp, {}}), std::nullopt);
    expect_yes(asked({lamp}, SetDeviceMeta{}));
    expect_forbidden(asked({lamp}, DeleteDevice{lamp, {}}), std::nullopt);
    expect_unseen(asked({DeviceId{999}}, SetDeviceMeta{}));
    expect_forbidden(ask(top, SetDeviceMeta{}), std::nullopt);
    expect_forbidden(ask(top, CreateRoot{}), std::nullopt);
    expect_forbidden(ask(top, SignIn{}), std::nullopt);
    expect_forbidden(ask(top, RefreshLogin{}), std::nullopt);
}

TEST_F(Permit, signs_out_only_oneself) {
    const LoginId mine = w.sign_in(boss);
    expect_yes(ask(boss, SignOut{mine}));
    expect_unseen(ask(top, SignOut{mine}));
    expect_unseen(ask(boss, SignOut{LoginId{999}}));
}

TEST_F(Permit, answers_a_suspended_actor_as_if_nothing_existed) {
    w.user(a, "another", role_admin);
    w.suspend(boss);
    expect_unseen(ask(boss, make_user(a, role_user)));
    expect_unseen(ask(boss, EndMembership{w.home(boss), false, {}}));
    expect_unseen(ask(UserId{999}, make_user(a, role_user)));
}

TEST_F(Permit, a_push_asks_of_each_org_what_is_not_held_all_the_way_down) {
    const Push push{a, PushMode::overwrite, {role_user}, std::nullopt};
    w.permissions(a, role_user, {roles_view});
    w.permissions(a, role_staff, {suborgs_view, suborgs_enter, roles_view, roles_push});
    expect_yes(ask(top, push));
    expect_yes(ask(boss, push));
    w.permissions(a, role_admin, PermissionSet().set().reset(index(org_devices_export)));
    expect_yes(ask(boss, push));  // not all that there is, but all that moves
    expect_forbidden(ask(staff, push), own_devices_view);  // what it takes from the users of a1
    w.member(staff, a1, role_admin);
    expect_yes(ask(staff, push));
    w.permissions(w.org(a, "a2"), role_user, default_permissions(role_user));
    expect_forbidden(ask(staff, push), own_devices_view);
}

// tenancy.md §3: what a change adds is held "at every org it reaches, links included".
TEST_F(Permit, a_set_is_asked_for_wherever_it_is_followed) {
    w.permissions(a, role_user, {org_devices_view});
    w.permissions(a, role_staff, {roles_view, roles_edit, org_devices_view, org_devices_control});
    const Command more = put(a, role_user, permission_set({org_devices_view, org_devices_control}));
    const Command less = put(a, role_user, {});
    expect_yes(ask(staff, more));
    w.run(Push{a, PushMode::link, {role_user}, {}});
    expect_forbidden(ask(staff, more), org_devices_control);
    expect_yes(ask(staff, less));  // a1 is out of his sight
    expect_yes(ask(boss, more));
    w.permissions(a, role_staff,
                  {roles_view, roles_edit, org_devices_view, org_devices_control, suborgs_view});
    expect_forbidden(ask(staff, less), org_devices_view);  // where both reach, and he only looks
    w.member(staff, a1, role_staff);
    w.permissions(a1, role_staff, {org_devices_view, org_devices_control});
    expect_yes(ask(staff, more));
    expect_yes(ask(staff, less));
    w.permissions(a1, role_user, {org_devices_view});  // follows nobody any more
    w.permissions(a1, role_staff, PermissionSet{});
    expect_yes(ask(staff, more));
}

TEST_F(Permit, an_undo_is_asked_for_what_its_links_have_come_to_give) {
    w.permissions(a, role_user, {roles_view});
    w.run(Push{a, PushMode::link, {role_user}, {}});
    w.run(Push{a, PushMode::overwrite, {role_user}, {}});
    w.permissions(a, role_staff, {suborgs_view, suborgs_enter, roles_view, roles_push});
    expect_yes(ask(staff, UndoPush{a}));
    w.permissions(a, role_user, {roles_view, org_devices_view});
    expect_forbidden(ask(staff, UndoPush{a}), org_devices_view);
    expect_yes(ask(boss, UndoPush{a}));
}

TEST_F(Permit, an_undo_is_asked_for_wherever_it_is_followed) {
    const OrgId a11 = w.org(a1, "a11");
    w.permissions(a, role_user, {roles_view});
    w.permissions(a1, role_user, {roles_view, org_devices_view});
    w.permissions(a11, role_user, {roles_view});
    w.run(Push{a, PushMode::overwrite, {role_user}, {}});
    w.run(Push{a1, PushMode::link, {role_user}, {}});  // a11 is not what the push to a left
    w.permissions(a, role_staff, {suborgs_view, suborgs_enter, roles_view, roles_push});
    w.member(staff, a1, role_staff);
    w.permissions(a1, role_staff, {org_devices_view});
    expect_forbidden(ask(staff, UndoPush{a}), org_devices_view);
    w.permissions(a1, role_staff, {org_devices_view, suborgs_view, suborgs_enter});
    expect_yes(ask(staff, UndoPush{a}));
}

}  // namespace
}  // namespace treeline
