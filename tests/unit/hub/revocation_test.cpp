// What a change takes away has ended everywhere before it is acknowledged.
#include <gmock/gmock.h>

#include "tests/support/hub_rig.hpp"

namespace treeline {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using Words = std::vector<std::string>;

class Revocation : public ::testing::TestWithParam<std::uint32_t> {
  protected:
    Revocation() : rig(GetParam()) {
        root = rig.build.root();
        org = rig.build.org(root, "client");
        other = rig.build.org(root, "other");
        admin = rig.build.admin();
        staff = rig.build.user(org, "staff", role_staff);
        rival = rig.build.user(other, "rival", role_staff);
        device = rig.build.device(org, "lamp");
    }
    std::uint32_t far() const { return GetParam() - 1; }
    void move_device(DeviceId id, OrgId to, bool cut = false) {
        DeviceRecord record = *rig.build.directory().device(id);
        record.org = to;
        record.owner = {};
        ++record.ownership_epoch;
        record.readable_from_epoch = cut ? record.ownership_epoch : record.readable_from_epoch;
        put({DevicePut{record}});
    }
    void put(std::vector<Event> events) {
        rig.build.take({rig.build.now, UserId{}, {root}, std::move(events)});
    }
    void take_view_away() { rig.build.permissions(org, role_staff, PermissionSet{}); }
    // Of `client`, watching and told so.
    AppClient& watching(UserId user, std::uint32_t at) {
        AppClient& client = rig.app(at, user);
        rig.watch(client, device);
        rig.quiesce();
        take_words(client);
        return client;
    }

    HubRig rig;
    OrgId root{}, org{}, other{};
    UserId admin{}, staff{}, rival{};
    DeviceId device{};
};
INSTANTIATE_TEST_SUITE_P(Shards, Revocation, ::testing::Values(1u, 2u, 3u));

TEST_P(Revocation, ends_a_watch_before_the_acknowledgement) {
    rig.start();
    AppClient& watcher = watching(staff, far());
    DeviceClient& lamp = rig.ready(device);
    rig.quiesce();
    take_words(watcher);
    rig.write(lamp, 1, "before");
    take_view_away();
    rig.change();
    EXPECT_THAT(take_words(watcher), ElementsAre("value before", "ended REVOKED"));
    rig.write(lamp, 1, "after");
    rig.quiesce();
    EXPECT_THAT(take_words(watcher), IsEmpty());
    EXPECT_FALSE(watcher.closed) << "the connection stays";
}

TEST_P(Revocation, does_not_revive_a_device_watch) {
    rig.start();
    AppClient& watcher = watching(staff, far());
    DeviceClient& lamp = rig.ready(device);
    take_view_away();
    rig.change();
    rig.build.permissions(org, role_staff, {Permission::org_devices_view});
    rig.change();
    rig.quiesce();
    take_words(watcher);
    rig.write(lamp, 1, "x");
    rig.quiesce();
    EXPECT_THAT(take_words(watcher), IsEmpty());
}

TEST_P(Revocation, begins_again_in_a_watched_org_with_watch_began) {
    rig.start();
    AppClient& watcher = rig.app(far(), staff);
    rig.watch_org(watcher, org);
    DeviceClient& lamp = rig.ready(device);
    rig.quiesce();
    move_device(device, other);
    rig.change();
    take_words(watcher);
    move_device(device, org);
    rig.change();
    rig.quiesce();
    EXPECT_THAT(take_words(watcher), ElementsAre("began", "presence on"));
    rig.write(lamp, 1, "x");
    rig.quiesce();
    EXPECT_THAT(take_words(watcher), ElementsAre("value x"));
}

TEST_P(Revocation, switches_a_transferred_device_from_the_old_watchers_to_the_new) {
    rig.start();
    AppClient& old_one = rig.app(far(), staff);
    AppClient& new_one = rig.app(0, rival);
    rig.watch_org(old_one, org);
    rig.watch_org(new_one, other, true);
    DeviceClient& lamp = rig.ready(device);
    rig.quiesce();
    take_words(old_one);
    take_words(new_one);
    rig.write(lamp, 1, "1");
    move_device(device, other, true);
    EXPECT_FALSE(rig.shards[lamp.shard]->is_changing());
    rig.publish();
    EXPECT_TRUE(rig.shards[lamp.shard]->is_changing()) << "somebody waits for it";
    rig.turn(lamp.shard);  // the home adopts: the switch point
    rig.write(lamp, 1, "2");
    while (!rig.acknowledged()) {
        rig.turn_all();
    }
    EXPECT_FALSE(rig.shards[lamp.shard]->is_changing());
    rig.write(lamp, 1, "3");
    rig.quiesce();
    EXPECT_THAT(take_words(old_one), ElementsAre("value 1", "ended TRANSFERRED"));
    EXPECT_THAT(take_words(new_one), ElementsAre("began", "presence on", "value 2", "value 3"));
}

TEST_P(Revocation, gives_each_end_its_reason) {
    const DeviceId second = rig.build.device(org, "second");
    rig.start();
    AppClient& watcher = watching(staff, far());
    rig.watch(watcher, second);
    rig.quiesce();
    take_words(watcher);
    rig.build.run(DeleteDevice{second, std::nullopt});
    rig.change();
    EXPECT_THAT(take_words(watcher), ElementsAre("ended DELETED"));
    move_device(device, other);
    rig.change();
    EXPECT_THAT(take_words(watcher), ElementsAre("ended TRANSFERRED"));
}

TEST_P(Revocation, expires_a_membership_by_itself) {
    const UserId guest = rig.build.user(other, "guest", role_staff);
    rig.build.member(guest, org, role_staff, std::nullopt, rig.build.now + Millis{5'000});
    rig.start();
    AppClient& watcher = watching(guest, far());
    DeviceClient& lamp = rig.ready(device);
    rig.quiesce();
    take_words(watcher);
    rig.pass(Millis{4'999});
    rig.write(lamp, 1, "in time");
    rig.quiesce();
    EXPECT_THAT(take_words(watcher), ElementsAre("value in time"));
    EXPECT_LE(rig.shards[far()]->deadline(), rig.now.steady + Millis{1'000});
    rig.pass(Millis{1});
    rig.write(lamp, 1, "late");
    rig.quiesce();
    EXPECT_THAT(take_words(watcher), ElementsAre("ended EXPIRED"));
}

TEST_P(Revocation, lets_a_membership_begin_by_itself) {
    const UserId guest = rig.build.user(other, "guest", role_staff);
    rig.build.permissions(root, role_user, {Permission::suborgs_view});
    rig.build.member(guest, root, role_user);  // sees the org, none of its devices
    rig.build.member(guest, org, role_staff, rig.build.now + Millis{5'000});
    rig.start();
    AppClient& watcher = rig.app(far(), guest);
    rig.watch_org(watcher, org);
    rig.quiesce();
    EXPECT_THAT(take_words(watcher), ElementsAre("reply OK"));
    rig.pass(Millis{5'000});
    EXPECT_THAT(take_words(watcher), ElementsAre("began", "presence off"));
}

// Found by the simulation: the refusal was remembered, and the right that came later was not told.
TEST_P(Revocation, PRM_17_begins_a_device_that_was_refused_before_even_by_its_next_value) {
    rig.build.permissions(org, role_staff, {Permission::suborgs_view});
    rig.start();
    AppClient& watcher = rig.app(far(), staff);
    DeviceClient& lamp = rig.ready(device);
    rig.watch_org(watcher, org);
    rig.write(lamp, 1, "refused");
    rig.quiesce();
    EXPECT_THAT(take_words(watcher), ElementsAre("reply OK"));
    rig.build.permissions(org, role_staff, {Permission::org_devices_view});
    rig.publish();
    rig.turn(lamp.shard);
    rig.write(lamp, 1, "allowed");
    rig.quiesce();
    EXPECT_TRUE(rig.acknowledged());
    EXPECT_THAT(take_words(watcher), ElementsAre("began", "presence on", "value allowed"));
}

TEST_P(Revocation, ends_a_scope_whose_root_goes_out_of_sight) {
    const MembershipId membership = rig.build.member(rival, org, role_staff);
    rig.start();
    AppClient& watcher = rig.app(far(), rival);
    rig.watch_subtree(watcher, org);
    rig.quiesce();
    take_words(watcher);
    rig.build.run(EndMembership{membership, false, std::nullopt});
    rig.change();
    EXPECT_THAT(take_words(watcher), ElementsAre("ended REVOKED", "watch ended REVOKED"));
}

TEST_P(Revocation, PRM_02_resets_a_connection_whose_held_record_holds_what_was_revoked) {
    rig.start();
    AppClient& watcher = watching(staff, far());
    DeviceClient& lamp = rig.ready(device);
    rig.quiesce();
    watcher.stuck = true;
    rig.write(lamp, 1, "held");
    rig.quiesce();
    ASSERT_TRUE(watcher.holding);
    take_view_away();
    rig.change();
    ASSERT_TRUE(watcher.closed);
    EXPECT_TRUE(watcher.closed->reset);
}

TEST_P(Revocation, keeps_a_connection_whose_held_record_holds_something_else) {
    const DeviceId mine = rig.build.device(other, "mine");
    rig.build.member(staff, other, role_staff);
    rig.start();
    AppClient& watcher = watching(staff, far());
    rig.watch(watcher, mine);
    DeviceClient& lamp = rig.ready(device);
    DeviceClient& own = rig.ready(mine);
    rig.quiesce();
    take_words(watcher);
    watcher.stuck = true;
    rig.write(own, 1, "held");
    rig.quiesce();
    rig.write(lamp, 1, "queued");
    rig.quiesce();
    take_view_away();
    rig.change();
    EXPECT_FALSE(watcher.closed);
    rig.release(watcher);
    rig.quiesce();
    EXPECT_THAT(take_words(watcher), ElementsAre("value held", "ended REVOKED"))
        << "what was queued is dropped";
}

TEST_P(Revocation, replaces_a_queued_answer_about_a_lost_device) {
    rig.start();
    AppClient& reader = rig.app(far(), staff);
    DeviceClient& lamp = rig.ready(device);
    rig.write(lamp, 1, "secret");
    reader.stuck = true;
    rig.ask(reader, AppExplain{DeviceId{999}, "view"});
    rig.quiesce();
    ASSERT_TRUE(reader.holding);
    take_words(reader);
    rig.ask(reader, AppRead{device, {}});
    rig.ask(reader, AppDevices{});
    rig.quiesce();
    take_view_away();
    rig.change();
    rig.release(reader);
    rig.quiesce();
    ASSERT_EQ(reader.got.size(), 2u);
    std::ranges::sort(reader.got, {}, [](const auto& m) { return m.reply().request(); });
    EXPECT_EQ(in_words(reader.got[0]), "reply NOT_FOUND");
    EXPECT_EQ(reader.got[1].reply().devices().devices_size(), 0);
    EXPECT_THAT(reader.devices, Not(Contains(device)));
}

TEST_P(Revocation, PRM_05_drops_a_queued_downlink_whose_sender_loses_control) {
    rig.start();
    AppClient& writer = rig.app(far(), staff);
    AppClient& boss = rig.app(0, admin);
    DeviceClient& lamp = rig.connect(device);  // not ready: downlinks wait
    rig.ask(writer, AppWrite{device, 1, {"mine"}});
    rig.ask(boss, AppWrite{device, 2, {"his"}});
    rig.quiesce();
    rig.build.permissions(org, role_staff, {Permission::org_devices_view});
    rig.change();
    rig.act(lamp, DeviceReady{});
    rig.quiesce();
    ASSERT_EQ(lamp.frames.size(), 1u);
    EXPECT_EQ(lamp.frames[0].substr(lamp.frames[0].size() - 3), "his");
    rig.act(lamp, DeviceSync{1, {1}});
    rig.quiesce();
    EXPECT_EQ(lamp.frames.size(), 2u) << "the stored value stays";
}

TEST_P(Revocation, closes_a_device_whose_token_was_rotated_or_that_was_deleted) {
    const DeviceId second = rig.build.device(org, "second");
    rig.start();
    DeviceClient& lamp = rig.ready(device);
    DeviceClient& gone = rig.ready(second);
    const TokenHash old_token = rig.build.directory().device(device)->token;
    rig.build.run(RotateToken{device, rig.build.next_token()});
    rig.build.run(DeleteDevice{second, std::nullopt});
    rig.change();
    EXPECT_TRUE(lamp.closed);
    EXPECT_TRUE(gone.closed);
    const auto again = rig.shards[lamp.shard]->admit_device(old_token, rig.now);
    EXPECT_EQ(std::get<DeviceStatus>(again), DeviceStatus::invalid_token);
    rig.leave(lamp);
    rig.leave(gone);
    rig.pass(Millis{5'000});
    EXPECT_EQ(rig.shards[lamp.shard]->counters().devices, 0u);
}

TEST_P(Revocation, signs_out_with_the_reason_and_code) {
    const UserId member = rig.build.user(org, "member", role_staff);
    const MembershipId membership = rig.build.home(member);
    rig.start();
    AppClient& suspended = rig.app(far(), staff);
    AppClient& signed_out = rig.app(far(), rival);
    AppClient& homeless = rig.app(far(), member);
    LoginId login{};
    rig.build.directory().logins(rival, [&](const LoginRecord& record) {
        login = record.id;
        return false;
    });
    rig.build.suspend(staff);
    put({LoginRemoved{login}});
    rig.build.run(EndMembership{membership, false, std::nullopt});
    rig.change();
    EXPECT_THAT(take_words(suspended), ElementsAre("signed out suspended"));
    EXPECT_EQ(suspended.closed->code, 4401);
    EXPECT_THAT(take_words(signed_out), ElementsAre("signed out force_logout"));
    EXPECT_EQ(signed_out.closed->code, 4401);
    // Without a membership the account may be gone as well; both are the last word.
    ASSERT_TRUE(homeless.closed);
}

TEST_P(Revocation, signs_out_when_the_access_token_expires) {
    rig.start();
    AppClient& client = rig.app(far(), staff);
    rig.pass(Millis{3'600'000});
    EXPECT_THAT(take_words(client), ElementsAre("signed out expired"));
    EXPECT_EQ(client.closed->code, 4401);
}

TEST_P(Revocation, tells_no_membership_to_a_session_that_has_none_left) {
    rig.start();
    AppClient& client = rig.app(far(), staff);
    rig.build.suspend_org(org);
    rig.change();
    EXPECT_THAT(take_words(client), ElementsAre("signed out no_membership"));
    EXPECT_EQ(client.closed->code, 4403);
    AppClient& late = rig.app(far(), staff);
    rig.quiesce();
    EXPECT_THAT(take_words(late), ElementsAre("signed out no_membership"));
}

TEST_P(Revocation, stores_values_of_devices_in_a_suspended_org) {
    rig.start();
    DeviceClient& lamp = rig.ready(device);
    AppClient& above = watching(admin, far());
    rig.build.suspend_org(org);
    rig.change();
    rig.write(lamp, 1, "x");
    rig.quiesce();
    EXPECT_THAT(take_words(above), ElementsAre("value x"));
    EXPECT_FALSE(lamp.closed);
}

TEST_P(Revocation, hides_earlier_values_after_a_cut) {
    rig.start();
    DeviceClient& lamp = rig.ready(device);
    rig.write(lamp, 1, "old");
    rig.quiesce();
    move_device(device, other, true);
    rig.change();
    AppClient& reader = rig.app(far(), rival);
    rig.ask(reader, AppRead{device, {}});
    rig.watch(reader, device, true);
    rig.quiesce();
    EXPECT_EQ(reader.got[0].reply().stored().values_size(), 0);
    EXPECT_THAT(take_words(reader), Not(Contains("value old")));
    rig.act(lamp, DeviceSync{1, {}});
    rig.quiesce();
    EXPECT_EQ(lamp.frames.size(), 1u) << "its own sync still gets it";
}

TEST_P(Revocation, tells_more_than_256_lost_devices_as_one) {
    for (int i = 0; i < 300; ++i) {
        rig.build.device(org, "many " + std::to_string(i));
    }
    rig.start();
    AppClient& watcher = rig.app(far(), staff);
    rig.watch_org(watcher, org);
    rig.quiesce();
    EXPECT_EQ(take_words(watcher).size(), 1u + 301u);
    take_view_away();
    rig.change();
    EXPECT_THAT(take_words(watcher), ElementsAre("watch ended REVOKED"));
}

}  // namespace
}  // namespace treeline
