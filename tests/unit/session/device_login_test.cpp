// A device before and at its login.
#include "tests/unit/session/device_talk.hpp"

namespace treeline {
namespace {

using namespace std::string_literals;

TEST(DeviceLogin, answers_200_with_the_requests_id_DEV_01) {
    for (const Command command : {Command::login, Command::hw_login}) {
        DeviceTalk talk;
        talk.sends(command, 0x1234, lamp_token).expect({"login " + lamp_token, "send 4660:200"});
    }
}

TEST(DeviceLogin, takes_one_trailing_nul_and_not_two) {
    DeviceTalk{}
        .sends(Command::login, 1, lamp_token + '\0')
        .expect({"login " + lamp_token, "send 1:200"});
    DeviceTalk{}
        .sends(Command::login, 1, lamp_token + "\0\0"s)
        .expect({"send 1:9", "close malformed_token"});
}

TEST(DeviceLogin, refuses_with_the_status_of_the_verdict_and_closes_DEV_02_DEV_29) {
    for (const auto status :
         {DeviceStatus::invalid_token, DeviceStatus::quota, DeviceStatus::server_error}) {
        DeviceTalk{}
            .refuses_logins_with(status)
            .bytes(frame(Command::login, 7, lamp_token) + frame(Command::ping, 8))
            .expect({"login " + lamp_token, "send 7:" + std::to_string(int(status)),
                     "close login_refused"})
            .sends(Command::ping, 9)
            .expect_nothing();
    }
}

TEST(DeviceLogin, refuses_what_can_be_no_token_without_looking_it_up_DEV_03_DEV_04) {
    const std::string long_token = lamp_token + lamp_token;
    for (const std::string& bad :
         {lamp_token.substr(1), lamp_token + "x", ""s, long_token, lamp_token.substr(1) + '\0',
          lamp_token.substr(1) + '\xff', lamp_token.substr(1) + ' ', lamp_token.substr(1) + '\n',
          lamp_token.substr(1) + '/'}) {
        DeviceTalk{}.sends(Command::hw_login, 3, bad).expect({"send 3:9", "close malformed_token"});
    }
}

TEST(DeviceLogin, closes_without_answer_for_anything_else_DEV_05_DEV_06_DEV_07_DEV_08) {
    for (unsigned command = 1; command < 256; ++command) {
        if (command == 2 || command == 29) {
            continue;
        }
        DeviceTalk{}
            .sends(static_cast<Command>(command), 1, body({"vw", "5", "on"}))
            .expect({"close not_logged_in"});
    }
    DeviceTalk{}.bytes(proto::encode_response(1, 200)).expect({"close not_logged_in"});
    DeviceTalk{}.sends(Command::login, 0, lamp_token).expect({"close id_zero"});
    DeviceTalk{}.bytes("\x02\x00\x01\xff\xff"s).expect({"close body_too_large"});
    DeviceTalk{}.bytes("\x1d\x00\x01\x00\x41"s).expect({"close body_too_large"});
}

TEST(DeviceLogin, must_come_within_15_seconds_however_it_trickles_DEV_09_DEV_10) {
    DeviceTalk{}
        .waits(Millis(14'999))
        .expect_nothing()
        .waits(Millis(1))
        .expect({"close login_timeout"});
    DeviceTalk talk;
    const std::string login = frame(Command::login, 1, lamp_token);
    for (std::size_t at = 0; at < 7; ++at) {
        talk.bytes(login.substr(at, 1)).waits(Millis(2'000));
    }
    talk.expect_nothing().waits(Millis(1'000)).expect({"close login_timeout"});
    EXPECT_EQ(talk.deadline(), steady_time_max);
}

TEST(DeviceLogin, answers_a_second_one_with_4) {
    DeviceTalk{}.logged_in().sends(Command::login, 9, lamp_token).expect({"send 9:4"});
}

TEST(DeviceLogin, holds_what_follows_until_the_verdict) {
    DeviceSession session(DeviceLimits{}, Now{});
    const std::string more = frame(Command::internal, 2, body({"ver", std::string(200, 'x')}));
    const auto asked = session.receive(frame(Command::login, 1, lamp_token) + more, Now{});
    ASSERT_EQ(asked.size(), 1U);
    EXPECT_TRUE(session.receive(frame(Command::ping, 3), Now{}).empty());
    EXPECT_FALSE(session.logged_in());
    ASSERT_EQ(session.admitted(1, Zone{}, Now{}).size(), 1U);
    const auto after = session.receive({}, Now{});
    ASSERT_EQ(after.size(), 4U);
    EXPECT_EQ(words(after[0]), "send 2:200");
    EXPECT_EQ(words(after[3]), "send 3:200");
    EXPECT_TRUE(session.logged_in());
}

TEST(DeviceLogin, holds_no_more_than_its_limit) {
    DeviceLimits limits;
    limits.held_back_size_bytes_max = 100;
    DeviceSession session(limits, Now{});
    session.receive(frame(Command::login, 1, lamp_token), Now{});
    const auto actions = session.receive(std::string(101, '\x06'), Now{});
    ASSERT_EQ(actions.size(), 1U);
    EXPECT_EQ(words(actions[0]), "close too_much_held_back");
    EXPECT_TRUE(session.admitted(1, Zone{}, Now{}).empty()) << "a late verdict means nothing";
}

TEST(DeviceReadiness, comes_with_the_info_frame_once) {
    DeviceTalk{}
        .logged_in()
        .sends(Command::internal, 3, body({"ver", "2"}))
        .expect({"send 3:200", "announced"})
        .waits(Millis(3'000))
        .expect_nothing();
}

TEST(DeviceReadiness, comes_2_seconds_after_login_without_an_info_frame) {
    DeviceTalk{}
        .sends(Command::login, 1, lamp_token)
        .expect({"login " + lamp_token, "send 1:200"})
        .waits(Millis(1'999))
        .expect_nothing()
        .waits(Millis(1))
        .expect({"ready"})
        .sends(Command::internal, 2, body({"ver", "1"}))
        .expect({"send 2:200", "announced"});
}

}  // namespace
}  // namespace treeline
