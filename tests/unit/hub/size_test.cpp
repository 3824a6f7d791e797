// Sizes that two sides see differently: a device's buffer, and answers above an outbox's bound.
#include <gmock/gmock.h>

#include "tests/support/hub_rig.hpp"

namespace treeline {
namespace {

struct Sizes : testing::Test {
    HubRig rig{2};
    OrgId org = rig.build.org(rig.build.root(), "client");
    UserId staff = rig.build.user(org, "staff", role_staff);
    DeviceId device = rig.build.device(org, "lamp");
};

TEST_F(Sizes, a_downlink_above_a_buffer_announced_later_is_withheld_DEV_37) {
    rig.start();
    DeviceClient& lamp = rig.connect(device);
    AppClient& writer = rig.app(0, staff);
    rig.ask(writer, AppWrite{device, 1, {std::string(200, 'x')}});
    rig.ask(writer, AppWrite{device, 2, {"small"}});
    rig.quiesce();
    DeviceInfo info;
    info.buff_in = 64;
    rig.act(lamp, DeviceAnnounced{info});
    rig.act(lamp, DeviceReady{});
    rig.quiesce();
    ASSERT_EQ(lamp.frames.size(), 1u);
    EXPECT_LE(lamp.frames[0].size(), 64u);
}

TEST_F(Sizes, a_reading_larger_than_the_outbox_reaches_an_idle_app) {
    rig.limits.outbox_size_bytes_max = 4096;
    rig.start();
    DeviceClient& lamp = rig.ready(device);
    for (Pin pin = 0; pin < 10; ++pin) {
        rig.write(lamp, pin, std::string(1000, 'v'));
    }
    AppClient& reader = rig.app(0, staff);
    rig.ask(reader, AppRead{device, {}});
    rig.quiesce();
    ASSERT_FALSE(reader.closed);
    ASSERT_EQ(reader.got.size(), 1u);
    EXPECT_EQ(reader.got[0].reply().stored().values_size(), 10);
}

TEST_F(Sizes, a_second_watch_with_other_pins_gets_what_came_before_it) {
    rig.start();
    DeviceClient& lamp = rig.ready(device);
    AppClient& watcher = rig.app(1 - lamp.shard, staff);
    rig.watch(watcher, device, false, {1});
    rig.turn_all();
    rig.write(lamp, 1, "one");
    rig.write(lamp, 2, "two");
    rig.watch(watcher, device, true, {2});
    rig.quiesce();
    EXPECT_THAT(take_words(watcher), testing::Contains("value two"));
}

}  // namespace
}  // namespace treeline
