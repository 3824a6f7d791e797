// Devices, owners and sign-ins.
#include <gtest/gtest.h>

#include "tests/unit/domain/refusals.hpp"

namespace treeline {
namespace {

using std::chrono::hours;

struct DecideDevice : testing::Test {
    WorldBuilder w;
    OrgId root = w.root();
    OrgId a = w.org(root, "a");
    OrgId b = w.org(root, "b");
    UserId ann = w.user(a, "ann");
    DeviceId lamp = w.device(a, "lamp");

    Actor as(DeviceId device) { return Actor{device}; }
    SetOwner give(UserId user) { return SetOwner{lamp, user, {}}; }
};

TEST_F(DecideDevice, begins_with_the_first_ownership) {
    EXPECT_EQ(w.directory().device(lamp)->ownership_epoch, 1U);
    w.run(give(ann));
    EXPECT_EQ(w.directory().device(lamp)->ownership_epoch, 2U);
    EXPECT_TRUE(changes_nothing(w, give(ann)));
    w.run(SetOwner{lamp, std::nullopt, {}});
    EXPECT_EQ(w.directory().device(lamp)->ownership_epoch, 3U);
    EXPECT_EQ(w.directory().device(lamp)->readable_from_epoch, 1U);
}

TEST_F(DecideDevice, is_owned_only_by_members_of_its_org) {
    const UserId stranger = w.user(b, "stranger");
    EXPECT_EQ(refusal_of(w, give(stranger)), RefusalCode::invalid);
    EXPECT_EQ(refusal_of(w, give(w.admin())), RefusalCode::invalid);  // of the org above
    EXPECT_EQ(refusal_of(w, give(UserId{99})), RefusalCode::not_found);
    w.member(stranger, a, role_user, std::nullopt, w.now + hours(1));
    EXPECT_EQ(refusal_of(w, give(stranger)), std::nullopt);
    w.now += hours(1);
    EXPECT_EQ(refusal_of(w, give(stranger)), RefusalCode::invalid);
}

TEST_F(DecideDevice, is_not_given_to_who_is_suspended) {
    w.suspend(ann);
    EXPECT_EQ(refusal_of(w, give(ann)), RefusalCode::user_pending);
    CreateDevice command;
    command.org = a;
    command.name = "x";
    command.owner = ann;
    command.token = w.next_token();
    EXPECT_EQ(refusal_of(w, command), RefusalCode::user_pending);
}

TEST_F(DecideDevice, refuses_bad_values) {
    CreateDevice good;
    good.org = a;
    good.name = "x";
    good.token = w.next_token();
    ASSERT_EQ(refusal_of(w, good), std::nullopt);
    CreateDevice bad = good;
    bad.org = OrgId{99};
    EXPECT_EQ(refusal_of(w, bad), RefusalCode::not_found);
    bad = good;
    bad.name = "";
    EXPECT_EQ(refusal_of(w, bad), RefusalCode::invalid);
    bad = good;
    bad.tags = {"ok", "\x01"};
    EXPECT_EQ(refusal_of(w, bad), RefusalCode::invalid);
    bad = good;
    bad.token = w.directory().device(lamp)->token;
    EXPECT_EQ(refusal_of(w, bad), RefusalCode::invalid);
}

TEST_F(DecideDevice, changes_only_what_the_patch_names_REST_37) {
    PatchDevice command;
    command.device = lamp;
    EXPECT_TRUE(changes_nothing(w, command));
    command.tags = std::vector<std::string>{"hall"};
    command.if_match = w.directory().device(lamp)->changed_at;
    w.run(command);
    EXPECT_EQ(w.directory().device(lamp)->name, "lamp");
    EXPECT_EQ(w.directory().device(lamp)->tags, command.tags);
    EXPECT_EQ(refusal_of(w, command), RefusalCode::precondition_failed);
    EXPECT_EQ(refusal_of(w, DeleteDevice{lamp, command.if_match}),
              RefusalCode::precondition_failed);
}

TEST_F(DecideDevice, sets_its_own_metadata_within_bounds) {
    w.run(SetDeviceMeta{"room", "hall"}, as(lamp));
    EXPECT_EQ(w.directory().device(lamp)->metadata->at("room"), "hall");
    EXPECT_TRUE(changes_nothing(w, SetDeviceMeta{"room", "hall"}, as(lamp)));
    EXPECT_EQ(refusal_of(w, SetDeviceMeta{"", "x"}, as(lamp)), RefusalCode::invalid);
    const std::string long_value(w.limits.metadata_value_size_max + 1, 'x');
    EXPECT_EQ(refusal_of(w, SetDeviceMeta{"k", long_value}, as(lamp)), RefusalCode::invalid);
    EXPECT_EQ(refusal_of(w, SetDeviceMeta{"k", "v"}), RefusalCode::not_found);
    for (std::size_t i = 1; i < w.limits.metadata_entries_max; ++i) {
        w.run(SetDeviceMeta{"k" + std::to_string(i), "v"}, as(lamp));
    }
    EXPECT_EQ(refusal_of(w, SetDeviceMeta{"one more", "v"}, as(lamp)), RefusalCode::invalid);
}

struct DecideLogin : DecideDevice {
    RefreshLogin refresh(const TokenHash& spent) {
        return RefreshLogin{spent, w.next_token(), w.next_token(), w.now + hours(1),
                            w.now + hours(720)};
    }
    TokenHash refresh_token(LoginId id) { return w.directory().login(id)->refresh; }
};

TEST_F(DecideLogin, trades_a_refresh_token_once) {
    const LoginId login = w.sign_in(ann);
    const TokenHash first_access = w.directory().login(login)->access;
    const TokenHash first = refresh_token(login);
    EXPECT_EQ(w.run(refresh(first)), number(login));
    EXPECT_EQ(w.directory().login_by_access(first_access), nullptr);
    EXPECT_EQ(w.directory().login_by_refresh(first), nullptr);
    EXPECT_NE(w.directory().login(login), nullptr);
}

TEST_F(DecideLogin, ends_when_a_spent_refresh_token_comes_again) {
    const LoginId login = w.sign_in(ann);
    const TokenHash first = refresh_token(login);
    w.run(refresh(first));
    EXPECT_EQ(w.run(refresh(first)), 0U);
    EXPECT_EQ(w.directory().login(login), nullptr);
    EXPECT_EQ(refusal_of(w, refresh(first)), RefusalCode::unauthenticated);
}

TEST_F(DecideLogin, remembers_every_spent_refresh_token_of_a_login) {
    const LoginId login = w.sign_in(ann);
    const TokenHash first = refresh_token(login);
    w.run(refresh(first));
    w.run(refresh(refresh_token(login)));
    EXPECT_EQ(w.run(refresh(first)), 0U) << "two generations later";
    EXPECT_EQ(w.directory().login(login), nullptr);
}

TEST_F(DecideLogin, refuses_dead_and_unknown_tokens) {
    const LoginId login = w.sign_in(ann);
    const TokenHash token = refresh_token(login);
    EXPECT_EQ(refusal_of(w, refresh(w.next_token())), RefusalCode::unauthenticated);
    w.now += hours(720);
    EXPECT_EQ(refusal_of(w, refresh(token)), RefusalCode::unauthenticated);
}

TEST_F(DecideLogin, lets_nobody_suspended_in) {
    w.suspend(ann);
    SignIn command;
    command.user = ann;
    EXPECT_EQ(refusal_of(w, command), RefusalCode::unauthenticated);
}

TEST_F(DecideLogin, keeps_sixty_four_a_user_and_drops_the_oldest) {
    const LoginId first = w.sign_in(ann);
    const LoginId second = w.sign_in(ann);
    for (int i = 0; i < 63; ++i) {
        w.sign_in(ann);
    }
    EXPECT_EQ(w.directory().login(first), nullptr);
    EXPECT_NE(w.directory().login(second), nullptr);
    w.now += hours(721);
    const LoginId only = w.sign_in(ann);
    std::vector<LoginId> left;
    w.directory().logins(ann, [&](const LoginRecord& login) {
        left.push_back(login.id);
        return true;
    });
    EXPECT_EQ(left, std::vector{only});
}

TEST_F(DecideLogin, is_ended_by_its_own_user_only) {
    const LoginId login = w.sign_in(ann);
    EXPECT_EQ(refusal_of(w, SignOut{login}, Actor{w.admin()}), RefusalCode::not_found);
    w.run(SignOut{login}, Actor{ann});
    EXPECT_EQ(w.directory().login(login), nullptr);
}

}  // namespace
}  // namespace treeline
