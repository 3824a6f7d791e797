// What a change can't take back any more, and a clock that is set back while a right runs out.
#include <gmock/gmock.h>

#include "base/wall_keeper.hpp"
#include "tests/support/hub_rig.hpp"

namespace treeline {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Late : public ::testing::TestWithParam<std::uint32_t> {
  protected:
    Late() : rig(GetParam()) {
        root = rig.build.root();
        org = rig.build.org(root, "client");
        device = rig.build.device(org, "lamp");
    }
    AppClient& watching(UserId user) {
        AppClient& client = rig.app(GetParam() - 1, user);
        rig.watch(client, device);
        rig.quiesce();
        take_words(client);
        return client;
    }

    HubRig rig;
    OrgId root{}, org{};
    DeviceId device{};
};
INSTANTIATE_TEST_SUITE_P(Shards, Late, ::testing::Values(1u, 2u, 3u));

// The connection has taken it: it may still travel, and its stamp says that it is of before.
TEST_P(Late, PRM_03_what_was_handed_over_before_the_change_is_stamped_before_it) {
    const UserId staff = rig.build.user(org, "staff", role_staff);
    rig.start();
    AppClient& watcher = watching(staff);
    DeviceClient& lamp = rig.ready(device);
    for (int i = 0; i < 5; ++i) {
        rig.write(lamp, 1, std::to_string(i));
        rig.quiesce();
    }
    rig.build.permissions(org, role_staff, PermissionSet{});
    rig.publish();
    rig.write(lamp, 1, "while it is settled");
    while (!rig.acknowledged()) {
        rig.turn_all();
    }
    const Revision acknowledged = rig.settlement->settled();
    ASSERT_GE(watcher.stamps.size(), 5U);
    for (const Stamp& stamp : watcher.stamps) {
        EXPECT_LT(stamp.revision, acknowledged);
    }
    const std::size_t before = watcher.stamps.size();
    rig.write(lamp, 1, "after");
    rig.quiesce();
    EXPECT_EQ(watcher.stamps.size(), before);
}

// The edge asks it of those to whom it has not sent all of an answer yet.
TEST_P(Late, tells_while_it_settles_who_may_have_lost_something) {
    const UserId staff = rig.build.user(org, "staff", role_staff);
    const UserId owner = rig.build.user(org, "owner");
    const UserId outsider = rig.build.user(rig.build.org(root, "other"), "outsider", role_staff);
    rig.build.permissions(org, role_user, {Permission::own_devices_view});
    rig.start();
    const auto losers = [&] {
        rig.publish();
        rig.shards[0]->advance(rig.now);
        std::vector<bool> found;
        for (const UserId user : {staff, owner, outsider}) {
            found.push_back(rig.shards[0]->may_have_lost(user));
        }
        while (!rig.acknowledged()) {
            rig.turn_all();
        }
        EXPECT_FALSE(rig.shards[0]->may_have_lost(staff)) << "all is settled";
        return found;
    };
    DeviceRecord record = *rig.build.directory().device(device);
    const auto put = [&] {
        rig.build.take({rig.build.now, UserId{}, {root}, {DevicePut{record}}});
    };
    record.name = "renamed";
    put();
    EXPECT_THAT(losers(), ElementsAre(false, false, false));
    record.owner = owner;
    put();
    EXPECT_THAT(losers(), ElementsAre(true, false, false)) << "who saw it change hands";
    rig.build.permissions(org, role_staff, PermissionSet{});
    EXPECT_THAT(losers(), ElementsAre(true, false, false));
    rig.build.suspend(owner);
    EXPECT_THAT(losers(), ElementsAre(false, true, false));
}

TEST_P(Late, PRM_18_a_clock_that_steps_back_an_hour_does_not_lengthen_a_membership) {
    const UserId guest = rig.build.user(rig.build.org(root, "other"), "guest", role_staff);
    const UnixTime end = rig.build.now + Millis(5'000);
    rig.build.member(guest, org, role_staff, std::nullopt, end);
    rig.start();
    WallKeeper keeper;
    UnixTime system = rig.now.wall;
    const auto pass = [&](Millis time) {
        system += time;
        rig.now = keeper.keep(system, rig.now.steady + time);
        rig.quiesce();
    };
    pass(Millis(0));
    AppClient& watcher = watching(guest);
    DeviceClient& lamp = rig.ready(device);
    pass(Millis(4'000));
    system -= std::chrono::hours(1);
    pass(Millis(999));
    take_words(watcher);
    rig.write(lamp, 1, "in time");
    rig.quiesce();
    EXPECT_THAT(take_words(watcher), ElementsAre("value in time"));
    EXPECT_LE(rig.shards[GetParam() - 1]->deadline(), rig.now.steady + Millis(1'000));
    pass(Millis(1));
    EXPECT_THAT(take_words(watcher), ElementsAre("ended EXPIRED"));
    rig.write(lamp, 1, "late");
    rig.quiesce();
    EXPECT_THAT(take_words(watcher), IsEmpty());
}

}  // namespace
}  // namespace treeline
