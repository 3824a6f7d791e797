// A new token over the live connection: leased, sent, acknowledged, and never both tokens lost.
#include "broker/identity/token.hpp"

#include <gmock/gmock.h>

#include "tests/support/hub_rig.hpp"

namespace treeline {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

const std::string fresh(32, 'n');

struct NewToken : testing::Test {
    HubRig rig{2};
    OrgId a = rig.build.org(rig.build.root(), "a");
    OrgId b = rig.build.org(OrgId{1}, "b");
    DeviceId device = rig.build.device(a, "lamp");
    TokenHash old = rig.build.directory().device(device)->token;

    NewToken() { rig.start(); }

    std::uint32_t home() { return rig.shards[0]->home_of(device); }
    Shard& asker() { return *rig.shards[1 - home()]; }
    DeviceClient& login(const TokenHash& token, bool rotates = true, std::size_t buff_in = 1024) {
        Shard& shard = *rig.shards[home()];
        const auto seated = shard.admit_device(token, rig.now);
        CHECK(std::holds_alternative<SeatId>(seated));
        rig.devices.push_back(std::make_unique<DeviceClient>());
        DeviceClient& client = *rig.devices.back();
        client.shard = home();
        client.seat = std::get<SeatId>(seated);
        client.device = device;
        DeviceInfo info;
        info.buff_in = buff_in;
        info.rotate = rotates;
        rig.act(client, DeviceAnnounced{info});
        rig.act(client, DeviceReady{});
        return client;
    }
    bool logs_in(const TokenHash& token) {
        return std::holds_alternative<SeatId>(rig.shards[home()]->admit_device(token, rig.now));
    }
    std::vector<TokenLease> leases;
    void lease() {
        asker().lease_token(device, rig.now,
                            Reply<TokenLease>([this](TokenLease got) { leases.push_back(got); }));
        rig.quiesce();
    }
    TokenOutcome leased() {
        lease();
        return leases.empty() ? TokenOutcome::silent : leases.back().outcome;
    }
    void give_back() {
        asker().return_token(device, rig.now);
        rig.quiesce();
    }
    std::vector<TokenOutcome> outcomes;
    void stage_and_send(bool has_earlier = false, const std::string& token = fresh) {
        rig.build.run(StageToken{device, hash_token(token), has_earlier});
        rig.change();
        send(token);
    }
    void send(const std::string& token = fresh) {
        asker().send_token(device, token, rig.now, Reply<TokenOutcome>([this](TokenOutcome got) {
                               outcomes.push_back(got);
                           }));
        rig.quiesce();
    }
    std::uint16_t sent_id(const DeviceClient& client) {
        const std::string& frame = client.frames.back();
        EXPECT_EQ(frame.substr(5), std::string("token\0", 6) + fresh);
        return static_cast<std::uint16_t>(static_cast<unsigned char>(frame[1]) << 8 |
                                          static_cast<unsigned char>(frame[2]));
    }
    void acknowledge(DeviceClient& client) {
        rig.act(client, DeviceTokenStored{sent_id(client)});
        rig.quiesce();
    }
    void commit() {
        CreateTransfer command;
        command.device = device;
        command.to_org = b;
        command.way = TransferWay::at_once;
        command.rotate_token = true;
        command.staged = hash_token(fresh);
        rig.build.run(command, Actor{rig.build.admin()});
        rig.change();
    }
};

TEST_F(NewToken, is_the_only_one_from_the_commit_on_and_the_connection_stays) {
    DeviceClient& lamp = login(old);
    ASSERT_EQ(leased(), TokenOutcome::ok);
    EXPECT_FALSE(leases.back().has_earlier);
    stage_and_send();
    EXPECT_THAT(outcomes, IsEmpty());
    acknowledge(lamp);
    EXPECT_THAT(outcomes, testing::ElementsAre(TokenOutcome::ok));
    commit();
    EXPECT_FALSE(lamp.closed);
    EXPECT_FALSE(logs_in(old));
    EXPECT_TRUE(logs_in(hash_token(fresh)));
}

TEST_F(NewToken, logs_in_beside_the_old_one_until_the_commit) {
    login(old);
    leased();
    stage_and_send();
    EXPECT_TRUE(logs_in(old));
    EXPECT_TRUE(logs_in(hash_token(fresh)));
}

TEST_F(NewToken, a_connection_made_with_the_old_one_meanwhile_is_closed_at_the_commit) {
    DeviceClient& lamp = login(old);
    leased();
    stage_and_send();
    acknowledge(lamp);
    DeviceClient& other = login(old);
    rig.quiesce();
    commit();
    EXPECT_TRUE(other.closed);
}

TEST_F(NewToken, is_refused_to_a_device_that_is_away_or_can_not_take_it) {
    EXPECT_EQ(leased(), TokenOutcome::offline);
    rig.connect(device);  // has not introduced itself
    EXPECT_EQ(leased(), TokenOutcome::offline);
    login(old, false);
    EXPECT_EQ(leased(), TokenOutcome::unsupported);
    login(old, true, 42);  // one byte too few
    EXPECT_EQ(leased(), TokenOutcome::unsupported);
    login(old, true, 43);
    EXPECT_EQ(leased(), TokenOutcome::ok);
}

TEST_F(NewToken, is_silent_after_ten_seconds_and_an_answer_to_something_else_is_none) {
    DeviceClient& lamp = login(old);
    leased();
    stage_and_send();
    rig.act(lamp, DeviceTokenStored{static_cast<std::uint16_t>(sent_id(lamp) + 1)});
    rig.pass(Millis{9'999});
    EXPECT_THAT(outcomes, IsEmpty());
    rig.pass(Millis{1});
    EXPECT_THAT(outcomes, testing::ElementsAre(TokenOutcome::silent));
    EXPECT_FALSE(lamp.closed);
}

TEST_F(NewToken, another_is_not_sent_while_nobody_knows_what_became_of_the_last) {
    DeviceClient& lamp = login(old);
    leased();
    stage_and_send();
    rig.pass(Millis{10'000});
    give_back();
    EXPECT_EQ(leased(), TokenOutcome::silent);
    acknowledge(lamp);  // late
    EXPECT_EQ(leased(), TokenOutcome::ok);
    EXPECT_TRUE(leases.back().has_earlier);
    const std::string next(32, 'm');
    stage_and_send(true, next);
    EXPECT_FALSE(lamp.closed);  // its token is the one before now
    EXPECT_TRUE(logs_in(hash_token(fresh)));
    EXPECT_FALSE(logs_in(old));
}

TEST_F(NewToken, a_login_tells_which_one_the_device_has) {
    DeviceClient& lamp = login(old);
    leased();
    stage_and_send();
    rig.leave(lamp);
    rig.quiesce();
    EXPECT_THAT(outcomes, IsEmpty());
    DeviceClient& back = login(hash_token(fresh));
    rig.quiesce();
    EXPECT_THAT(outcomes, testing::ElementsAre(TokenOutcome::ok));
    commit();
    EXPECT_FALSE(back.closed);
}

TEST_F(NewToken, a_login_with_the_old_one_says_that_it_has_not_arrived) {
    DeviceClient& lamp = login(old);
    leased();
    stage_and_send();
    rig.leave(lamp);
    login(old);
    rig.quiesce();
    EXPECT_THAT(outcomes, testing::ElementsAre(TokenOutcome::silent));
    give_back();
    ASSERT_EQ(leased(), TokenOutcome::ok);
    EXPECT_FALSE(leases.back().has_earlier);
}

TEST_F(NewToken, goes_to_one_asker_after_the_other) {
    DeviceClient& lamp = login(old);
    ASSERT_EQ(leased(), TokenOutcome::ok);
    lease();
    EXPECT_THAT(leases, SizeIs(1));
    stage_and_send();
    acknowledge(lamp);
    give_back();
    ASSERT_THAT(leases, SizeIs(2));
    EXPECT_EQ(leases.back().outcome, TokenOutcome::ok);
    EXPECT_TRUE(leases.back().has_earlier);
    for (int waiting = 0; waiting < 65; ++waiting) {
        lease();
    }
    ASSERT_THAT(leases, SizeIs(3));
    EXPECT_EQ(leases.back().outcome, TokenOutcome::silent);  // too many wait
}

TEST_F(NewToken, nobody_waits_for_a_device_that_is_deleted) {
    login(old);
    leased();
    lease();
    stage_and_send();
    rig.build.run(DeleteDevice{device, {}});
    rig.change();
    rig.quiesce();
    EXPECT_THAT(outcomes, testing::ElementsAre(TokenOutcome::offline));
    give_back();
    ASSERT_THAT(leases, SizeIs(2));
    EXPECT_EQ(leases.back().outcome, TokenOutcome::offline);
    rig.pass(Millis{20'000});
    EXPECT_THAT(outcomes, SizeIs(1));
}

TEST_F(NewToken, is_not_sent_to_a_device_that_left_after_the_lease) {
    DeviceClient& lamp = login(old);
    leased();
    rig.leave(lamp);
    stage_and_send();
    EXPECT_THAT(outcomes, testing::ElementsAre(TokenOutcome::offline));
}

}  // namespace
}  // namespace treeline
