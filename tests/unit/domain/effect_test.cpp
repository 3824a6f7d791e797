// effect_of: whom a change names.
#include "broker/domain/effect.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "tests/support/world.hpp"

namespace treeline {
namespace {

template <class Id>
bool names(const std::vector<Id>& ids, Id id) {
    return std::find(ids.begin(), ids.end(), id) != ids.end();
}

struct EffectTest : testing::Test {
    WorldBuilder w;
    OrgId root = w.root();
    OrgId a = w.org(root, "a");
    OrgId a1 = w.org(a, "a1");
    UserId ann = w.user(a, "ann");
    UserId staff = w.user(a, "staff", role_staff);
    UserId below = w.user(a1, "below");
    DeviceId lamp = w.device(a, "lamp", ann);

    template <class Act>
    Effect effect(Act act) {
        const Directory before = w.directory();
        act();
        return effect_of(before, w.directory(), w.changes().back());
    }
};

TEST_F(EffectTest, of_a_set_is_who_has_that_role_there) {
    const Effect e = effect([&] { w.permissions(a, role_user, {}); });
    EXPECT_EQ(e.users, std::vector{ann});
    EXPECT_TRUE(e.devices.empty());
    EXPECT_FALSE(e.everyone);
}

TEST_F(EffectTest, of_a_suspended_org_is_everybody_in_it_and_below) {
    const Effect e = effect([&] { w.suspend_org(a); });
    EXPECT_TRUE(names(e.users, ann));
    EXPECT_TRUE(names(e.users, staff));
    EXPECT_TRUE(names(e.users, below));
    EXPECT_FALSE(names(e.users, w.admin()));
}

TEST_F(EffectTest, of_a_moved_org_is_everyone) {
    const OrgId b = w.org(root, "b");
    const Effect e = effect([&] {
        OrgRecord moved = *w.directory().org(a1);
        moved.parent = b;
        Change change;
        change.events.emplace_back(OrgPut{moved});
        w.take(change);
    });
    EXPECT_TRUE(e.everyone);
}

TEST_F(EffectTest, of_an_ended_membership_is_its_holder_and_what_he_owned) {
    const Effect e = effect([&] { w.run(EndMembership{w.home(ann), false, {}}); });
    EXPECT_TRUE(names(e.users, ann));
    EXPECT_EQ(e.devices, std::vector{lamp});
    EXPECT_TRUE(e.cut_devices.empty());
}

TEST_F(EffectTest, cuts_a_device_whose_token_or_self_is_gone) {
    EXPECT_EQ(effect([&] { w.run(RotateToken{lamp, w.next_token()}); }).cut_devices,
              std::vector{lamp});
    const TokenHash staged = w.next_token();
    EXPECT_TRUE(effect([&] { w.run(StageToken{lamp, staged}); }).cut_devices.empty());
    // The hub spares the connection that has acknowledged the new one.
    EXPECT_EQ(effect([&] { w.run(StageToken{lamp, w.next_token(), true}); }).cut_devices,
              std::vector{lamp});
    EXPECT_TRUE(effect([&] { w.run(SetOwner{lamp, std::nullopt, {}}); }).cut_devices.empty());
    EXPECT_EQ(effect([&] { w.run(DeleteDevice{lamp, {}}); }).cut_devices, std::vector{lamp});
}

TEST_F(EffectTest, of_a_suspension_is_the_user_and_his_logins) {
    const LoginId login = w.sign_in(ann);
    const Effect e = effect([&] { w.suspend(ann); });
    EXPECT_TRUE(names(e.users, ann));
    EXPECT_TRUE(names(e.logins, login));
}

TEST_F(EffectTest, of_a_sign_in_is_nobody) {
    const Effect e = effect([&] { w.sign_in(ann); });
    EXPECT_TRUE(e.users.empty() && e.logins.empty() && e.devices.empty() && !e.everyone);
}

TEST_F(EffectTest, of_a_refresh_is_the_login_it_replaced) {
    const LoginId login = w.sign_in(ann);
    const TokenHash spent = w.directory().login(login)->refresh;
    const Effect e = effect([&] {
        w.run(RefreshLogin{spent, w.next_token(), w.next_token(), unix_time_max, unix_time_max});
    });
    EXPECT_EQ(e.logins, std::vector{login});
}

TEST_F(EffectTest, names_those_above_who_see_a_new_org) {
    const Effect e = effect([&] { w.org(a1, "new"); });
    EXPECT_TRUE(names(e.users, w.admin()));
    EXPECT_TRUE(names(e.users, staff));
    EXPECT_FALSE(names(e.users, ann));
}

TEST_F(EffectTest, of_too_many_is_everyone) {
    for (int i = 0; i < 10'001; ++i) {
        w.user(a, "u" + std::to_string(i));
    }
    const Effect e = effect([&] { w.permissions(a, role_user, {}); });
    EXPECT_TRUE(e.everyone);
}

TEST_F(EffectTest, merges_to_the_sum) {
    Effect one = effect([&] { w.run(RotateToken{lamp, w.next_token()}); });
    Effect two;
    two.everyone = true;
    two.users = {ann};
    two.logins = {LoginId{3}};
    one.merge(two);
    EXPECT_EQ(one.cut_devices, std::vector{lamp});
    EXPECT_EQ(one.users, std::vector{ann});
    EXPECT_EQ(one.logins, std::vector{LoginId{3}});
    EXPECT_TRUE(one.everyone);
}

}  // namespace
}  // namespace treeline
