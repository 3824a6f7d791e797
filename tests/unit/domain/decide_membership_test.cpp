// Users and memberships: made, changed, ended, and the last admin.
#include <gtest/gtest.h>

#include "tests/unit/domain/refusals.hpp"

namespace treeline {
namespace {

using std::chrono::hours;

struct DecideMembership : testing::Test {
    WorldBuilder w;
    OrgId root = w.root();
    OrgId a = w.org(root, "a");
    OrgId b = w.org(root, "b");
    UserId boss = w.user(a, "boss", role_admin);
    UserId ann = w.user(a, "ann");

    CreateMembership invitation(OrgId org, std::string email) {
        CreateMembership command;
        command.org = org;
        command.email = std::move(email);
        command.role = role_user;
        return command;
    }
    EndMembership end(MembershipId id, bool allow_orphan = false) {
        return EndMembership{id, allow_orphan, {}};
    }
    PatchMembership patch(MembershipId id) {
        PatchMembership command;
        command.membership = id;
        return command;
    }
};

TEST_F(DecideMembership, makes_an_active_user_at_home) {
    const User& user = *w.directory().user(ann);
    EXPECT_EQ(user.status, UserStatus::active);
    EXPECT_EQ(user.email, "ann@example.com");
    EXPECT_EQ(w.directory().membership(user.home)->org, a);
}

TEST_F(DecideMembership, knows_a_taken_address_in_any_case) {
    CreateUser command{b, "ANN@Example.com", "Ann", role_user, "verifier"};
    EXPECT_EQ(refusal_of(w, command), RefusalCode::email_taken);
    command.email = "no address";
    EXPECT_EQ(refusal_of(w, command), RefusalCode::invalid);
    command = {b, "new@example.com", "New", RoleId{12}, "verifier"};
    EXPECT_EQ(refusal_of(w, command), RefusalCode::invalid);
    command = {b, "new@example.com", "New", role_user, ""};
    EXPECT_EQ(refusal_of(w, command), RefusalCode::invalid);
}

TEST_F(DecideMembership, is_one_per_user_and_org) {
    CreateMembership command;
    command.org = a;
    command.user = ann;
    command.role = role_staff;
    EXPECT_EQ(refusal_of(w, command), RefusalCode::already_member);
    command.org = b;
    EXPECT_EQ(refusal_of(w, command), std::nullopt);
    command.user = UserId{99};
    EXPECT_EQ(refusal_of(w, command), RefusalCode::not_found);
}

TEST_F(DecideMembership, invites_known_and_unknown_addresses_alike) {
    for (const char* email : {"ann@example.com", "nobody@example.com"}) {
        const auto decided = w.attempt(invitation(b, email));
        ASSERT_TRUE(decided.has_value());
        ASSERT_EQ(decided->change.events.size(), 1U);
        const auto& made = std::get<MembershipPut>(decided->change.events[0]).membership;
        EXPECT_EQ(made.user, UserId{});
        EXPECT_EQ(made.status, MembershipStatus::pending);
    }
}

TEST_F(DecideMembership, invites_an_address_once_per_org) {
    w.run(invitation(b, "new@example.com"));
    EXPECT_EQ(refusal_of(w, invitation(b, "NEW@example.com")), RefusalCode::already_member);
    EXPECT_EQ(refusal_of(w, invitation(a, "new@example.com")), std::nullopt);
    EXPECT_EQ(refusal_of(w, invitation(a, "ann@example.com")), RefusalCode::already_member);
}

TEST_F(DecideMembership, answers_an_invitation_by_the_account_it_was_for) {
    const MembershipId invited{w.run(invitation(b, "new@example.com"))};
    w.user(b, "new");
    EXPECT_EQ(w.directory().membership(invited), nullptr);
    const MembershipId second{w.run(invitation(b, "ann@example.com"))};
    w.member(ann, b, role_user);
    EXPECT_EQ(w.directory().membership(second), nullptr);
    EXPECT_TRUE(w.directory().invitations_to("ann@example.com").empty());
}

TEST_F(DecideMembership, refuses_windows_that_never_open) {
    CreateMembership command = invitation(b, "x@example.com");
    command.not_after = w.now;
    EXPECT_EQ(refusal_of(w, command), RefusalCode::invalid);
    command.not_after = w.now + hours(2);
    command.not_before = w.now + hours(2);
    EXPECT_EQ(refusal_of(w, command), RefusalCode::invalid);
    command.not_before = w.now - hours(1);
    EXPECT_EQ(refusal_of(w, command), std::nullopt);
}

TEST_F(DecideMembership, changes_and_removes_an_edge) {
    const MembershipId id = w.member(ann, b, role_user, std::nullopt, w.now + hours(1));
    PatchMembership command = patch(id);
    command.not_after = std::optional<UnixTime>();
    w.run(command);
    EXPECT_FALSE(w.directory().membership(id)->not_after);
    EXPECT_TRUE(changes_nothing(w, command));
    command.not_after = std::optional(w.now - hours(1));
    EXPECT_EQ(refusal_of(w, command), RefusalCode::invalid);
}

TEST_F(DecideMembership, lets_a_past_end_stand_when_something_else_changes) {
    const MembershipId id = w.member(ann, b, role_user, std::nullopt, w.now + hours(1));
    w.now += hours(2);
    PatchMembership command = patch(id);
    command.role = role_staff;
    EXPECT_EQ(refusal_of(w, command), std::nullopt);
}

TEST_F(DecideMembership, refuses_what_was_decided_on_an_older_state_REST_37) {
    const MembershipId id = w.home(ann);
    PatchMembership command = patch(id);
    command.role = role_staff;
    command.if_match = w.directory().membership(id)->changed_at;
    w.run(command);
    EXPECT_EQ(refusal_of(w, command), RefusalCode::precondition_failed);
    EndMembership ending = end(id);
    ending.if_match = command.if_match;
    EXPECT_EQ(refusal_of(w, ending), RefusalCode::precondition_failed);
}

TEST_F(DecideMembership, clears_ownership_in_that_org_in_the_same_change) {
    const MembershipId there = w.member(ann, b, role_user);
    const DeviceId here_device = w.device(a, "here", ann);
    const DeviceId there_device = w.device(b, "there", ann);
    const DeviceId others = w.device(b, "not hers");
    w.run(end(there));
    EXPECT_EQ(w.directory().device(here_device)->owner, ann);
    EXPECT_EQ(w.directory().device(there_device)->owner, UserId{});
    EXPECT_EQ(w.directory().device(there_device)->ownership_epoch, 2U);
    EXPECT_EQ(w.directory().device(others)->ownership_epoch, 1U);
}

TEST_F(DecideMembership, moves_home_to_the_oldest_that_remains) {
    const MembershipId second = w.member(ann, b, role_user);
    w.member(ann, root, role_user);
    w.run(end(w.home(ann)));
    EXPECT_EQ(w.home(ann), second);
    w.run(end(w.home(ann)));
    w.run(end(w.home(ann)));
    EXPECT_EQ(w.home(ann), MembershipId{});
    const MembershipId again = w.member(ann, a, role_user);
    EXPECT_EQ(w.home(ann), again);
}

TEST_F(DecideMembership, keeps_the_last_admin_REST_16) {
    PatchMembership demotion = patch(w.home(boss));
    demotion.role = role_user;
    PatchMembership ending = patch(w.home(boss));
    ending.not_after = std::optional(w.now + hours(9));
    PatchMembership later = patch(w.home(boss));
    later.not_before = std::optional(w.now + hours(9));
    for (const Command& command : {Command(end(w.home(boss))), Command(demotion), Command(ending),
                                   Command(later), Command(SuspendUser{boss})}) {
        EXPECT_EQ(refusal_of(w, command), RefusalCode::last_admin) << command.index();
    }
    w.user(a, "second", role_admin);
    for (const Command& command : {Command(end(w.home(boss))), Command(demotion), Command(ending),
                                   Command(later), Command(SuspendUser{boss})}) {
        EXPECT_EQ(refusal_of(w, command), std::nullopt) << command.index();
    }
}

TEST_F(DecideMembership, counts_as_admins_only_those_who_are_and_stay) {
    const UserId carl = w.user(b, "carl");
    w.member(carl, a, role_admin, w.now + hours(1));  // not begun
    const UserId dora = w.user(b, "dora");
    w.member(dora, a, role_admin, std::nullopt, w.now + hours(1));  // ends
    const UserId emil = w.user(b, "emil");
    w.member(emil, a, role_admin);
    w.suspend(emil);
    EXPECT_EQ(refusal_of(w, SuspendUser{boss}), RefusalCode::last_admin);
    w.now += hours(1);
    EXPECT_EQ(refusal_of(w, SuspendUser{boss}), std::nullopt);  // carl has begun
}

TEST_F(DecideMembership, orphans_an_org_knowingly_but_never_the_root) {
    const Actor above{w.admin()};
    const Actor himself{boss};
    EXPECT_EQ(refusal_of(w, end(w.home(boss), true), above), std::nullopt);
    EXPECT_EQ(refusal_of(w, SuspendUser{boss, true}, above), std::nullopt);
    EXPECT_EQ(refusal_of(w, SuspendUser{boss}, above), RefusalCode::last_admin);
    EXPECT_EQ(refusal_of(w, end(w.home(boss), true), himself), RefusalCode::last_admin);
    EXPECT_EQ(refusal_of(w, end(w.home(w.admin()), true), above), RefusalCode::last_admin);
}

TEST_F(DecideMembership, lets_the_last_admin_leave_an_org_that_is_out_of_his_sight) {
    w.suspend_org(a);
    EXPECT_EQ(refusal_of(w, end(w.home(boss)), Actor{boss}), std::nullopt);
    EXPECT_EQ(refusal_of(w, end(w.home(boss)), Actor{w.admin()}), RefusalCode::last_admin);
}

TEST_F(DecideMembership, ends_every_session_of_a_suspended_user_ACC_18) {
    const LoginId login = w.sign_in(ann);
    const DeviceId lamp = w.device(a, "lamp", ann);
    w.suspend(ann);
    EXPECT_EQ(w.directory().login(login), nullptr);
    EXPECT_EQ(w.directory().user(ann)->auth_epoch, 1U);
    EXPECT_EQ(w.directory().device(lamp)->owner, ann);
    EXPECT_TRUE(changes_nothing(w, SuspendUser{ann}));
    w.run(ResumeUser{ann});
    EXPECT_EQ(w.directory().user(ann)->status, UserStatus::active);
    EXPECT_TRUE(changes_nothing(w, ResumeUser{ann}));
    EXPECT_EQ(w.directory().user(ann)->auth_epoch, 1U);
}

}  // namespace
}  // namespace treeline
