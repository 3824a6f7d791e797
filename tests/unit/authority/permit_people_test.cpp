// permit: who may invite, accept, delete and transfer people, and how a no reads.
#include <gtest/gtest.h>

#include "broker/authority/permit.hpp"
#include "tests/support/world.hpp"

namespace treeline {
namespace {

using enum Permission;
using std::chrono::hours;

// root ─ a ─ a1, b beside a, and another tree.
struct PermitPeople : testing::Test {
    WorldBuilder w;
    OrgId root = w.root();
    OrgId a = w.org(root, "a");
    OrgId a1 = w.org(a, "a1");
    OrgId b = w.org(root, "b");
    OrgId stranger = w.root("stranger");
    UserId top = w.admin();
    UserId boss = w.user(a, "boss", role_admin);
    UserId staff = w.user(a, "staff", role_staff);
    UserId ann = w.user(a, "ann");
    UserId other = w.user(b, "other", role_admin);
    UserId far = w.user(stranger, "far", role_admin);

    std::optional<Refusal> ask(UserId user, const Command& command) {
        return permit(w.directory(), Actor{user}, command, w.now);
    }
    std::optional<Refusal> by_mail(const TokenHash& token) {
        return permit(w.directory(), Actor{}, AcceptInvitation{token, "", "n", "verifier"}, w.now);
    }
    void expect_yes(const std::optional<Refusal>& refusal) {
        EXPECT_FALSE(refusal) << name(refusal->code) << ": " << refusal->detail;
    }
    void expect_unseen(const std::optional<Refusal>& refusal) {
        ASSERT_TRUE(refusal);
        EXPECT_EQ(refusal->code, RefusalCode::not_found);
        EXPECT_FALSE(refusal->missing || refusal->membership_scope);
    }
    void expect_forbidden(const std::optional<Refusal>& refusal,
                          std::optional<Permission> missing = std::nullopt) {
        ASSERT_TRUE(refusal);
        EXPECT_EQ(refusal->code, RefusalCode::forbidden);
        EXPECT_EQ(refusal->missing, missing);
    }
    void expect_gone(const std::optional<Refusal>& refusal) {
        ASSERT_TRUE(refusal);
        EXPECT_EQ(refusal->code, RefusalCode::gone);
    }
    Invite invitation(OrgId org, RoleId role = role_user,
                      const std::string& email = "new@example.com") {
        Invite command;
        command.org = org;
        command.email = email;
        command.role = role;
        command.token = {w.next_token(), "nonce"};
        return command;
    }
    MembershipId invited(UserId maker, const Invite& command) {
        return MembershipId{w.run(command, Actor{maker})};
    }
    void verify(UserId user) {
        UserRecord record = *w.directory().user(user);
        record.email_verified_at = w.now;
        Change change;
        change.at = w.now;
        change.events.emplace_back(UserPut{record});
        w.take(change);
    }
    TransferUser transfer(UserId user, OrgId org, RoleId role = role_user,
                          bool with_devices = false) {
        return {user, org, role, with_devices, false};
    }
};

TEST_F(PermitPeople, invite_into_what_they_see_and_no_role_above_their_own) {
    expect_yes(ask(boss, invitation(a, role_admin)));
    expect_yes(ask(boss, invitation(a1, role_admin)));
    expect_yes(ask(staff, invitation(a, role_staff)));
    expect_forbidden(ask(staff, invitation(a, role_admin)), own_devices_delete);
    expect_forbidden(ask(ann, invitation(a)), users_invite);
    expect_unseen(ask(boss, invitation(b)));
    expect_unseen(ask(boss, invitation(OrgId{99})));
    expect_unseen(ask(far, invitation(a)));
}

TEST_F(PermitPeople, invite_for_no_longer_than_they_stay) {
    const UserId brief = w.user(b, "brief");
    w.member(brief, a, role_admin, std::nullopt, w.now + hours(2));
    expect_forbidden(ask(brief, invitation(a)), own_devices_view);
    Invite command = invitation(a);
    command.not_after = w.now + hours(2);
    expect_yes(ask(brief, command));
    command.not_after = w.now + hours(2) + Millis{1};
    expect_forbidden(ask(brief, command), own_devices_view);
}

TEST_F(PermitPeople, send_again_and_revoke_what_they_could_have_made) {
    const MembershipId id = invited(boss, invitation(a, role_staff));
    const MembershipId high = invited(boss, invitation(a, role_admin, "high@example.com"));
    expect_yes(ask(staff, ResendInvitation{id, {}}));
    expect_forbidden(ask(staff, ResendInvitation{high, {}}), own_devices_delete);
    expect_unseen(ask(ann, ResendInvitation{id, {}}));
    expect_unseen(ask(other, ResendInvitation{id, {}}));
    expect_unseen(ask(boss, ResendInvitation{MembershipId{99}, {}}));
    expect_yes(ask(staff, EndMembership{id, false, {}}));
    expect_forbidden(ask(staff, EndMembership{high, false, {}}), own_devices_delete);
    expect_forbidden(ask(staff, EndMembership{w.home(ann), false, {}}), users_delete);
    expect_unseen(ask(other, EndMembership{id, false, {}}));
}

TEST_F(PermitPeople, accept_by_session_only_with_a_proven_address_in_their_tree) {
    const MembershipId id = invited(top, invitation(b, role_user, "ann@example.com"));
    const MembershipId cross = invited(far, invitation(stranger, role_user, "ann@example.com"));
    expect_forbidden(ask(ann, AcceptMembership{id}));
    expect_forbidden(ask(ann, DeclineMembership{id}));
    verify(ann);
    expect_yes(ask(ann, AcceptMembership{id}));
    expect_yes(ask(ann, DeclineMembership{id}));
    expect_forbidden(ask(ann, AcceptMembership{cross}));
    expect_yes(ask(ann, DeclineMembership{cross}));
    expect_forbidden(ask(other, AcceptMembership{id}));  // sees it, and it is not his
    expect_forbidden(ask(other, DeclineMembership{id}));
    expect_unseen(ask(staff, AcceptMembership{id}));
    expect_unseen(ask(ann, AcceptMembership{MembershipId{99}}));
    expect_forbidden(ask(boss, AcceptMembership{w.home(staff)}));
}

TEST_F(PermitPeople, leave_the_tree_with_their_last_membership_there) {
    const MembershipId id = invited(top, invitation(b, role_user, "ann@example.com"));
    verify(ann);
    PatchMembership ends;
    ends.membership = w.home(ann);
    ends.not_after = std::optional(w.now + hours(1));
    w.run(ends);
    expect_yes(ask(ann, AcceptMembership{id}));
    w.now += hours(1);
    expect_forbidden(ask(ann, AcceptMembership{id}));
}

TEST_F(PermitPeople, accept_only_what_its_maker_could_still_give) {
    const Invite by_staff = invitation(a, role_staff, "ann2@example.com");
    const MembershipId id = invited(staff, by_staff);
    expect_yes(by_mail(by_staff.token.hash));
    w.suspend(staff);
    expect_gone(by_mail(by_staff.token.hash));
    w.run(ResumeUser{staff});
    expect_yes(by_mail(by_staff.token.hash));
    PatchMembership lower;
    lower.membership = w.home(staff);
    lower.role = role_user;
    w.run(lower);
    expect_gone(by_mail(by_staff.token.hash));
    lower.role = role_staff;
    w.run(lower);
    PatchMembership raise;
    raise.membership = id;
    raise.role = role_admin;
    w.run(raise, Actor{boss});
    expect_gone(by_mail(by_staff.token.hash));
    w.run(ResendInvitation{id, {w.next_token(), "again"}}, Actor{boss});
    expect_yes(by_mail(w.directory().membership(id)->invite->token));
    w.suspend_org(a);
    expect_gone(by_mail(w.directory().membership(id)->invite->token));
}

TEST_F(PermitPeople, never_outlive_the_window_of_who_invited_them) {
    const UserId brief = w.user(b, "brief");
    w.member(brief, a, role_admin, std::nullopt, w.now + hours(2));
    Invite command = invitation(a);
    command.not_after = w.now + hours(2);
    const MembershipId id = invited(brief, command);
    expect_yes(by_mail(command.token.hash));
    PatchMembership longer;
    longer.membership = id;
    longer.not_after = std::optional<UnixTime>();
    w.run(longer, Actor{boss});
    expect_gone(by_mail(command.token.hash));
    longer.not_after = std::optional(w.now + hours(2));
    w.run(longer, Actor{boss});
    w.now += hours(2);
    expect_gone(by_mail(command.token.hash));
}

TEST_F(PermitPeople, accept_by_session_only_what_its_maker_could_still_give) {
    const MembershipId id = invited(boss, invitation(a1, role_user, "ann@example.com"));
    verify(ann);
    expect_yes(ask(ann, AcceptMembership{id}));
    w.run(EndMembership{w.home(boss), true, {}}, Actor{top});
    expect_gone(ask(ann, AcceptMembership{id}));
}

TEST_F(PermitPeople, choose_their_own_home_among_what_is_in_force) {
    const MembershipId second = w.member(ann, b, role_user, w.now + hours(1));
    expect_forbidden(ask(ann, SetHome{second}));
    w.now += hours(1);
    expect_yes(ask(ann, SetHome{second}));
    expect_forbidden(ask(boss, SetHome{w.home(ann)}));
    expect_unseen(ask(boss, SetHome{second}));
    expect_unseen(ask(ann, SetHome{MembershipId{99}}));
}

TEST_F(PermitPeople, delete_with_the_permission_at_any_org_of_the_user) {
    const DeleteUser command{ann, false, {}};
    expect_yes(ask(boss, command));
    expect_yes(ask(ann, command));
    expect_forbidden(ask(staff, command), users_delete);
    expect_unseen(ask(other, command));
    expect_unseen(ask(boss, DeleteUser{UserId{99}, false, {}}));
    w.member(ann, b, role_user);
    expect_yes(ask(other, command));
    expect_forbidden(ask(staff, command), users_delete);
}

TEST_F(PermitPeople, delete_nobody_who_holds_what_they_do_not) {
    PermissionSet set = default_permissions(role_staff);
    set.set(index(users_delete));
    w.permissions(a, role_staff, set);
    expect_forbidden(ask(staff, DeleteUser{boss, false, {}}), own_devices_delete);
    expect_yes(ask(staff, DeleteUser{ann, false, {}}));
    w.member(ann, a1, role_admin);
    expect_forbidden(ask(staff, DeleteUser{ann, false, {}}), own_devices_delete);
}

TEST_F(PermitPeople, delete_alike_whatever_the_user_holds_out_of_sight) {
    w.member(ann, b, role_admin);
    w.member(ann, stranger, role_admin);
    expect_yes(ask(boss, DeleteUser{ann, false, {}}));
}

TEST_F(PermitPeople, transfer_with_the_right_at_home_and_at_the_target) {
    expect_yes(ask(top, transfer(ann, b)));
    expect_yes(ask(boss, transfer(ann, a1)));
    expect_forbidden(ask(staff, transfer(ann, a1)), users_transfer);
    expect_unseen(ask(boss, transfer(ann, b)));
    expect_unseen(ask(other, transfer(ann, b)));
    expect_unseen(ask(top, transfer(UserId{99}, b)));
    expect_forbidden(ask(ann, transfer(ann, a)), users_transfer);
}

TEST_F(PermitPeople, transfer_nobody_upward_and_to_no_role_above_their_own) {
    PermissionSet set = default_permissions(role_staff);
    set.set(index(users_transfer));
    w.permissions(a, role_staff, set);
    expect_yes(ask(staff, transfer(ann, a1)));
    expect_forbidden(ask(staff, transfer(ann, a1, role_admin)), own_devices_delete);
    expect_forbidden(ask(staff, transfer(boss, a1)), own_devices_delete);
    expect_forbidden(ask(staff, transfer(ann, a1, role_user, true)), org_devices_transfer);
    expect_yes(ask(boss, transfer(ann, a1, role_user, true)));
    expect_forbidden(ask(boss, transfer(boss, a1, role_user)), users_transfer);
}

TEST_F(PermitPeople, transfer_only_the_home_that_is_in_reach) {
    w.member(ann, b, role_user);
    const auto refusal = ask(other, transfer(ann, b));
    expect_forbidden(refusal, users_transfer);
    EXPECT_TRUE(refusal->membership_scope);
}

TEST_F(PermitPeople, leave_mailed_tokens_to_the_broker) {
    expect_forbidden(ask(top, RequestReset{"ann@example.com", {}}));
    expect_forbidden(ask(top, FinishReset{w.next_token(), "v"}));
    expect_forbidden(ask(top, AcceptInvitation{w.next_token(), "", "", "v"}));
    EXPECT_FALSE(by_mail(w.next_token())) << "decide answers for a token that nobody has";
    EXPECT_TRUE(permit(w.directory(), Actor{}, DeleteUser{ann, false, {}}, w.now));
}

}  // namespace
}  // namespace treeline
