// The simulated device's side of the conversation, driven by hand.
#include "firmware-sim/conversation.hpp"

#include <gtest/gtest.h>

#include "proto/device/body.hpp"

namespace treeline {
namespace {

using namespace std::chrono_literals;
using proto::Command;

const std::string token(32, 't');

struct Sent {
    Command command{};
    std::uint16_t id = 0;
    std::string body;
};

std::vector<Sent> frames_of(const SimStep& step) {
    proto::FrameDecoder decoder(4'096);
    decoder.feed(step.bytes);
    std::vector<Sent> sent;
    for (auto frame = decoder.next(); frame && *frame; frame = decoder.next()) {
        sent.push_back({(*frame)->command, (*frame)->id, std::string((*frame)->body)});
    }
    return sent;
}

// A device and the broker's part, spoken by the test.
class ConversationTest : public testing::Test {
  protected:
    static DevicePlan plan() {
        DevicePlan plan;
        plan.waveform = {.wave = Wave::constant, .low = 0, .high = 21.5, .period = 1s};
        return plan;
    }

    // Logged in, its info frame acknowledged; what it sent then.
    SimStep make_ready() {
        device_.opened(now_);
        device_.receive(proto::encode_response(1, 200), now_);
        return device_.receive(proto::encode_response(2, 200), now_);
    }

    SimStep hear(Command command, std::uint16_t id, std::string_view body) {
        return device_.receive(proto::encode_frame(command, id, body), now_);
    }

    void restart(const DevicePlan& plan) { device_ = Conversation(plan, token, 1, now_); }

    SteadyTime now_{1'000s};
    Conversation device_{plan(), token, 1, now_};
};

TEST_F(ConversationTest, logs_in_first_with_its_token) {
    const auto sent = frames_of(device_.opened(now_));
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].command, Command::hw_login);
    EXPECT_EQ(sent[0].id, 1);
    EXPECT_EQ(sent[0].body, token);
}

TEST_F(ConversationTest, tells_about_itself_after_the_login) {
    device_.opened(now_);
    const auto sent = frames_of(device_.receive(proto::encode_response(1, 200), now_));
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].command, Command::internal);
    const auto items = proto::split_items(sent[0].body);
    EXPECT_TRUE(proto::is_info(items));
    EXPECT_EQ(items[3], "10");
}

TEST_F(ConversationTest, gives_up_for_good_on_an_invalid_token) {
    device_.opened(now_);
    EXPECT_EQ(device_.receive(proto::encode_response(1, 9), now_).fate, Fate::give_up);
}

TEST_F(ConversationTest, comes_back_when_the_broker_is_busy) {
    device_.opened(now_);
    EXPECT_EQ(device_.receive(proto::encode_response(1, 19), now_).fate, Fate::reconnect);
}

TEST_F(ConversationTest, asks_for_the_stored_values_once_it_is_ready) {
    const SimStep step = make_ready();
    const auto sent = frames_of(step);
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].command, Command::hardware_sync);
    EXPECT_EQ(step.events.front().kind, SimEvent::Kind::online);
}

TEST_F(ConversationTest, stored_values_are_not_answered_and_downlinks_are) {
    const std::uint16_t sync_id = frames_of(make_ready()).front().id;
    const std::string body("vw\0007\0on", 7);
    const SimStep restored = hear(Command::hardware, sync_id, body);
    EXPECT_EQ(restored.bytes, "");
    EXPECT_EQ(restored.events.front().kind, SimEvent::Kind::restored);
    const auto answer = frames_of(hear(Command::hardware, 999, body));
    ASSERT_EQ(answer.size(), 1U);
    EXPECT_EQ(answer[0].body, std::string("vw\0008\0on", 7));
}

TEST_F(ConversationTest, the_last_pin_has_no_next_one_to_answer_on) {
    make_ready();
    EXPECT_EQ(hear(Command::hardware, 999, std::string("vw\000255\0x", 8)).bytes, "");
}

TEST_F(ConversationTest, writes_within_the_interval_and_then_at_every_one) {
    make_ready();
    EXPECT_LE(device_.deadline(), now_ + 1s);
    now_ += 1s;
    const auto first = frames_of(device_.expire(now_));
    ASSERT_EQ(first.size(), 1U);
    EXPECT_EQ(first[0].body, std::string("vw\0005\00021.50", 10));
    EXPECT_TRUE(frames_of(device_.expire(now_)).empty());
    now_ += 1s;
    EXPECT_EQ(frames_of(device_.expire(now_)).size(), 1U);
}

TEST_F(ConversationTest, pings_when_it_had_nothing_to_say) {
    DevicePlan quiet = plan();
    quiet.interval = 0ms;
    restart(quiet);
    make_ready();
    now_ += 10s;
    const auto sent = frames_of(device_.expire(now_));
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].command, Command::ping);
}

TEST_F(ConversationTest, leaves_a_broker_that_fell_silent) {
    make_ready();
    EXPECT_EQ(device_.expire(now_ + 22'900ms).fate, Fate::stay);
    EXPECT_EQ(device_.expire(now_ + 23s).fate, Fate::reconnect);
}

TEST_F(ConversationTest, leaves_a_broker_that_does_not_answer_its_login) {
    device_.opened(now_);
    EXPECT_EQ(device_.deadline(), now_ + 10s);
    EXPECT_EQ(device_.expire(now_ + 10s).fate, Fate::reconnect);
}

TEST_F(ConversationTest, naps_when_its_time_has_come) {
    DevicePlan sleepy = plan();
    sleepy.nap_every = 5s;
    restart(sleepy);
    make_ready();
    EXPECT_EQ(device_.expire(now_ + 4'999ms).fate, Fate::stay);
    EXPECT_EQ(device_.expire(now_ + 5s).fate, Fate::nap);
}

TEST_F(ConversationTest, takes_a_new_token_only_when_it_said_that_it_can) {
    const std::string body = std::string("token\0", 6) + std::string(32, 'n');
    make_ready();
    EXPECT_EQ(hear(Command::internal, 50, body).bytes, "");
    DevicePlan rotating = plan();
    rotating.rotate = true;
    restart(rotating);
    make_ready();
    EXPECT_EQ(hear(Command::internal, 50, body).bytes, proto::encode_response(50, 200));
    EXPECT_EQ(frames_of(device_.opened(now_)).front().body, std::string(32, 'n'));
}

TEST_F(ConversationTest, a_stream_that_makes_no_sense_ends_the_connection) {
    make_ready();
    const std::string header("\x14\x00\x01\xff\xff", 5);
    EXPECT_EQ(device_.receive(header, now_).fate, Fate::reconnect);
}

TEST_F(ConversationTest, bytes_of_the_last_connection_do_not_reach_the_next) {
    make_ready();
    device_.receive(std::string("\x14\x00\x01", 3), now_);
    device_.opened(now_);
    const auto sent = frames_of(device_.receive(proto::encode_response(1, 200), now_));
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].command, Command::internal);
}

}  // namespace
}  // namespace treeline
