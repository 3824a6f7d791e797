// A device's stream over time: silence, floods, cuts and noise.
#include <random>

#include "tests/unit/session/device_talk.hpp"

namespace treeline {
namespace {

DeviceLimits no_flood_limit() {
    DeviceLimits limits;
    limits.flood_per_second = 0;
    return limits;
}

TEST(DeviceSilence, closes_after_the_factor_of_the_heartbeat_DEV_35) {
    DeviceTalk talk;
    talk.logged_in().sends(Command::internal, 3, body({"ver", "1", "h-beat", "10"})).take();
    talk.waits(Millis(22'999)).expect_nothing().waits(Millis(1)).expect({"close silent"});
}

TEST(DeviceSilence, is_45_seconds_times_the_factor_without_an_info_frame) {
    DeviceTalk talk;
    talk.sends(Command::login, 1, lamp_token).take();
    talk.waits(Millis(103'499)).expect({"ready"}).waits(Millis(1)).expect({"close silent"});
}

TEST(DeviceSilence, is_broken_by_any_byte) {
    DeviceTalk talk;
    talk.logged_in().waits(Millis(100'000)).bytes("\x06").waits(Millis(103'499)).expect_nothing();
    talk.waits(Millis(1)).expect({"close silent"});
}

TEST(DeviceFlood, drops_the_excess_whole_and_says_so_once_a_second_DEV_24_DEV_26) {
    DeviceTalk talk;
    talk.logged_in();
    // A body that looks like a frame, so that a lost step would show.
    const std::string write = frame(Command::hardware, 9, frame(Command::ping, 77));
    for (int count = 0; count < 98; ++count) {
        talk.bytes(write);  // info and these: 99 of a burst of 100
    }
    EXPECT_EQ(talk.take().size(), 98U);
    talk.sends(Command::ping, 10).expect({"send 10:200"});
    talk.sends(Command::ping, 11).expect({"send 11:1"});
    talk.bytes(write + write).sends(Command::ping, 12).expect_nothing();
    talk.waits(Millis(40)).sends(Command::ping, 13).expect({"send 13:200"});
    talk.sends(Command::ping, 14).expect({"send 14:200"}).sends(Command::ping, 15).expect_nothing();
}

TEST(DeviceFlood, says_so_again_after_a_second_and_never_to_an_answer) {
    DeviceTalk talk;
    talk.logged_in();
    const std::string pings = frame(Command::ping, 9) + frame(Command::ping, 9);
    for (int count = 0; count < 200; ++count) {
        talk.bytes(pings);
    }
    talk.take();
    talk.waits(Millis(1'000));
    for (int count = 0; count < 25; ++count) {
        talk.bytes(pings);
    }
    EXPECT_EQ(talk.take(), std::vector<std::string>(50, "send 9:200"));
    talk.bytes(proto::encode_response(5, 200)).expect_nothing();
}

// How long a device that sends `per_second` frames stays connected, up to 15 s.
Millis survives(int per_second) {
    DeviceTalk talk;
    talk.logged_in();
    constexpr Millis step{100};
    for (Millis passed{0}; passed < Millis(15'000); passed += step) {
        for (int count = 0; count < per_second / 10; ++count) {
            talk.sends(Command::ping, 9);
        }
        const auto seen = talk.take();
        if (!seen.empty() && seen.back() == "close flood") {
            return passed;
        }
        talk.waits(step);
    }
    return Millis(15'000);
}

TEST(DeviceFlood, closes_after_ten_seconds_at_ten_times_the_limit_DEV_25) {
    EXPECT_EQ(survives(500), Millis(10'000));
    EXPECT_EQ(survives(2'000), Millis(10'000));
    EXPECT_EQ(survives(400), Millis(15'000));
}

TEST(DeviceFlood, limit_of_0_lets_everything_through_DEV_23) {
    DeviceTalk talk(no_flood_limit());
    talk.logged_in();
    std::string all;
    for (int count = 0; count < 10'000; ++count) {
        all.append(frame(Command::ping, 9));
    }
    EXPECT_EQ(talk.bytes(all).take(), std::vector<std::string>(10'000, "send 9:200"));
}

std::string dialogue(std::size_t frames) {
    std::mt19937 random(99);
    std::string stream = frame(Command::hw_login, 1, lamp_token) +
                         frame(Command::internal, 2, body({"ver", "1", "buff-in", "1024"}));
    const std::vector<std::string> kinds{
        frame(Command::hardware, 3, body({"vw", "5", std::string("\0\xff", 2), ""})),
        frame(Command::hardware, 65535, body({"vw", "300", "x"})),
        frame(Command::ping, 1),
        frame(Command::hardware_sync, 5, body({"vr", "1", "2"})),
        frame(Command::property, 6, body({"1", "label", "L"})),
        frame(Command::group, 7, "b"),
        frame(Command::internal, 8, body({"rtc", "sync"})),
        frame(Command::event_log, 9, body({"hot", "x"})),
        frame(Command::bridge, 10, std::string(100, '\x14')),
        proto::encode_response(11, 200),
        proto::encode_response(12, 4096)};
    for (std::size_t count = 0; count < frames; ++count) {
        stream.append(kinds[random() % kinds.size()]);
    }
    return stream;
}

TEST(DeviceStream, has_the_same_effects_for_every_cut_DEV_22) {
    const std::string stream = dialogue(10'000);
    const auto effects = [&](auto&& size) {
        DeviceTalk talk(no_flood_limit());
        for (std::string_view rest = stream; !rest.empty();) {
            const std::string_view piece = rest.substr(0, size());
            rest.remove_prefix(piece.size());
            talk.bytes(piece);
        }
        return talk.take();
    };
    const auto whole = effects([&] { return stream.size(); });
    ASSERT_GT(whole.size(), 5'000U);
    EXPECT_EQ(effects([] { return 1U; }), whole);
    EXPECT_EQ(effects([] { return 7U; }), whole);
    std::mt19937 random(3);
    EXPECT_EQ(effects([&] { return 1 + random() % 4'000; }), whole);
}

TEST(DeviceStream, has_the_same_effects_for_every_cut_in_two) {
    const std::string stream = dialogue(60);
    const auto whole = DeviceTalk{}.bytes(stream).take();
    for (std::size_t at = 1; at < stream.size(); ++at) {
        ASSERT_EQ(DeviceTalk{}.bytes(stream.substr(0, at)).bytes(stream.substr(at)).take(), whole)
            << at;
    }
}

TEST(DeviceStream, survives_noise_and_is_silent_once_closed) {
    std::mt19937 random(11);
    for (int round = 0; round < 2'000; ++round) {
        DeviceTalk talk;
        if (round % 2 == 0) {
            talk.logged_in();
        }
        bool is_closed = false;
        for (int piece = 0; piece < 20; ++piece) {
            std::string noise(random() % 40, '\0');
            for (char& c : noise) {
                c = static_cast<char>(random() % 4 == 0 ? random() : random() % 24);
            }
            const auto seen = talk.bytes(noise).take();
            ASSERT_TRUE(!is_closed || seen.empty());
            is_closed = is_closed || (!seen.empty() && seen.back().starts_with("close"));
        }
    }
}

}  // namespace
}  // namespace treeline
