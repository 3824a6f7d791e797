// Everything has a limit: outboxes, downlinks, requests, watches, logins; and presence with grace.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/hub/value_key.hpp"
#include "tests/support/hub_rig.hpp"

namespace treeline {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Words = std::vector<std::string>;

class Limits : public ::testing::Test {
  protected:
    explicit Limits(std::uint32_t shards = 2) : rig(shards) {
        root = rig.build.root();
        org = rig.build.org(root, "client");
        admin = rig.build.admin();
        staff = rig.build.user(org, "staff", role_staff);
        device = rig.build.device(org, "lamp");
    }
    AppClient& watching(std::vector<Pin> pins = {}) {
        AppClient& client = rig.app(0, staff);
        rig.watch(client, device, false, std::move(pins));
        rig.quiesce();
        take_words(client);
        return client;
    }
    void get_stuck(AppClient& client, DeviceClient& lamp) {
        client.stuck = true;
        rig.write(lamp, 255, "stuck");
        rig.quiesce();
        take_words(client);
    }

    HubRig rig;
    OrgId root{}, org{};
    UserId admin{}, staff{};
    DeviceId device{};
};

TEST_F(Limits, folds_values_of_a_slow_watcher_to_the_newest_per_pin) {
    rig.limits.outbox_messages_max = 4;
    rig.start();
    DeviceClient& lamp = rig.ready(device);
    AppClient& slow = watching();
    get_stuck(slow, lamp);
    for (const char* value : {"a", "b", "c", "d", "e", "f"}) {
        rig.write(lamp, 1, value);
    }
    rig.write(lamp, 2, "other");
    rig.quiesce();
    rig.release(slow);
    rig.quiesce();
    EXPECT_THAT(take_words(slow), ElementsAre("lagged 5", "value f", "value other"));
}

TEST_F(Limits, drops_the_oldest_of_distinct_pins_and_counts_it) {
    rig.limits.outbox_messages_max = 4;
    rig.start();
    DeviceClient& lamp = rig.ready(device);
    AppClient& slow = watching();
    get_stuck(slow, lamp);
    for (Pin pin = 1; pin <= 6; ++pin) {
        rig.write(lamp, pin, std::to_string(pin));
    }
    rig.quiesce();
    rig.release(slow);
    rig.quiesce();
    EXPECT_THAT(take_words(slow),
                ElementsAre("lagged 2", "value 3", "value 4", "value 5", "value 6"));
}

// Found by the simulation: a later presence took the place of the first, behind the values.
TEST_F(Limits, tells_the_presence_first_however_often_it_changes) {
    rig.limits.outbox_messages_max = 6;
    rig.start();
    DeviceClient* lamp = &rig.ready(device);
    AppClient& slow = rig.app(0, staff);
    slow.stuck = true;
    rig.ask(slow, AppUnwatch{1});
    rig.quiesce();
    take_words(slow);
    rig.watch(slow, device);
    for (int i = 0; i < 3; ++i) {
        rig.write(*lamp, 1, std::to_string(i));
        rig.leave(*lamp);
        rig.pass(Millis{1'000});
        lamp = &rig.ready(device);
        rig.quiesce();
    }
    rig.release(slow);
    rig.quiesce();
    EXPECT_THAT(take_words(slow),
                ElementsAre("lagged 1", "reply OK", "presence on", "value 2", "presence on"));
}

TEST_F(Limits, bounds_an_outbox_in_bytes_too) {
    rig.limits.outbox_size_bytes_max = 3'000;
    rig.start();
    DeviceClient& lamp = rig.ready(device);
    AppClient& slow = watching();
    get_stuck(slow, lamp);
    for (Pin pin = 1; pin <= 6; ++pin) {
        rig.write(lamp, pin, std::string(900, 'x'));
    }
    rig.quiesce();
    rig.release(slow);
    rig.quiesce();
    EXPECT_EQ(take_words(slow)[0], "lagged 3");
}

TEST_F(Limits, closes_4413_where_events_do_not_fit) {
    rig.limits.outbox_messages_max = 4;
    rig.start();
    DeviceClient& lamp = rig.ready(device);
    AppClient& slow = watching();
    get_stuck(slow, lamp);
    rig.write(lamp, 1, "makes room");
    for (int i = 0; i < 4; ++i) {
        rig.act(lamp, DeviceEvent{"e", "", false});
    }
    rig.quiesce();
    rig.release(slow);
    rig.quiesce();
    EXPECT_FALSE(slow.closed);
    slow.stuck = true;
    for (int i = 0; i < 6; ++i) {
        rig.act(lamp, DeviceEvent{"e", "", false});
        rig.quiesce();
    }
    rig.release(slow);
    rig.quiesce();
    ASSERT_TRUE(slow.closed);
    EXPECT_EQ(slow.closed->code, 4413);
}

TEST_F(Limits, never_fills_the_outbox_with_a_scope) {
    rig.limits.outbox_messages_max = 64;
    for (int i = 0; i < 500; ++i) {
        rig.build.device(org, "many " + std::to_string(i));
    }
    rig.start();
    AppClient& client = rig.app(0, staff);
    rig.watch_org(client, org, true);
    rig.quiesce();
    const Words words = take_words(client);
    EXPECT_EQ(words.size(), 1u + 501u);
    EXPECT_EQ(std::ranges::count(words, "presence off"), 501);
}

TEST_F(Limits, throttles_the_65th_request_and_refuses_reused_numbers) {
    rig.start();
    AppClient& client = rig.app(0, staff);
    for (int i = 0; i < 65; ++i) {
        rig.ask(client, AppRead{device, {}});
    }
    client.next_request = 3;
    rig.ask(client, AppRead{device, {}});
    client.next_request = 0;
    rig.ask(client, AppRead{device, {}});
    rig.quiesce();
    const Words words = take_words(client);
    EXPECT_EQ(std::ranges::count(words, "reply OK"), 64);
    EXPECT_EQ(std::ranges::count(words, "reply THROTTLED"), 1);
    EXPECT_EQ(std::ranges::count(words, "reply BAD_REQUEST"), 2);
    client.next_request = 3;
    rig.ask(client, AppRead{device, {}});
    rig.quiesce();
    EXPECT_THAT(take_words(client), ElementsAre("reply OK")) << "answered: free again";
}

TEST_F(Limits, throttles_watches_over_their_number) {
    rig.limits.watches_max = 2;
    rig.start();
    AppClient& client = rig.app(0, staff);
    rig.watch(client, device);
    rig.watch_org(client, org);
    rig.watch(client, device);
    rig.quiesce();
    EXPECT_THAT(take_words(client), Contains("reply THROTTLED"));
}

TEST_F(Limits, folds_downlinks_and_says_device_slow_for_distinct_pins) {
    rig.limits.downlinks_max = 2;
    rig.start();
    AppClient& writer = rig.app(0, staff);
    DeviceClient& lamp = rig.connect(device);
    for (const char* value : {"a", "b", "c"}) {
        rig.ask(writer, AppWrite{device, 1, {value}});
        rig.quiesce();
    }
    rig.ask(writer, AppWrite{device, 2, {"x"}});
    rig.quiesce();
    rig.ask(writer, AppWrite{device, 3, {"y"}});
    rig.quiesce();
    EXPECT_THAT(take_words(writer),
                ElementsAre("reply OK", "reply OK", "reply OK", "reply OK", "reply DEVICE_SLOW"));
    rig.act(lamp, DeviceReady{});
    rig.quiesce();
    ASSERT_EQ(lamp.frames.size(), 2u);
    EXPECT_EQ(lamp.frames[0].back(), 'c');
    EXPECT_EQ(lamp.frames[1].back(), 'x');
}

TEST_F(Limits, closes_a_device_that_stalls) {
    rig.start();
    AppClient& writer = rig.app(0, staff);
    DeviceClient& lamp = rig.ready(device);
    lamp.stuck = true;
    rig.ask(writer, AppWrite{device, 1, {"a"}});
    rig.quiesce();
    rig.pass(Millis{29'000});
    EXPECT_FALSE(lamp.closed);
    rig.pass(Millis{1'000});
    ASSERT_TRUE(lamp.closed);
    EXPECT_TRUE(lamp.closed->reset);
}

TEST_F(Limits, refuses_more_logins_a_minute) {
    rig.limits.logins_per_minute = 2;
    rig.start();
    DeviceClient& first = rig.connect(device);
    rig.connect(device);
    const TokenHash token = rig.build.directory().device(device)->token;
    const auto third = rig.shards[first.shard]->admit_device(token, rig.now);
    EXPECT_EQ(std::get<DeviceStatus>(third), DeviceStatus::quota);
    rig.pass(Millis{60'000});
    EXPECT_TRUE(
        std::holds_alternative<SeatId>(rig.shards[first.shard]->admit_device(token, rig.now)));
}

TEST_F(Limits, lets_the_newest_login_win_without_a_presence_event) {
    rig.start();
    AppClient& watcher = watching();
    DeviceClient& older = rig.ready(device);
    rig.quiesce();
    EXPECT_THAT(take_words(watcher), ElementsAre("presence on"));
    rig.ready(device);
    rig.quiesce();
    EXPECT_TRUE(older.closed);
    rig.leave(older);  // late
    rig.pass(Millis{5'000});
    EXPECT_THAT(take_words(watcher), IsEmpty());
}

TEST_F(Limits, tells_offline_only_after_the_grace) {
    rig.start();
    AppClient& watcher = watching();
    DeviceClient& lamp = rig.ready(device);
    rig.quiesce();
    take_words(watcher);
    rig.leave(lamp);
    rig.pass(Millis{999});
    DeviceClient& again = rig.ready(device);
    rig.pass(Millis{5'000});
    EXPECT_THAT(take_words(watcher), IsEmpty());
    rig.leave(again);
    rig.pass(Millis{1'000});
    EXPECT_THAT(take_words(watcher), ElementsAre("presence off"));
}

TEST_F(Limits, restores_values_and_last_seen_after_a_restart) {
    rig.start();
    DeviceClient& lamp = rig.ready(device);
    rig.write(lamp, 1, "older");
    rig.write(lamp, 1, "kept");
    const std::size_t before = rig.sink.tickets;
    const UnixTime seen = rig.now.wall;
    rig.pass(rig.limits.save_after_max);
    EXPECT_EQ(rig.sink.tickets, before + 1) << "only the newest of a pin is stored";
    HubRig after(2);
    after.build = rig.build;
    after.start();
    for (const auto& [key, value] : rig.sink.stored) {
        for (auto& shard : after.shards) {
            shard->restore(key, value);
        }
    }
    AppClient& watcher = after.app(0, staff);
    after.watch(watcher, device, true);
    after.quiesce();
    EXPECT_EQ(watcher.got[1].presence().at_ms(), to_unix_ms(seen));
    EXPECT_THAT(take_words(watcher), ElementsAre("reply OK", "presence off", "value kept"));
}

TEST_F(Limits, drains_apps_with_a_reconnect_hint_and_closes_devices) {
    rig.start();
    AppClient& client = rig.app(0, staff);
    DeviceClient& lamp = rig.ready(device);
    for (auto& shard : rig.shards) {
        shard->drain(rig.now);
    }
    rig.quiesce();
    ASSERT_TRUE(client.closed && lamp.closed);
    EXPECT_EQ(client.closed->code, 1001);
    EXPECT_EQ(client.closed->reason.rfind("reconnect_ms=", 0), 0u);
}

TEST_F(Limits, loses_values_in_a_full_lane_only_by_count_and_no_control_mail) {
    rig.limits.lane_capacity = 2;
    rig.limits.spill_max = 4;
    rig.start();
    const std::uint32_t away = 1 - rig.shards[0]->home_of(device);
    AppClient& watcher = rig.app(away, staff);
    rig.watch(watcher, device);
    DeviceClient& lamp = rig.ready(device);
    rig.quiesce();
    take_words(watcher);
    int sent = 0;
    for (int turn = 0; turn < 10; ++turn) {  // the watcher's shard gets no turn
        for (int i = 0; i < 5; ++i) {
            rig.write(lamp, static_cast<Pin>(i), std::to_string(++sent));
        }
        rig.turn(lamp.shard);
    }
    rig.build.permissions(org, role_staff, PermissionSet{});
    rig.change();
    std::uint64_t accounted = 0;
    Words words;
    for (const auto& message : watcher.got) {
        accounted += message.has_value() ? 1 : message.lagged().dropped();
        words.push_back(in_words(message));
    }
    EXPECT_EQ(accounted, static_cast<std::uint64_t>(sent));
    EXPECT_EQ(words.back(), "ended REVOKED");
}

TEST_F(Limits, answers_the_api_from_any_shard) {
    rig.start();
    DeviceClient& lamp = rig.ready(device);
    rig.write(lamp, 1, "v");
    for (auto& shard : rig.shards) {
        std::vector<StoredValue> values;
        std::vector<Presence> presences;
        std::optional<WriteOutcome> outcome;
        shard->read_values(device, {}, rig.now,
                           [&](std::vector<StoredValue> got) { values = std::move(got); });
        shard->presences({DeviceId{999}, device},
                         [&](std::vector<Presence> got) { presences = std::move(got); });
        shard->write_value(admin, device, 2, "w", Origin::api, rig.now,
                           [&](WriteOutcome got) { outcome = got; });
        rig.quiesce();
        ASSERT_FALSE(values.empty());
        EXPECT_EQ(values[0].bytes, "v");
        ASSERT_EQ(presences.size(), 2u);
        EXPECT_FALSE(presences[0].online);
        EXPECT_TRUE(presences[1].online);
        ASSERT_TRUE(outcome);
        EXPECT_EQ(outcome->delivery, Delivery::delivered);
    }
    EXPECT_EQ(lamp.frames.size(), 2u);
}

TEST(ValueKey, orders_and_reads_back_what_it_wrote) {
    const ValueKey key{DeviceId{0x0102}, 3, 200};
    const std::string bytes = encode_value_key(key);
    EXPECT_EQ(bytes.size(), 17u);
    EXPECT_EQ(decode_value_key(bytes)->pin, 200);
    EXPECT_EQ(decode_value_key(bytes)->epoch, 3u);
    EXPECT_EQ(device_of_key(bytes), DeviceId{0x0102});
    EXPECT_LT(encode_presence_key(DeviceId{0x0102}), bytes);
    EXPECT_LT(bytes, encode_presence_key(DeviceId{0x0103}));
    EXPECT_FALSE(decode_value_key(bytes.substr(1)));
    const StoredValue value{200, std::string("a\0\xff", 3), from_unix_ms(5), Origin::api};
    const auto back = decode_stored_value(200, encode_stored_value(value));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->bytes, value.bytes);
    EXPECT_EQ(back->at, value.at);
    EXPECT_EQ(back->origin, Origin::api);
    EXPECT_FALSE(decode_stored_value(200, "short"));
}

}  // namespace
}  // namespace treeline
