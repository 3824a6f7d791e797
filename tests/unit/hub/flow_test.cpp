// Values, presence, events and writes between a device and the apps that watch it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/hub_rig.hpp"

namespace treeline {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using Words = std::vector<std::string>;

// One org below a root, one device in it, its admin watching; on one shard or two.
class Hub : public ::testing::TestWithParam<std::uint32_t> {
  protected:
    Hub() : rig(GetParam()) {
        root = rig.build.root();
        org = rig.build.org(root, "client");
        other = rig.build.org(root, "other");
        admin = rig.build.admin();
        staff = rig.build.user(org, "staff", role_staff);
        stranger = rig.build.user(other, "stranger", role_staff);
        device = rig.build.device(org, "lamp");
        rig.start();
    }
    AppClient& app(UserId user, std::uint32_t at = 0) { return rig.app(at, user); }
    std::uint32_t far() const { return GetParam() - 1; }

    HubRig rig;
    OrgId root{}, org{}, other{};
    UserId admin{}, staff{}, stranger{};
    DeviceId device{};
};
INSTANTIATE_TEST_SUITE_P(Shards, Hub, ::testing::Values(1u, 2u, 3u));

TEST_P(Hub, sends_a_value_to_each_who_watches_and_may_view) {
    AppClient& near = app(staff);
    AppClient& away = app(admin, far());
    AppClient& outsider = app(stranger, far());
    DeviceClient& lamp = rig.ready(device);
    rig.watch(near, device);
    rig.watch_subtree(away, root);
    rig.watch(outsider, device);
    rig.quiesce();
    EXPECT_THAT(take_words(near), ElementsAre("reply OK", "presence on"));
    EXPECT_THAT(take_words(away), ElementsAre("reply OK", "presence on"));
    rig.write(lamp, 5, "21.5");
    rig.quiesce();
    EXPECT_THAT(take_words(near), ElementsAre("value 21.5"));
    EXPECT_THAT(take_words(away), ElementsAre("value 21.5"));
    EXPECT_THAT(take_words(outsider), ElementsAre("reply NOT_FOUND"));
}

TEST_P(Hub, answers_missing_and_invisible_devices_and_orgs_alike) {
    AppClient& app_ = app(stranger);
    const auto reply = [&](auto body) {
        rig.ask(app_, std::move(body));
        rig.quiesce();
        wire::Reply got = app_.got.back().reply();
        got.set_request(0);
        return got.SerializeAsString();
    };
    const DeviceId missing{999};
    EXPECT_EQ(reply(AppRead{device, {}}), reply(AppRead{missing, {}}));
    EXPECT_EQ(reply(AppWrite{device, 1, {"x"}}), reply(AppWrite{missing, 1, {"x"}}));
    EXPECT_EQ(reply(AppWrite{device, 1, {}}), reply(AppWrite{missing, 1, {}}));
    EXPECT_EQ(reply(AppExplain{device, "view"}), reply(AppExplain{missing, "view"}));
    EXPECT_EQ(reply(AppDevices{org, false, 0, ""}), reply(AppDevices{OrgId{999}, false, 0, ""}));
    using Kind = AppWatch::Kind;
    EXPECT_EQ(reply(AppWatch{Kind::device, device, {}, {}, false}),
              reply(AppWatch{Kind::device, missing, {}, {}, false}));
    EXPECT_EQ(reply(AppWatch{Kind::subtree, {}, root, {}, false}),
              reply(AppWatch{Kind::subtree, {}, OrgId{999}, {}, false}));
}

TEST_P(Hub, tells_reply_presence_snapshot_and_then_live_in_this_order) {
    DeviceClient& lamp = rig.ready(device);
    rig.write(lamp, 1, "a");
    rig.write(lamp, 2, "b");
    rig.quiesce();
    AppClient& watcher = app(staff, far());
    rig.watch(watcher, device, true);
    rig.write(lamp, 1, "c");
    rig.quiesce();
    rig.write(lamp, 2, "d");
    rig.quiesce();
    Words words = take_words(watcher);
    ASSERT_GE(words.size(), 5u);
    EXPECT_EQ(words[0], "reply OK");
    EXPECT_EQ(words[1], "presence on");
    EXPECT_EQ(words.back(), "value d");
    EXPECT_EQ(std::ranges::count(words, "value c"), 1) << "once, stored or live";
    EXPECT_EQ(std::ranges::count(words, "value b"), 1);
}

TEST_P(Hub, delivers_once_to_a_seat_with_several_matching_watches) {
    AppClient& watcher = app(admin);
    DeviceClient& lamp = rig.ready(device);
    rig.watch(watcher, device, false, {1});
    rig.watch_org(watcher, org);
    rig.watch_subtree(watcher, root);
    rig.quiesce();
    take_words(watcher);
    rig.write(lamp, 1, "x");
    rig.quiesce();
    EXPECT_THAT(take_words(watcher), ElementsAre("value x"));
}

TEST_P(Hub, filters_pins_by_the_union_of_the_watches) {
    AppClient& watcher = app(staff);
    DeviceClient& lamp = rig.ready(device);
    rig.watch(watcher, device, false, {1});
    rig.watch(watcher, device, false, {2});
    rig.quiesce();
    take_words(watcher);
    rig.write(lamp, 1, "a");
    rig.write(lamp, 2, "b");
    rig.write(lamp, 3, "c");
    rig.quiesce();
    EXPECT_THAT(take_words(watcher), ElementsAre("value a", "value b"));
}

TEST_P(Hub, sends_nothing_after_unwatch) {
    AppClient& watcher = app(staff);
    DeviceClient& lamp = rig.ready(device);
    rig.watch(watcher, device);
    rig.quiesce();
    rig.ask(watcher, AppUnwatch{watcher.got[0].reply().watch()});
    rig.quiesce();
    take_words(watcher);
    rig.write(lamp, 1, "a");
    rig.quiesce();
    EXPECT_THAT(take_words(watcher), IsEmpty());
    rig.ask(watcher, AppUnwatch{77});
    rig.quiesce();
    EXPECT_THAT(take_words(watcher), ElementsAre("reply NOT_FOUND"));
}

TEST_P(Hub, hands_a_write_to_the_device_and_to_all_but_the_writer) {
    AppClient& writer = app(staff);
    AppClient& same_user = app(staff, far());
    DeviceClient& lamp = rig.ready(device);
    rig.watch(writer, device);
    rig.watch(same_user, device);
    rig.quiesce();
    take_words(writer);
    take_words(same_user);
    rig.ask(writer, AppWrite{device, 7, {"on"}});
    rig.quiesce();
    ASSERT_EQ(writer.got.size(), 1u);
    EXPECT_EQ(writer.got[0].reply().delivery(), wire::DELIVERED);
    ASSERT_EQ(same_user.got.size(), 1u);
    EXPECT_EQ(same_user.got[0].value().origin(), wire::APP);
    ASSERT_EQ(lamp.frames.size(), 1u);
    EXPECT_EQ(lamp.frames[0].substr(5), std::string("vw\0"
                                                    "7\0on",
                                                    7));
    EXPECT_NE(lamp.frames[0].substr(1, 2), std::string(2, '\0')) << "id 0";
}

TEST_P(Hub, never_gives_a_device_its_own_writes) {
    DeviceClient& lamp = rig.ready(device);
    rig.write(lamp, 1, "a");
    rig.quiesce();
    EXPECT_THAT(lamp.frames, IsEmpty());
}

TEST_P(Hub, says_stored_only_when_the_value_is_durable) {
    AppClient& writer = app(staff);
    rig.ask(writer, AppWrite{device, 7, {"on"}});
    rig.quiesce();
    EXPECT_THAT(take_words(writer), IsEmpty());
    EXPECT_GE(rig.sink.hurried, 1);
    rig.sink.sync();
    rig.quiesce();
    ASSERT_EQ(writer.got.size(), 1u);
    EXPECT_EQ(writer.got[0].reply().delivery(), wire::STORED);
    DeviceClient& lamp = rig.ready(device);
    rig.act(lamp, DeviceSync{9, {}});
    rig.quiesce();
    ASSERT_EQ(lamp.frames.size(), 1u);
    EXPECT_EQ(lamp.frames[0][2], 9) << "the sync's own id";
}

TEST_P(Hub, is_unavailable_when_an_offline_write_cannot_be_stored) {
    AppClient& writer = app(staff);
    rig.sink.full = true;
    rig.ask(writer, AppWrite{device, 7, {"on"}});
    rig.quiesce();
    EXPECT_THAT(take_words(writer), ElementsAre("reply UNAVAILABLE"));
}

TEST_P(Hub, refuses_bad_writes_by_their_reason) {
    rig.build.permissions(org, role_user,
                          {Permission::org_devices_view});  // sees, must not control
    const UserId viewer = rig.build.user(org, "viewer", role_user);
    AppClient& may_see = app(viewer);
    AppClient& writer = app(staff);
    rig.ready(device, 255);
    rig.ask(may_see, AppWrite{device, 1, {"x"}});
    rig.ask(writer, AppWrite{device, 1, {}});
    rig.ask(writer, AppWrite{device, 1, {std::string(1025, 'x')}});
    rig.ask(writer, AppWrite{device, 1, {std::string(246, 'x')}});  // 5 + "vw.1." + 246 = 256
    rig.ask(writer, AppWrite{device, 1, {std::string(245, 'x')}});
    rig.quiesce();
    EXPECT_THAT(take_words(may_see), ElementsAre("reply FORBIDDEN"));
    Words words = take_words(writer);
    std::ranges::sort(words);
    EXPECT_THAT(words,
                ElementsAre("reply BAD_REQUEST", "reply OK", "reply TOO_LARGE", "reply TOO_LARGE"));
}

TEST_P(Hub, holds_downlinks_back_in_order_until_the_device_is_ready) {
    AppClient& writer = app(staff);
    DeviceClient& lamp = rig.connect(device);
    rig.ask(writer, AppWrite{device, 1, {"a"}});
    rig.quiesce();
    rig.ask(writer, AppWrite{device, 1, {"b"}});
    rig.quiesce();
    EXPECT_THAT(take_words(writer), ElementsAre("reply OK", "reply OK"));
    EXPECT_THAT(lamp.frames, IsEmpty());
    rig.act(lamp, DeviceReady{});
    rig.quiesce();
    ASSERT_EQ(lamp.frames.size(), 2u) << "one frame, one part";
    EXPECT_EQ(lamp.frames[0].back(), 'a');
    EXPECT_EQ(lamp.frames[1].back(), 'b');
}

TEST_P(Hub, delivers_events_to_watchers) {
    AppClient& watcher = app(admin, far());
    rig.watch_org(watcher, org);
    DeviceClient& lamp = rig.ready(device);
    rig.quiesce();
    take_words(watcher);
    rig.act(lamp, DeviceEvent{"hot", "too hot", false});
    rig.quiesce();
    EXPECT_THAT(take_words(watcher), ElementsAre("event hot"));
}

TEST_P(Hub, lists_devices_with_presence_and_pages) {
    rig.build.device(org, "second");
    AppClient& watcher = app(staff, far());
    rig.ready(device);
    rig.ask(watcher, AppDevices{{}, false, 1, ""});
    rig.quiesce();
    ASSERT_EQ(watcher.got.size(), 1u);
    const auto first = watcher.got[0].reply().devices();
    ASSERT_EQ(first.devices_size(), 1);
    EXPECT_EQ(first.devices(0).id(), rig.wire_of(device));
    EXPECT_TRUE(first.devices(0).online());
    rig.ask(watcher, AppDevices{{}, false, 1, first.next_cursor()});
    rig.quiesce();
    const auto second = watcher.got[1].reply().devices();
    ASSERT_EQ(second.devices_size(), 1);
    EXPECT_EQ(second.devices(0).name(), "second");
    EXPECT_EQ(second.next_cursor(), "");
}

TEST_P(Hub, reads_stored_values_of_the_named_pins) {
    DeviceClient& lamp = rig.ready(device);
    rig.write(lamp, 1, "a");
    rig.write(lamp, 2, "b");
    AppClient& reader = app(staff, far());
    rig.ask(reader, AppRead{device, {2}});
    rig.quiesce();
    const auto& stored = reader.got[0].reply().stored();
    ASSERT_EQ(stored.values_size(), 1);
    EXPECT_EQ(stored.values(0).values(0).text(), "b");
}

}  // namespace
}  // namespace treeline
