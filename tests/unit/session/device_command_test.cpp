// A logged-in device's commands, each with its answer.
#include <random>

#include "tests/unit/session/device_talk.hpp"

namespace treeline {
namespace {

using namespace std::string_literals;

TEST(DeviceCommand, with_id_0_closes_DEV_12) {
    DeviceTalk{}.logged_in().sends(Command::ping, 0).expect({"close id_zero"});
    DeviceTalk{}.logged_in().bytes(proto::encode_response(0, 200)).expect({"close id_zero"});
}

TEST(DeviceCommand, that_is_unknown_is_answered_2_and_skipped_whole_DEV_13_DEV_14) {
    DeviceTalk talk;
    talk.logged_in();
    const std::string known("\x02\x06\x0f\x10\x11\x13\x14\x15\x1d\x40\x41", 11);
    for (unsigned command = 1; command < 256; ++command) {
        if (known.find(static_cast<char>(command)) != std::string::npos) {
            continue;
        }
        for (const std::size_t size : {std::size_t{0}, std::size_t{16}}) {
            talk.waits(Millis(100))  // slower than the flood limit
                .sends(static_cast<Command>(command), 5, std::string(size, '\x06'))
                .sends(Command::ping, 6)
                .expect({"send 5:2", "send 6:200"});
        }
    }
}

TEST(DeviceCommand, bridge_is_not_allowed_DEV_39) {
    DeviceTalk{}.logged_in().sends(Command::bridge, 5, body({"1", "i"})).expect({"send 5:6"});
}

TEST(DeviceResponse, has_no_body_and_no_answer_DEV_15_DEV_16) {
    DeviceTalk{}
        .logged_in()
        .bytes(proto::encode_response(9, 200) + frame(Command::ping, 10))
        .expect({"token stored 9", "send 10:200"})
        .bytes(proto::encode_response(9, 4096) +
               frame(Command::hardware, 11, body({"vw", "1", "x"})))
        .expect({"wrote 1=x"});
}

TEST(DeviceBody, over_4096_is_answered_11_and_closes_DEV_17) {
    DeviceTalk{}
        .logged_in()
        .bytes("\x14\x00\x05\x10\x01"s)
        .expect({"send 5:11", "close body_too_large"});
}

TEST(DeviceWrite, is_stored_as_it_came) {
    DeviceTalk talk;
    talk.logged_in()
        .sends(Command::hardware, 5, body({"vw", "5", "21.5"}))
        .expect({"wrote 5=21.5"});
    EXPECT_EQ(talk.written_at(), talk.wall());
    talk.sends(Command::hardware, 5, body({"vw", "255", "a", "b", ""})).expect({"wrote 255=a|b|"});
    talk.sends(Command::hardware, 5, "vw\0007\0"s).expect({"wrote 7="});
    talk.sends(Command::hardware, 5, "vw\0007\0\xff\0\xc3("s).expect({"wrote 7=\xff|\xc3("});
}

TEST(DeviceWrite, that_is_bad_is_answered_2_DEV_18_DEV_19_DEV_20) {
    DeviceTalk talk;
    talk.logged_in();
    for (const std::string& bad :
         {""s, "\0"s, "vw"s, "vw\0005"s, body({"dw", "5", "1"}), body({"pm", "5", "out"}),
          body({"vw", "-1", "x"}), body({"vw", "256", "x"}), body({"vw", "99999999999", "x"}),
          body({"vw", "1e9", "x"}), body({"vw", "abc", "x"}), body({"vw", "", "x"}),
          body({"vw", "5", std::string(1025, 'x')})}) {
        talk.waits(Millis(100)).sends(Command::hardware, 5, bad).expect({"send 5:2"});
    }
    talk.sends(Command::hardware, 5, body({"vw", "5", std::string(1024, 'x')}))
        .expect({"wrote 5=" + std::string(1024, 'x')});
}

TEST(DeviceSync, asks_for_pins_or_for_all) {
    DeviceTalk talk;
    talk.logged_in().sends(Command::hardware_sync, 5, body({"vr", "1", "2", "1"}));
    talk.expect({"sync 5 1,2"}).sends(Command::hardware_sync, 6).expect({"sync 6 "});
    talk.sends(Command::hardware_sync, 7, body({"vr", "x"})).expect({"send 7:2"});
}

TEST(DeviceSync, of_all_pins_may_come_once_a_second_DEV_40) {
    DeviceTalk talk;
    talk.logged_in().sends(Command::hardware_sync, 5).expect({"sync 5 "});
    talk.waits(Millis(999)).sends(Command::hardware_sync, 6).expect({"send 6:1"});
    talk.sends(Command::hardware_sync, 7, body({"vr", "1"})).expect({"sync 7 1"});
    talk.waits(Millis(1)).sends(Command::hardware_sync, 8).expect({"sync 8 "});
}

TEST(DeviceSync, that_names_all_256_pins_is_a_full_one_DEV_40) {
    std::string all = "vr";
    for (int pin = 0; pin < 256; ++pin) {
        all += '\0' + std::to_string(pin);
    }
    DeviceTalk talk;
    talk.logged_in().sends(Command::hardware_sync, 5).expect({"sync 5 "});
    talk.sends(Command::hardware_sync, 6, all).expect({"send 6:1"});
}

TEST(DeviceProperty, is_answered_200_or_11) {
    DeviceTalk talk;
    talk.logged_in().sends(Command::property, 5, body({"1", "2", "labels", "On", "Off"}));
    talk.expect({"property 1,2 labels=On,Off", "send 5:200"});
    talk.sends(Command::property, 6, body({"1", "label"})).expect({"send 6:11"});
}

TEST(DeviceGroup, gives_its_writes_one_timestamp) {
    const std::string write = frame(Command::hardware, 9, body({"vw", "1", "x"}));
    DeviceTalk talk;
    talk.logged_in().sends(Command::group, 5, "b");
    const UnixTime begun = talk.wall();
    talk.waits(Millis(700)).bytes(write);
    EXPECT_EQ(talk.written_at(), begun);
    talk.sends(Command::group, 6, body({"t", "1700000000123"})).bytes(write);
    EXPECT_EQ(to_unix_ms(talk.written_at()), 1'700'000'000'123);
    talk.sends(Command::group, 7, "e").bytes(write);
    EXPECT_EQ(talk.written_at(), talk.wall());
    talk.expect({"wrote 1=x", "wrote 1=x", "wrote 1=x"});
    talk.sends(Command::group, 8, "q").expect({"send 8:11"});
}

TEST(DeviceEvents, are_told_or_answered_11_DEV_46) {
    DeviceTalk talk;
    talk.logged_in().sends(Command::event_log, 5, body({"hot", "Too\r\n\x1b hot"}));
    talk.expect({"event hot Too\r\n\x1b hot"});
    talk.sends(Command::event_log, 5, body({"hot", std::string(300, 'x')}))
        .expect({"event hot " + std::string(300, 'x')});
    talk.sends(Command::event_log, 6, body({"hot", std::string(301, 'x')})).expect({"send 6:11"});
    talk.sends(Command::event_log, 7).expect({"send 7:11"});
    talk.sends(Command::event_clear, 8, body({"hot", "all"})).expect({"clear hot all"});
    talk.sends(Command::event_clear, 9, body({"hot", "x"})).expect({"send 9:11"});
}

TEST(DeviceInfoFrame, clamps_the_heartbeat_DEV_36) {
    const std::vector<std::pair<std::string, int>> cases{
        {"0", 10}, {"-1", 10}, {"4000000000", 3600}, {"99999999999999999999", 3600}, {"x", 45},
        {"", 45},  {"60", 60}};
    for (const auto& [text, seconds] : cases) {
        DeviceTalk talk;
        talk.logged_in().sends(Command::internal, 3, body({"ver", "1", "h-beat", text}));
        EXPECT_EQ(talk.info().heartbeat, Millis(seconds * 1'000)) << text;
    }
}

TEST(DeviceInfoFrame, reads_buff_in_and_rotate_DEV_37) {
    const auto info = [](const std::vector<std::string>& items) {
        DeviceTalk talk;
        talk.logged_in().sends(Command::internal, 3, body(items) + '\0');
        return talk.info();
    };
    EXPECT_EQ(info({"ver", "1", "buff-in", "0"}).buff_in, 255U);
    EXPECT_EQ(info({"ver", "1", "buff-in", "16"}).buff_in, 16U);
    EXPECT_EQ(info({"ver", "1"}).buff_in, 255U);
    EXPECT_GE(info({"ver", "1", "buff-in", "99999999"}).buff_in, 4096U + 5U);
    EXPECT_FALSE(info({"ver", "1"}).rotate);
    EXPECT_TRUE(info({"mcu", "1", "rotate", "1"}).rotate);
    EXPECT_EQ(info({"fw", "2", "dev", "ESP32"}).pairs[1].second, "ESP32");
}

TEST(DeviceClock, answers_every_key) {
    Zone kiev{"Europe/Kiev", "EET-2EEST,M3.5.0/3,M10.5.0/4", 180, from_unix_ms(1'603'587'600'000),
              120};
    DeviceTalk talk;
    talk.in_zone(kiev).logged_in();
    const auto ask = [&](const std::vector<std::string>& items) {
        talk.sends(Command::internal, 5, body(items));
        return talk.take().front();
    };
    EXPECT_EQ(ask({"rtc", "sync"}), "send 5 rtc|1601968586");
    EXPECT_EQ(ask({"utc", "time"}), "send 5 utc|time|1601968586694");
    EXPECT_EQ(ask({"utc", "iso"}), "send 5 utc|iso|2020-10-06T10:16:26+03:00");
    EXPECT_EQ(ask({"utc", "tz_name"}), "send 5 utc|tz_name|Europe/Kiev");
    EXPECT_EQ(ask({"utc", "tz"}), "send 5 utc|tz|180|0");
    EXPECT_EQ(ask({"utc", "tz_rule"}), "send 5 utc|tz_rule|EET-2EEST,M3.5.0/3,M10.5.0/4");
    EXPECT_EQ(ask({"utc", "dst_next"}), "send 5 utc|dst_next|1603587600|120");
    EXPECT_EQ(ask({"utc", "phase"}), "send 5:11");
    EXPECT_EQ(ask({"rtc"}), "send 5:11");
}

TEST(DeviceClock, writes_offsets_west_of_greenwich) {
    DeviceTalk talk;
    talk.in_zone(Zone{"America/St_Johns", "NST3:30", -210, {}, {}}).logged_in();
    talk.sends(Command::internal, 5, body({"utc", "iso"}));
    talk.expect({"send 5 utc|iso|2020-10-06T03:46:26-03:30"});
    talk.sends(Command::internal, 6, body({"utc", "dst_next"})).expect({"send 6 utc|dst_next|0"});
}

TEST(DeviceMeta, is_asked_and_set_by_name_DEV_48) {
    DeviceTalk talk;
    talk.logged_in().sends(Command::internal, 5, body({"meta", "get", "room"}));
    talk.expect({"meta get 5 room"});
    talk.sends(Command::internal, 6, body({"meta", "set", "room", "A1"}));
    talk.expect({"meta set 6 room=A1"});
    talk.sends(Command::internal, 7, body({"meta", "set", "room", ""}));
    talk.expect({"meta set 7 room="});
    for (const auto& bad : {body({"meta"}), body({"meta", "get"}), body({"meta", "get", ""}),
                            body({"meta", "set", "a", "b", "c"}),
                            body({"meta", "set", "a", "\xff"}), body({"meta", "drop", "a"})}) {
        talk.sends(Command::internal, 8, bad).expect({"send 8:11"});
    }
}

TEST(DeviceInternal, with_another_key_is_answered_2_and_without_any_11) {
    DeviceTalk talk;
    talk.logged_in().sends(Command::internal, 5, body({"acon", "x"})).expect({"send 5:2"});
    talk.sends(Command::internal, 6).expect({"send 6:11"});
}

TEST(DeviceDownlinks, always_have_a_nul_behind_the_key_and_a_value) {
    EXPECT_EQ(internal_frame(1, {"rst"}), frame(Command::internal, 1, "rst\0"s));
    EXPECT_EQ(internal_frame(1, {"token", "t"}), frame(Command::internal, 1, "token\0t"s));
    EXPECT_EQ(internal_frame(1, {"meta", "a", ""}), frame(Command::internal, 1, "meta\0a\0"s));
    EXPECT_EQ(hardware_frame(7, 5, ""), frame(Command::hardware, 7, "vw\0005\0"s));
    EXPECT_EQ(hardware_frame(7, 255, "a\0b"s), frame(Command::hardware, 7, "vw\000255\000a\0b"s));
}

}  // namespace
}  // namespace treeline
