// Accounts that leave: deleted as far as somebody reaches, or transferred with their home.
#include <gtest/gtest.h>

#include "broker/authority/permit.hpp"
#include "tests/unit/domain/refusals.hpp"

namespace treeline {
namespace {

using std::chrono::hours;

struct DecideDeparture : testing::Test {
    WorldBuilder w;
    OrgId root = w.root();
    OrgId a = w.org(root, "a");
    OrgId b = w.org(root, "b");
    UserId boss = w.user(a, "boss", role_admin);
    UserId other = w.user(b, "other", role_admin);
    UserId ann = w.user(a, "ann");

    // As the registry does: with what the actor's rights make of it.
    Command by(UserId actor, const Command& command) {
        return with_standing(w.directory(), Actor{actor}, command, w.now);
    }
    Command remove(UserId actor, UserId user, bool allow_orphan = false) {
        return by(actor, DeleteUser{user, allow_orphan, {}});
    }
    TransferUser transfer(UserId user, OrgId org, bool with_devices = false) {
        return {user, org, role_user, with_devices, false};
    }
    std::optional<RefusalCode> refused(UserId actor, const Command& command) {
        return refusal_of(w, by(actor, command), Actor{actor});
    }
};

TEST_F(DecideDeparture, ends_the_account_with_its_last_membership_ACC_26) {
    const DeviceId lamp = w.device(a, "lamp", ann);
    const LoginId login = w.sign_in(ann);
    w.run(remove(boss, ann), Actor{boss});
    EXPECT_EQ(w.directory().user(ann), nullptr);
    EXPECT_EQ(w.directory().login(login), nullptr);
    EXPECT_EQ(w.directory().user_by_email("ann@example.com"), nullptr);
    EXPECT_EQ(w.directory().device(lamp)->owner, UserId{});
    EXPECT_EQ(w.directory().device(lamp)->ownership_epoch, 2U);
    EXPECT_NE(w.user(a, "ann"), ann) << "who comes again gets a new id";
}

TEST_F(DecideDeparture, ends_only_what_is_in_reach_and_the_oldest_left_becomes_home) {
    const MembershipId second = w.member(ann, b, role_user);
    w.member(ann, root, role_user);
    const DeviceId here = w.device(a, "here", ann);
    const DeviceId there = w.device(b, "there", ann);
    w.run(remove(boss, ann), Actor{boss});
    EXPECT_EQ(w.directory().membership_of(ann, a), MembershipId{});
    EXPECT_EQ(w.home(ann), second);
    EXPECT_EQ(w.directory().device(here)->owner, UserId{});
    EXPECT_EQ(w.directory().device(there)->owner, ann);
    w.run(remove(other, ann), Actor{other});
    EXPECT_NE(w.home(ann), second);
    EXPECT_NE(w.directory().user(ann), nullptr);
}

TEST_F(DecideDeparture, keeps_the_home_that_is_out_of_reach) {
    w.member(ann, b, role_user);
    const MembershipId home = w.home(ann);
    w.run(remove(other, ann), Actor{other});
    EXPECT_EQ(w.home(ann), home);
}

TEST_F(DecideDeparture, REST_16_keeps_the_last_admin) {
    EXPECT_EQ(refusal_of(w, remove(boss, boss), Actor{boss}), RefusalCode::last_admin);
    const UserId top = w.admin();
    EXPECT_EQ(refusal_of(w, remove(top, boss), Actor{top}), RefusalCode::last_admin);
    EXPECT_EQ(refusal_of(w, remove(top, boss, true), Actor{top}), std::nullopt);
    EXPECT_EQ(refusal_of(w, remove(top, top, true), Actor{top}), RefusalCode::last_admin);
    w.user(a, "second", role_admin);
    EXPECT_EQ(refusal_of(w, remove(boss, boss), Actor{boss}), std::nullopt);
}

TEST_F(DecideDeparture, refuses_what_was_decided_on_an_older_state_REST_37) {
    DeleteUser command{ann, false, w.directory().user(ann)->changed_at + 1};
    EXPECT_EQ(refused(boss, command), RefusalCode::precondition_failed);
    command.if_match = w.directory().user(ann)->changed_at;
    EXPECT_EQ(refused(boss, command), std::nullopt);
    EXPECT_EQ(refused(boss, DeleteUser{UserId{99}, false, {}}), RefusalCode::not_found);
}

TEST_F(DecideDeparture, takes_what_a_caller_claims_to_reach_from_nobody) {
    const MembershipId second = w.member(ann, b, role_user);
    DeleteUser command{ann, false, {}};
    command.in_reach = {second};
    w.run(by(boss, command), Actor{boss});
    EXPECT_NE(w.directory().membership(second), nullptr);
}

TEST_F(DecideDeparture, XFR_25_moves_the_home_and_clears_ownership) {
    const DeviceId lamp = w.device(a, "lamp", ann);
    const MembershipId home = w.home(ann);
    const LoginId login = w.sign_in(ann);
    w.run(transfer(ann, b), Actor{w.admin()});
    EXPECT_EQ(w.home(ann), home);
    EXPECT_EQ(w.directory().membership(home)->org, b);
    EXPECT_EQ(w.directory().membership_of(ann, a), MembershipId{});
    EXPECT_EQ(w.directory().device(lamp)->org, a);
    EXPECT_EQ(w.directory().device(lamp)->owner, UserId{});
    EXPECT_NE(w.directory().login(login), nullptr);
    EXPECT_EQ(w.directory().membership(home)->granted_by, w.admin());
}

TEST_F(DecideDeparture, XFR_25_takes_his_devices_along_when_asked) {
    const DeviceId lamp = w.device(a, "lamp", ann);
    const DeviceId orgs = w.device(a, "orgs");
    w.run(transfer(ann, b, true), Actor{w.admin()});
    EXPECT_EQ(w.directory().device(lamp)->org, b);
    EXPECT_EQ(w.directory().device(lamp)->owner, ann);
    EXPECT_EQ(w.directory().device(lamp)->ownership_epoch, 2U);
    EXPECT_EQ(w.directory().device(lamp)->readable_from_epoch, 1U);
    EXPECT_EQ(w.directory().device(orgs)->org, a);
    std::size_t transfers = 0;
    w.directory().transfers_of(lamp, TransferId{}, [&](const TransferRecord& transfer) {
        EXPECT_EQ(transfer.into_org, b);
        return ++transfers > 0;
    });
    EXPECT_EQ(transfers, 1U);
}

TEST_F(DecideDeparture, XFR_25_revokes_the_invitations_he_made) {
    CreateMembership command;
    command.org = a;
    command.email = "new@example.com";
    command.role = role_user;
    const MembershipId his{w.run(command, Actor{ann})};
    command.email = "else@example.com";
    const MembershipId others{w.run(command, Actor{boss})};
    w.run(transfer(ann, b), Actor{w.admin()});
    EXPECT_EQ(w.directory().membership(his), nullptr);
    EXPECT_NE(w.directory().membership(others), nullptr);
}

TEST_F(DecideDeparture, leaves_other_memberships_alone) {
    const MembershipId second = w.member(ann, root, role_user);
    w.run(transfer(ann, b), Actor{w.admin()});
    EXPECT_EQ(w.directory().membership(second)->org, root);
}

TEST_F(DecideDeparture, refuses_a_transfer_that_can_not_be) {
    EXPECT_EQ(refusal_of(w, transfer(ann, a)), RefusalCode::already_there);
    EXPECT_EQ(refusal_of(w, transfer(ann, OrgId{99})), RefusalCode::not_found);
    EXPECT_EQ(refusal_of(w, transfer(UserId{99}, a)), RefusalCode::not_found);
    EXPECT_EQ(refusal_of(w, transfer(boss, b)), RefusalCode::last_admin);
    TransferUser command = transfer(ann, b);
    command.role = RoleId{9};
    EXPECT_EQ(refusal_of(w, command), RefusalCode::invalid);
    const OrgId stranger = w.root("stranger");
    EXPECT_EQ(refusal_of(w, transfer(ann, stranger, true)), RefusalCode::cross_tree);
    EXPECT_EQ(refusal_of(w, transfer(ann, stranger)), std::nullopt);
    w.member(ann, b, role_user);
    EXPECT_EQ(refusal_of(w, transfer(ann, b)), RefusalCode::already_member);
    w.suspend_org(b);
    EXPECT_EQ(refusal_of(w, transfer(boss, b)), RefusalCode::org_suspended);
}

TEST_F(DecideDeparture, counts_in_both_trees_that_see_it) {
    const OrgId stranger = w.root("stranger");
    w.run(transfer(ann, stranger));
    EXPECT_EQ(w.changes().back().trees, (std::vector<OrgId>{root, stranger}));
}

}  // namespace
}  // namespace treeline
