// A transfer that cuts: what was before it is told to nobody afterwards, not even to those who see
// the device on both sides. XFR-04: the connection goes along.
#include <gmock/gmock.h>

#include "tests/support/hub_rig.hpp"

namespace treeline {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

struct Cut : testing::TestWithParam<std::uint32_t> {
    HubRig rig{GetParam()};
    OrgId root = rig.build.root();
    OrgId a = rig.build.org(root, "a");
    OrgId b = rig.build.org(root, "b");
    UserId admin = rig.build.admin();
    UserId in_a = rig.build.user(a, "ann", role_staff);
    UserId in_b = rig.build.user(b, "bob", role_staff);
    DeviceId device = rig.build.device(a, "lamp");

    Cut() { rig.start(); }
    std::uint32_t far() const { return GetParam() - 1; }
    void transfer(OrgId to, HistoryMode mode) {
        CreateTransfer command;
        command.device = device;
        command.to_org = to;
        command.history = mode;
        command.way = TransferWay::at_once;
        rig.build.run(command, Actor{admin});
    }
    AppClient& watching(UserId user, std::uint32_t at) {
        AppClient& client = rig.app(at, user);
        rig.watch_subtree(client, rig.build.directory().membership(rig.build.home(user))->org);
        rig.quiesce();
        take_words(client);
        return client;
    }
};
INSTANTIATE_TEST_SUITE_P(Shards, Cut, ::testing::Values(1u, 2u, 3u));

TEST_P(Cut, XFR_13_drops_queued_values_of_before_and_keeps_them_after_move) {
    for (const HistoryMode mode : {HistoryMode::keep, HistoryMode::move}) {
        AppClient& watcher = watching(admin, far());
        DeviceClient& lamp = rig.ready(device);
        rig.quiesce();
        take_words(watcher);
        watcher.stuck = true;
        rig.write(lamp, 1, "held");
        rig.quiesce();
        rig.write(lamp, 1, "queued");
        rig.act(lamp, DeviceEvent{"boot", "", false});
        rig.quiesce();
        transfer(mode == HistoryMode::keep ? b : a, mode);
        rig.change();
        rig.write(lamp, 1, "after");
        rig.release(watcher);
        rig.quiesce();
        const auto words = take_words(watcher);
        const int kept = mode == HistoryMode::move ? 1 : 0;
        EXPECT_EQ(std::ranges::count(words, "value queued"), kept);
        EXPECT_EQ(std::ranges::count(words, "event boot"), kept);
        EXPECT_THAT(words, Contains("value after"));
        rig.leave(watcher);
        rig.quiesce();
    }
}

TEST_P(Cut, XFR_13_a_reading_that_waits_to_be_sent_starts_empty) {
    AppClient& reader = watching(admin, far());
    DeviceClient& lamp = rig.ready(device);
    rig.write(lamp, 2, "before");
    rig.quiesce();
    reader.stuck = true;
    rig.write(lamp, 1, "held");
    rig.quiesce();
    rig.ask(reader, AppRead{device, {}});
    rig.quiesce();
    transfer(b, HistoryMode::cut);
    rig.change();
    reader.got.clear();
    rig.release(reader);
    rig.quiesce();
    ASSERT_FALSE(reader.got.empty());
    const auto reply = std::ranges::find_if(reader.got, &wire::ServerMessage::has_reply);
    ASSERT_NE(reply, reader.got.end());
    EXPECT_EQ(reply->reply().status(), wire::OK);
    EXPECT_EQ(reply->reply().stored().values_size(), 0);
}

TEST_P(Cut, XFR_13_snapshots_start_empty_and_the_device_still_gets_its_values) {
    DeviceClient& lamp = rig.ready(device);
    rig.write(lamp, 1, "before");
    rig.quiesce();
    transfer(b, HistoryMode::cut);
    rig.change();
    AppClient& watcher = rig.app(far(), in_b);
    rig.watch(watcher, device, true);
    rig.quiesce();
    EXPECT_THAT(take_words(watcher), ElementsAre("reply OK", "presence on"));
    rig.act(lamp, DeviceSync{9, {}});
    rig.quiesce();
    ASSERT_EQ(lamp.frames.size(), 1U);
    EXPECT_NE(lamp.frames.front().find("before"), std::string::npos);
}

TEST_P(Cut, XFR_04_a_device_that_comes_back_during_a_transfer_is_the_new_orgs) {
    AppClient& old_watcher = watching(in_a, 0);
    AppClient& new_watcher = watching(in_b, far());
    DeviceClient& lamp = rig.ready(device);
    rig.quiesce();
    transfer(b, HistoryMode::cut);
    rig.publish();
    rig.leave(lamp);
    for (int turn = 0; turn < 1000 && !rig.acknowledged(); ++turn) {
        rig.turn_all();
        if (turn == 1) {
            rig.write(rig.ready(device), 1, "meanwhile");
        }
    }
    take_words(old_watcher);
    rig.write(*rig.devices.back(), 1, "after");
    rig.quiesce();
    EXPECT_THAT(take_words(old_watcher), IsEmpty());
    EXPECT_THAT(take_words(new_watcher), Contains("value after"));
    EXPECT_EQ(std::ranges::count_if(
                  rig.shards, [](const auto& shard) { return shard->counters().devices > 0; }),
              1);
}

}  // namespace
}  // namespace treeline
