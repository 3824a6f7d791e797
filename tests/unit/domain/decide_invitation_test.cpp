// Invitations: one live link, bound to its address and role, worth nothing to anybody else.
#include <gtest/gtest.h>

#include "tests/unit/domain/refusals.hpp"

namespace treeline {
namespace {

using std::chrono::hours;
constexpr hours thirty_days{30 * 24};

struct DecideInvitation : testing::Test {
    WorldBuilder w;
    OrgId root = w.root();
    OrgId a = w.org(root, "a");
    OrgId b = w.org(root, "b");
    UserId boss = w.user(a, "boss", role_admin);
    UserId ann = w.user(b, "ann");

    Invite invitation(const std::string& email, OrgId org = OrgId{2}) {
        Invite command;
        command.org = org;
        command.email = email;
        command.name = "Invited";
        command.phone = "+44 1";
        command.role = role_user;
        command.token = {w.next_token(), "nonce"};
        return command;
    }
    // Of ann@example.com, as her invitation's mail brings it.
    AcceptInvitation by_mail(const TokenHash& token, std::string password = "chosen") {
        return {token, "", "Newcomer", std::move(password)};
    }
    MembershipId made(const Invite& command) { return MembershipId{w.run(command, Actor{boss})}; }
    void verify(UserId user) {
        UserRecord record = *w.directory().user(user);
        record.email_verified_at = w.now;
        Change change;
        change.at = w.now;
        change.events.emplace_back(UserPut{record});
        w.take(change);
    }
    const OutgoingMail& mail() { return w.changes().back().mail.back(); }
};

TEST_F(DecideInvitation, waits_for_an_address_whoever_has_it) {
    for (const char* email : {"ann@example.com", "nobody@example.com"}) {
        const Invite command = invitation(email);
        const MembershipId id = made(command);
        const Membership& waiting = *w.directory().membership(id);
        EXPECT_EQ(waiting.user, UserId{});
        EXPECT_EQ(waiting.status, MembershipStatus::pending);
        EXPECT_EQ(waiting.granted_by, boss);
        EXPECT_EQ(waiting.invite->expires_at, w.now + thirty_days);
        EXPECT_EQ(w.directory().invitation_by_token(command.token.hash)->id, id);
        EXPECT_EQ(w.changes().back().events.size(), 1U) << "known and unknown alike";
        EXPECT_EQ(mail().to, email);
        EXPECT_EQ(mail().values.at("nonce"), "nonce");
        EXPECT_EQ(mail().values.at("org"), "a");
        EXPECT_EQ(mail().values.at("role"), "User");
        EXPECT_EQ(mail().values.at("inviter"), "boss");
        EXPECT_EQ(mail().values.at("expires"), "2027-02-14");
    }
}

TEST_F(DecideInvitation, tells_its_receiver_alone_whether_a_password_is_needed) {
    made(invitation("nobody@example.com"));
    EXPECT_EQ(mail().kind, MailKind::invitation);
    made(invitation("ann@example.com"));
    EXPECT_EQ(mail().kind, MailKind::invitation) << "an account that somebody made";
    verify(ann);
    made(invitation("ann@example.com", root));
    EXPECT_EQ(mail().kind, MailKind::membership_invitation);
}

TEST_F(DecideInvitation, refuses_what_is_no_invitation) {
    Invite command = invitation("no address");
    EXPECT_EQ(refusal_of(w, command), RefusalCode::invalid);
    command = invitation("x@example.com");
    command.name = "\n";
    EXPECT_EQ(refusal_of(w, command), RefusalCode::invalid);
    command = invitation("x@example.com");
    command.phone = std::string(81, '1');
    EXPECT_EQ(refusal_of(w, command), RefusalCode::invalid);
    command = invitation("x@example.com");
    command.role = RoleId{9};
    EXPECT_EQ(refusal_of(w, command), RefusalCode::invalid);
    command = invitation("x@example.com");
    command.not_after = w.now;
    EXPECT_EQ(refusal_of(w, command), RefusalCode::invalid);
    command = invitation("x@example.com", OrgId{99});
    EXPECT_EQ(refusal_of(w, command), RefusalCode::not_found);
    EXPECT_EQ(refusal_of(w, invitation("boss@example.com")), RefusalCode::already_member);
}

TEST_F(DecideInvitation, becomes_an_account_with_a_proven_address) {
    const Invite command = invitation("new@example.com");
    const MembershipId id = made(command);
    EXPECT_EQ(MembershipId{w.run(by_mail(command.token.hash))}, id);
    const Membership& membership = *w.directory().membership(id);
    const User& user = *w.directory().user_by_email("new@example.com");
    EXPECT_EQ(membership.user, user.id);
    EXPECT_EQ(membership.status, MembershipStatus::active);
    EXPECT_EQ(membership.role, role_user);
    EXPECT_FALSE(membership.invite);
    EXPECT_EQ(user.home, id);
    EXPECT_EQ(user.status, UserStatus::active);
    EXPECT_EQ(user.name, "Newcomer");
    EXPECT_EQ(user.phone, "+44 1");
    EXPECT_EQ(user.email_verified_at, w.now);
    EXPECT_EQ(user.password_verifier, "chosen");
    EXPECT_TRUE(w.directory().invitations_to("new@example.com").empty());
}

TEST_F(DecideInvitation, keeps_the_name_that_its_maker_knew) {
    const Invite command = invitation("new@example.com");
    made(command);
    w.run(AcceptInvitation{command.token.hash, "NEW@example.com", "", "chosen"});
    EXPECT_EQ(w.directory().user_by_email("new@example.com")->name, "Invited");
}

TEST_F(DecideInvitation, ACC_10_is_accepted_once_and_by_its_address) {
    const Invite command = invitation("new@example.com");
    made(command);
    AcceptInvitation other = by_mail(command.token.hash);
    other.email = "other@example.com";
    EXPECT_EQ(refusal_of(w, other), RefusalCode::forbidden);
    EXPECT_EQ(refusal_of(w, by_mail(command.token.hash, "")), RefusalCode::invalid);
    EXPECT_EQ(refusal_of(w, by_mail(w.next_token())), RefusalCode::gone);
    w.run(by_mail(command.token.hash));
    EXPECT_EQ(refusal_of(w, by_mail(command.token.hash)), RefusalCode::gone);
}

TEST_F(DecideInvitation, ends_after_thirty_days_or_with_its_period) {
    const Invite command = invitation("new@example.com");
    Invite brief = invitation("brief@example.com");
    brief.not_after = w.now + hours(1);
    made(command);
    made(brief);
    w.now += hours(1);
    EXPECT_EQ(refusal_of(w, by_mail(brief.token.hash)), RefusalCode::gone);
    w.now += thirty_days - hours(1) - Millis{1};
    EXPECT_EQ(refusal_of(w, by_mail(command.token.hash)), std::nullopt);
    w.now += Millis{1};
    EXPECT_EQ(refusal_of(w, by_mail(command.token.hash)), RefusalCode::gone);
}

TEST_F(DecideInvitation, gives_way_to_a_new_one_once_it_has_expired) {
    const MembershipId first = made(invitation("new@example.com"));
    EXPECT_EQ(refusal_of(w, invitation("new@example.com")), RefusalCode::already_member);
    w.now += thirty_days;
    made(invitation("new@example.com"));
    EXPECT_EQ(w.directory().membership(first), nullptr);
    EXPECT_EQ(w.directory().invitations_to("new@example.com").size(), 1U);
}

TEST_F(DecideInvitation, ACC_12_has_one_live_link) {
    const Invite command = invitation("new@example.com");
    const MembershipId id = made(command);
    w.now += hours(24);
    ResendInvitation again{id, {w.next_token(), "second"}};
    w.run(again, Actor{w.admin()});
    EXPECT_EQ(refusal_of(w, by_mail(command.token.hash)), RefusalCode::gone);
    EXPECT_EQ(refusal_of(w, by_mail(again.token.hash)), std::nullopt);
    const Membership& waiting = *w.directory().membership(id);
    EXPECT_EQ(waiting.invite->expires_at, w.now + thirty_days);
    EXPECT_EQ(waiting.granted_by, w.admin()) << "who sent it again vouches for it";
    EXPECT_EQ(waiting.invite->phone, "+44 1");
    EXPECT_EQ(mail().values.at("nonce"), "second");
    w.run(EndMembership{id, false, {}});
    EXPECT_EQ(refusal_of(w, by_mail(again.token.hash)), RefusalCode::gone);
    EXPECT_EQ(refusal_of(w, again), RefusalCode::not_found);
    EXPECT_EQ(refusal_of(w, ResendInvitation{w.home(ann), {}}), RefusalCode::not_found);
}

TEST_F(DecideInvitation, makes_an_account_that_a_stranger_made_worthless_to_him) {
    const LoginId strangers = w.sign_in(ann);
    const Invite command = invitation("ann@example.com");
    made(command);
    EXPECT_EQ(refusal_of(w, by_mail(command.token.hash, "")), RefusalCode::invalid);
    w.run(by_mail(command.token.hash));
    const User& user = *w.directory().user(ann);
    EXPECT_EQ(user.password_verifier, "chosen");
    EXPECT_EQ(user.email_verified_at, w.now);
    EXPECT_EQ(w.directory().login(strangers), nullptr);
    EXPECT_EQ(user.auth_epoch, 1U);
    EXPECT_EQ(user.name, "ann");
    EXPECT_EQ(w.directory().membership(user.home)->org, b);
}

TEST_F(DecideInvitation, leaves_the_password_of_a_proven_account_alone) {
    verify(ann);
    const LoginId hers = w.sign_in(ann);
    const Invite command = invitation("ann@example.com");
    const MembershipId id = made(command);
    w.run(by_mail(command.token.hash, "another"));
    EXPECT_EQ(w.directory().user(ann)->password_verifier, "verifier");
    EXPECT_NE(w.directory().login(hers), nullptr);
    EXPECT_EQ(w.directory().membership(id)->user, ann);
}

TEST_F(DecideInvitation, is_nothing_for_a_suspended_account) {
    const Invite command = invitation("ann@example.com");
    made(command);
    w.suspend(ann);
    EXPECT_EQ(refusal_of(w, by_mail(command.token.hash)), RefusalCode::forbidden);
}

TEST_F(DecideInvitation, is_accepted_and_declined_by_its_account) {
    const MembershipId id = made(invitation("ann@example.com"));
    const Actor herself{ann};
    EXPECT_EQ(refusal_of(w, AcceptMembership{id}, Actor{boss}), RefusalCode::gone);
    EXPECT_EQ(refusal_of(w, AcceptMembership{MembershipId{99}}, herself), RefusalCode::not_found);
    EXPECT_EQ(refusal_of(w, DeclineMembership{id}, herself), std::nullopt);
    w.run(AcceptMembership{id}, herself);
    EXPECT_EQ(w.directory().membership(id)->user, ann);
    EXPECT_EQ(refusal_of(w, AcceptMembership{id}, herself), RefusalCode::gone);
    EXPECT_EQ(refusal_of(w, DeclineMembership{id}, herself), RefusalCode::gone);
    const MembershipId second = made(invitation("ann@example.com", root));
    w.run(DeclineMembership{second}, herself);
    EXPECT_EQ(w.directory().membership(second), nullptr);
}

TEST_F(DecideInvitation, is_a_home_to_who_has_none) {
    const MembershipId id = made(invitation("ann@example.com"));
    w.run(EndMembership{w.home(ann), false, {}});
    ASSERT_EQ(w.home(ann), MembershipId{});
    w.run(AcceptMembership{id}, Actor{ann});
    EXPECT_EQ(w.home(ann), id);
}

TEST_F(DecideInvitation, home_is_chosen_among_ones_own) {
    const MembershipId second = w.member(ann, a, role_user);
    w.run(SetHome{second}, Actor{ann});
    EXPECT_EQ(w.home(ann), second);
    EXPECT_TRUE(changes_nothing(w, SetHome{second}, Actor{ann}));
    EXPECT_EQ(refusal_of(w, SetHome{w.home(boss)}, Actor{ann}), RefusalCode::not_found);
    const MembershipId waiting = made(invitation("ann@example.com", root));
    EXPECT_EQ(refusal_of(w, SetHome{waiting}, Actor{ann}), RefusalCode::not_found);
}

}  // namespace
}  // namespace treeline
