// Transfers of devices: what the rules change, refuse and remember.
#include <gtest/gtest.h>

#include "broker/domain/transfer.hpp"
#include "tests/unit/domain/refusals.hpp"

namespace treeline {
namespace {

using std::chrono::hours;

// root ─ a (ann), b (bob); far is another tree (zoe). The lamp is ann's, in a.
struct Transfer : testing::Test {
    WorldBuilder w;
    OrgId root = w.root();
    OrgId a = w.org(root, "a");
    OrgId b = w.org(root, "b");
    OrgId far = w.root("far");
    UserId ann = w.user(a, "ann");
    UserId bob = w.user(b, "bob");
    UserId zoe = w.user(far, "zoe");
    DeviceId lamp = w.device(a, "lamp", ann);
    Actor boss{w.admin()};

    CreateTransfer to(OrgId org, UserId user = {}, TransferWay way = TransferWay::at_once) {
        CreateTransfer command;
        command.device = lamp;
        command.to_org = org;
        command.to_user = user;
        command.way = way;
        return command;
    }
    CreateTransfer offer_to(OrgId org, UserId user = {}) {
        return to(org, user, TransferWay::offer);
    }
    TransferId offered(const CreateTransfer& command) { return TransferId{w.run(command, boss)}; }
    Command answer(TransferId id, AnswerTransfer::Step step, bool keep_token = false) {
        return AnswerTransfer{id, step, keep_token, {}};
    }
    Command accept(TransferId id, bool keep_token = false) {
        return answer(id, AnswerTransfer::Step::accept, keep_token);
    }
    Command cancel(TransferId id) { return answer(id, AnswerTransfer::Step::cancel); }
    const Device& device() { return *w.directory().device(lamp); }
    TransferState state(TransferId id) { return state_at(*w.directory().transfer(id), w.now); }
    void expect_lamp(OrgId org, UserId owner, std::uint64_t epoch) {
        EXPECT_EQ(device().org, org);
        EXPECT_EQ(device().owner, owner);
        EXPECT_EQ(device().ownership_epoch, epoch);
    }
};

TEST_F(Transfer, goes_to_an_org_a_user_or_a_user_there) {
    w.run(to(b), boss);
    expect_lamp(b, UserId{}, 2);
    w.run(to({}, ann), boss);  // no member there: to her home
    expect_lamp(a, ann, 3);
    w.member(bob, a, role_user);
    w.run(to({}, bob), boss);  // a member where the device is
    expect_lamp(a, bob, 4);
    w.run(to(b, bob), boss);
    expect_lamp(b, bob, 5);
    EXPECT_EQ(refusal_of(w, to(a, zoe), boss), RefusalCode::invalid);
}

TEST_F(Transfer, XFR_01_of_two_at_once_one_moves_it_and_one_finds_the_epoch_moved) {
    CreateTransfer first = to(b, bob);
    CreateTransfer second = to({}, ann);
    w.run(SetOwner{lamp, std::nullopt, {}});
    first.expected_epoch = second.expected_epoch = device().ownership_epoch;
    w.run(first, boss);
    EXPECT_EQ(refusal_of(w, second, boss), RefusalCode::epoch_moved);
    expect_lamp(b, bob, 3);
}

TEST_F(Transfer, XFR_06_goes_nowhere_that_is_missing_suspended_or_where_it_is_already) {
    EXPECT_EQ(refusal_of(w, to(OrgId{999}), boss), RefusalCode::not_found);
    EXPECT_EQ(refusal_of(w, to({}, UserId{999}), boss), RefusalCode::not_found);
    EXPECT_EQ(refusal_of(w, to(a), boss), RefusalCode::already_there);
    EXPECT_EQ(refusal_of(w, to({}, ann), boss), RefusalCode::already_there);
    EXPECT_EQ(refusal_of(w, to(a, ann), boss), RefusalCode::already_there);
    w.suspend_org(b);
    EXPECT_EQ(refusal_of(w, to(b), boss), RefusalCode::org_suspended);
    EXPECT_EQ(refusal_of(w, offer_to(b), boss), RefusalCode::org_suspended);
}

TEST_F(Transfer, XFR_07_is_not_made_to_who_is_suspended_or_pending) {
    w.suspend(bob);
    EXPECT_EQ(refusal_of(w, to({}, bob), boss), RefusalCode::user_pending);
    EXPECT_EQ(refusal_of(w, offer_to({}, bob), boss), RefusalCode::user_pending);
}

TEST_F(Transfer, names_every_blocker_and_nothing_of_a_blind_target) {
    w.suspend_org(b);
    w.suspend(bob);
    CreateTransfer command = to(b, bob);
    command.expected_epoch = 7;
    const auto found = transfer_blockers(w.directory(), command, w.now);
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found[0].code, RefusalCode::epoch_moved);
    EXPECT_EQ(found[1].code, RefusalCode::org_suspended);
    EXPECT_EQ(found[2].code, RefusalCode::user_pending);
    for (const OrgId org : {b, OrgId{999}}) {
        EXPECT_EQ(refusal_of(w, to(org, {}, TransferWay::blind_offer), boss), std::nullopt);
    }
}

TEST_F(Transfer, is_refused_while_nobody_has_looked_at_the_rights) {
    EXPECT_EQ(refusal_of(w, to(b, {}, TransferWay::unknown), boss), RefusalCode::forbidden);
}

TEST_F(Transfer, XFR_11_is_accepted_once_and_gone_for_everyone_after_it) {
    const TransferId id = offered(offer_to({}, bob));
    EXPECT_EQ(refusal_of(w, offer_to(b), boss), RefusalCode::offer_open);
    w.run(accept(id), Actor{bob});
    expect_lamp(b, bob, 2);
    EXPECT_EQ(state(id), TransferState::accepted);
    EXPECT_EQ(refusal_of(w, accept(id), Actor{bob}), RefusalCode::gone);
    EXPECT_EQ(refusal_of(w, cancel(id), boss), RefusalCode::gone);
    EXPECT_EQ(refusal_of(w, accept(TransferId{999}), Actor{bob}), RefusalCode::not_found);
}

TEST_F(Transfer, XFR_11_is_gone_after_it_was_cancelled_or_declined) {
    const TransferId first = offered(offer_to(b));
    w.run(cancel(first), boss);
    EXPECT_EQ(refusal_of(w, accept(first), Actor{bob}), RefusalCode::gone);
    const TransferId second = offered(offer_to(b));
    w.run(answer(second, AnswerTransfer::Step::decline), Actor{bob});
    EXPECT_EQ(refusal_of(w, accept(second), Actor{bob}), RefusalCode::gone);
    expect_lamp(a, ann, 1);
}

TEST_F(Transfer, XFR_11_expires_after_seven_days_and_not_before) {
    const TransferId id = offered(offer_to(b));
    w.now += hours(7 * 24) - Millis(1);
    EXPECT_EQ(refusal_of(w, accept(id), Actor{bob}), std::nullopt);
    w.now += Millis(1);
    EXPECT_EQ(state(id), TransferState::expired);
    EXPECT_EQ(refusal_of(w, accept(id), Actor{bob}), RefusalCode::gone);
    EXPECT_EQ(refusal_of(w, offer_to(b), boss), std::nullopt);
}

TEST_F(Transfer, XFR_11_is_cancelled_by_a_change_of_owner_or_org_and_by_deletion) {
    TransferId id = offered(offer_to(b));
    w.run(SetOwner{lamp, std::nullopt, {}});
    EXPECT_EQ(state(id), TransferState::cancelled);
    id = offered(offer_to(b));
    w.run(to({}, ann), boss);
    EXPECT_EQ(state(id), TransferState::cancelled);
    id = offered(offer_to(b));
    w.run(EndMembership{w.home(ann), false, {}});  // her ownership ends
    EXPECT_EQ(state(id), TransferState::cancelled);
    id = offered(offer_to(b));
    w.run(DeleteDevice{lamp, {}});
    EXPECT_EQ(state(id), TransferState::cancelled);
    EXPECT_EQ(refusal_of(w, accept(id), Actor{bob}), RefusalCode::gone);
}

TEST_F(Transfer, checks_the_target_again_when_it_is_accepted) {
    const TransferId id = offered(offer_to({}, bob));
    w.suspend_org(b);
    EXPECT_EQ(refusal_of(w, accept(id), Actor{bob}), RefusalCode::org_suspended);
    w.resume_org(b);
    EXPECT_EQ(refusal_of(w, accept(id), Actor{bob}), std::nullopt);
    const TransferId nowhere = id;
    w.run(cancel(nowhere), boss);
    const TransferId blind = offered(to(OrgId{999}, {}, TransferWay::blind_offer));
    EXPECT_EQ(refusal_of(w, accept(blind), Actor{bob}), RefusalCode::gone);
}

TEST_F(Transfer, XFR_13_keeps_or_cuts_what_was_as_the_contract_says) {
    PatchDevice patch;
    patch.device = lamp;
    patch.metadata = Metadata{{"room", "hall"}};
    patch.tags = {"light"};
    w.run(patch);
    w.run(to(b), boss);  // inside a tree: move
    EXPECT_EQ(device().readable_from_epoch, 1U);
    EXPECT_EQ(device().tags.size(), 1U);
    CreateTransfer keep = to(a);
    keep.history = HistoryMode::keep;
    w.run(keep, boss);
    EXPECT_EQ(device().readable_from_epoch, 3U);
    EXPECT_TRUE(device().metadata.empty() && device().tags.empty());
    ASSERT_EQ(device().kept.size(), 1U);
    EXPECT_EQ(device().kept->front(), (KeptHistory{b, 1, 2}));
    CreateTransfer cut = to(b);
    cut.history = HistoryMode::cut;
    w.run(cut, boss);
    EXPECT_EQ(device().readable_from_epoch, 4U);
    EXPECT_EQ(device().kept.size(), 1U);
}

TEST_F(Transfer, across_trees_rotates_the_token_unless_that_is_confirmed) {
    EXPECT_EQ(refusal_of(w, to(far), boss), RefusalCode::rotate_unsupported);
    CreateTransfer knowingly = to(far);
    knowingly.rotate_token = false;
    EXPECT_EQ(refusal_of(w, knowingly, boss), std::nullopt);
    CreateTransfer offer = knowingly;  // the acceptor confirms, not the maker
    offer.way = TransferWay::blind_offer;
    const TransferId id = offered(offer);
    EXPECT_EQ(refusal_of(w, accept(id), Actor{zoe}), RefusalCode::rotate_unsupported);
    w.run(accept(id, true), Actor{zoe});
    expect_lamp(far, UserId{}, 2);
    EXPECT_EQ(device().readable_from_epoch, 2U);  // cut
}

TEST_F(Transfer, commits_the_token_that_was_staged_and_no_other) {
    const TokenHash old = device().token;
    const TokenHash fresh = w.next_token();
    w.run(StageToken{lamp, fresh});
    EXPECT_NE(w.directory().device_by_token(old), nullptr);
    EXPECT_NE(w.directory().device_by_token(fresh), nullptr);
    CreateTransfer command = to(far);
    command.staged = w.next_token();
    EXPECT_EQ(refusal_of(w, command, boss), RefusalCode::device_silent);
    command.staged = fresh;
    w.run(command, boss);
    EXPECT_EQ(w.directory().device_by_token(old), nullptr);
    EXPECT_EQ(w.directory().device_by_token(fresh)->id, lamp);
    EXPECT_EQ(device().staged_token, std::nullopt);
}

TEST_F(Transfer, keeps_the_earlier_staged_token_of_a_device_that_uses_it) {
    const TokenHash learned = w.next_token();
    w.run(StageToken{lamp, learned});
    w.run(StageToken{lamp, w.next_token(), true});
    EXPECT_EQ(device().token, learned);
    w.run(RotateToken{lamp, w.next_token()});
    EXPECT_EQ(device().staged_token, std::nullopt);
}

TEST_F(Transfer, tells_whom_it_concerns_and_not_who_did_it) {
    const auto told = w.attempt(to({}, bob), boss);
    ASSERT_TRUE(told);
    ASSERT_EQ(told->change.mail.size(), 2U);  // ann, who had it, and bob
    CreateTransfer silent = to({}, bob);
    silent.notify = false;
    EXPECT_TRUE(w.attempt(silent, boss)->change.mail.empty());
    EXPECT_EQ(w.attempt(to({}, bob), Actor{bob})->change.mail.size(), 1U);
}

TEST_F(Transfer, XFR_28_history_tells_every_change_of_owner_too) {
    w.run(SetOwner{lamp, std::nullopt, {}});
    w.run(to(b, bob), boss);
    w.run(EndMembership{w.home(bob), false, {}});
    std::vector<std::pair<OrgId, UserId>> after;
    w.directory().transfers_of(lamp, TransferId{}, [&](const TransferRecord& transfer) {
        after.emplace_back(transfer.into_org, transfer.to_user);
        return true;
    });
    const std::vector<std::pair<OrgId, UserId>> expected{{a, {}}, {b, bob}, {b, {}}};
    EXPECT_EQ(after, expected);
}

}  // namespace
}  // namespace treeline
