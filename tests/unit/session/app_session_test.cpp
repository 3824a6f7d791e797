// Dialogues with an AppSession.
#include "broker/session/app_session.hpp"

#include <random>

#include <gtest/gtest.h>

#include "proto/app/v1/app.pb.h"
#include "proto/websocket/frame.hpp"

namespace treeline {
namespace {

using namespace std::string_literals;
namespace ws = proto::websocket;

const WireIds wire;

std::string masked(ws::Opcode opcode, std::string_view payload) {
    return ws::encode(opcode, payload, std::array<char, 4>{'\x9a', '\x01', '\x7f', '\x55'});
}
std::string text(std::string_view payload) {
    return masked(ws::Opcode::text, payload);
}
const std::string sign_in = text(R"({"request":1,"signIn":{"token":"t"}})");
std::string unwatch(std::uint32_t request) {
    return text(R"({"request":)" + std::to_string(request) + R"(,"unwatch":{"watch":1}})");
}

std::string words(const AppAction& action) {
    if (const auto* asked = std::get_if<AppRequested>(&action)) {
        const bool signs_in = std::holds_alternative<AppSignIn>(asked->request.body);
        return (signs_in ? "sign in " : "request ") + std::to_string(asked->request.request);
    }
    if (const auto* close = std::get_if<AppClose>(&action)) {
        return "close " + std::to_string(close->code);
    }
    ws::Decoder decoder(ws::Role::client, 1 << 20);
    decoder.feed(std::get<AppSend>(action).bytes);
    const auto message = decoder.next();
    const ws::Message& one = **message;
    const auto* name = one.opcode == ws::Opcode::ping   ? "ping "
                       : one.opcode == ws::Opcode::pong ? "pong "
                                                        : "send ";
    return name + one.payload;
}

// Owns a session and its clock. A sign-in is accepted at once, as the edge does it.
class AppTalk {
  public:
    explicit AppTalk(bool signed_in = false, Encoding encoding = Encoding::json)
        : session_(encoding, signed_in, AppLimits{}, now_) {}

    AppTalk& bytes(std::string_view sent) {
        note(session_.receive(sent, wire, now_));
        return *this;
    }
    AppTalk& expect(const std::vector<std::string>& actions) {
        EXPECT_EQ(take(), actions);
        return *this;
    }
    AppTalk& waits(Millis time) {
        const SteadyTime until = now_.steady + time;
        while (session_.deadline() <= until) {
            now_.steady = session_.deadline();
            const auto actions = session_.expire(now_);
            EXPECT_FALSE(actions.empty()) << "a deadline with nothing due would spin";
            if (actions.empty()) {
                break;
            }
            note(actions);
        }
        now_.steady = until;
        return *this;
    }
    AppTalk& answers_no_sign_in() {
        answers_ = false;
        return *this;
    }
    std::vector<std::string> take() { return std::exchange(seen_, {}); }

  private:
    void note(const AppActions& actions) {
        for (const AppAction& action : actions) {
            seen_.push_back(words(action));
            if (seen_.back().starts_with("sign in") && answers_) {
                session_.signed_in(now_);
            }
        }
    }

    Now now_{SteadyTime(Millis(5'000'000)), from_unix_ms(1'700'000'000'000)};
    AppSession session_;
    bool answers_ = true;
    std::vector<std::string> seen_;
};

const std::string unauthenticated_reply =
    R"(send {"reply":{"request":9,"status":"UNAUTHENTICATED","revision":"0",)"
    R"("detail":"sign in first"}})";

TEST(AppSignInOrder, times_out_after_10_seconds_with_4408_WS_05) {
    AppTalk{}.waits(Millis(9'999)).expect({}).waits(Millis(1)).expect({"close 4408"});
    AppTalk{}
        .answers_no_sign_in()
        .bytes(sign_in)
        .waits(Millis(10'000))
        .expect({"sign in 1", "close 4408"});
}

TEST(AppSignInOrder, takes_at_most_4_KiB_before_WS_06) {
    AppTalk{}.bytes(text(std::string(4097, 'x'))).expect({"close 1009"});
    AppTalk{}.bytes(text(std::string(1 << 20, 'x')).substr(0, 20)).expect({"close 1009"});
}

TEST(AppSignInOrder, refuses_any_other_first_request_with_4401) {
    AppTalk{}.bytes(unwatch(9)).expect({unauthenticated_reply, "close 4401"});
    AppTalk{}.bytes(text(R"({"request":9,"x":1})")).expect({unauthenticated_reply, "close 4401"});
}

TEST(AppSignInOrder, lets_requests_of_the_same_bytes_follow_the_sign_in) {
    const std::string large =
        text(R"({"request":3,"explain":{"action":")" + std::string(5'000, 'x') + R"("}})");
    AppTalk{}
        .bytes(sign_in + unwatch(2) + large)
        .expect({"sign in 1", "request 2", "request 3"})
        .bytes(unwatch(4))
        .expect({"request 4"});
}

TEST(AppSignInOrder, takes_one_message_only_while_the_answer_is_out) {
    AppTalk{}
        .answers_no_sign_in()
        .bytes(sign_in)
        .bytes(unwatch(2))
        .expect({"sign in 1", "close 4401"});
}

TEST(AppSignInOrder, hands_a_further_sign_in_on) {
    AppTalk{true}.bytes(sign_in).expect({"sign in 1"});
}

TEST(AppFraming, closes_with_the_code_of_the_breach_WS_07_WS_08_WS_10) {
    AppTalk{true}.bytes(ws::encode(ws::Opcode::text, "{}")).expect({"close 1002"});
    AppTalk{true}.bytes("\x83\x80"s).expect({"close 1002"});
    AppTalk{true}.bytes("\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff"s).expect({"close 1009"});
    AppTalk{true}.bytes("\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff"s).expect({"close 1002"});
}

TEST(AppFraming, demands_the_opcode_of_its_encoding_WS_09_WS_34) {
    AppTalk{true}.bytes(masked(ws::Opcode::binary, "{}")).expect({"close 1003"});
    AppTalk{true, Encoding::protobuf}.bytes(text("{}")).expect({"close 1003"});
    AppTalk{true, Encoding::protobuf}
        .bytes(masked(ws::Opcode::binary, R"({"request":1})"))
        .expect({"close 1007"});
    AppTalk{true}.bytes(text("\xff")).expect({"close 1007"});
    AppTalk{true}.bytes(text("nonsense")).expect({"close 1007"});
}

TEST(AppFraming, limits_a_message_to_256_KiB_WS_11) {
    AppTalk{true}.bytes(text(std::string(256 * 1024 + 1, ' '))).expect({"close 1009"});
    const std::string full = R"({"request":1,"unwatch":{"watch":1}})";
    AppTalk{true}
        .bytes(text(full + std::string(256 * 1024 - full.size(), ' ')))
        .expect({"request 1"});
}

TEST(AppClosing, echoes_the_peers_code_and_says_nothing_more) {
    AppTalk talk{true};
    talk.bytes(masked(ws::Opcode::close, ws::close_payload(4000, "bye")) + unwatch(1));
    talk.expect({"close 4000"}).bytes(unwatch(2)).waits(Millis(90'000)).expect({});
    AppTalk{true}.bytes(masked(ws::Opcode::close, "")).expect({"close 1000"});
}

TEST(AppKeepAlive, pings_every_30_seconds_and_closes_after_two_unanswered_WS_16) {
    AppTalk{true}
        .waits(Millis(29'999))
        .expect({})
        .waits(Millis(1))
        .expect({"ping "})
        .bytes(unwatch(1))
        .waits(Millis(30'000))
        .expect({"request 1", "ping "})
        .waits(Millis(30'000))
        .expect({"close 1001"});
}

TEST(AppKeepAlive, lasts_while_pings_are_answered) {
    AppTalk talk{true};
    for (int count = 0; count < 10; ++count) {
        talk.waits(Millis(30'000)).expect({"ping "}).bytes(masked(ws::Opcode::pong, ""));
    }
    talk.waits(Millis(60'000)).expect({"ping ", "ping "});
}

TEST(AppKeepAlive, begins_with_the_sign_in) {
    AppTalk{}
        .waits(Millis(5'000))
        .bytes(sign_in)
        .waits(Millis(30'000))
        .expect({"sign in 1", "ping "});
}

TEST(AppPing, is_answered_once_for_the_newest_of_several_WS_15) {
    AppTalk{true}
        .bytes(masked(ws::Opcode::ping, "a") + masked(ws::Opcode::ping, "b") + unwatch(1))
        .expect({"request 1", "pong b"});
}

TEST(AppPing, flood_is_not_answered_and_closes_after_10_seconds_WS_15) {
    AppTalk talk{true};
    const std::string ping = masked(ws::Opcode::ping, "");
    std::size_t pongs = 0;
    for (int tick = 0; tick < 1'000; ++tick) {
        talk.bytes(ping + ping).bytes(ping);
        pongs += talk.take().size();
        talk.waits(Millis(10));
    }
    EXPECT_GT(pongs, 0U);
    EXPECT_LE(pongs, 110U) << "ten a second";
    talk.bytes(ping).expect({"close 1008"});
}

TEST(AppPing, at_leisure_never_closes) {
    AppTalk talk{true};
    for (int count = 0; count < 1'000; ++count) {
        talk.bytes(masked(ws::Opcode::ping, "x")).waits(Millis(1'000));
        talk.bytes(masked(ws::Opcode::pong, ""));
    }
    for (const std::string& seen : talk.take()) {
        ASSERT_FALSE(seen.starts_with("close"));
    }
}

TEST(AppStream, has_the_same_effects_for_every_cut) {
    std::string stream = sign_in + unwatch(2) + masked(ws::Opcode::ping, "p") + unwatch(3);
    stream.append(masked(ws::Opcode::close, ""));
    const std::vector<std::string> without_pong{"sign in 1", "request 2", "request 3",
                                                "close 1000"};
    for (std::size_t step = 1; step <= stream.size(); ++step) {
        AppTalk talk;
        for (std::size_t at = 0; at < stream.size(); at += step) {
            talk.bytes(std::string_view(stream).substr(at, step));
        }
        auto seen = talk.take();
        std::erase(seen, "pong p");  // the close may overtake it
        ASSERT_EQ(seen, without_pong) << step;
    }
}

TEST(AppStream, survives_noise_and_is_silent_once_closed) {
    std::mt19937 random(5);
    for (int round = 0; round < 2'000; ++round) {
        AppTalk talk{round % 2 == 0, round % 3 == 0 ? Encoding::json : Encoding::protobuf};
        bool is_closed = false;
        for (int piece = 0; piece < 10; ++piece) {
            std::string noise(random() % 30, '\0');
            for (char& c : noise) {
                c = static_cast<char>(random());
            }
            const auto opcode = static_cast<ws::Opcode>(1 + random() % 2);
            const auto seen = talk.bytes(random() % 2 == 0 ? masked(opcode, noise) : noise).take();
            ASSERT_TRUE(!is_closed || seen.empty());
            is_closed = is_closed || (!seen.empty() && seen.back().starts_with("close"));
        }
    }
}

TEST(AppFrames, are_unmasked_and_of_the_encodings_opcode) {
    EXPECT_EQ(frame_payload("x", Encoding::json), "\x81\x01x");
    EXPECT_EQ(frame_payload("x", Encoding::protobuf), "\x82\x01x");
    EXPECT_EQ(close_frame(1001, "bye"),
              "\x88\x05\x03\xe9"
              "bye");
    EXPECT_EQ(frame_message(AppLagged{2}, Encoding::json, wire),
              frame_payload(R"({"lagged":{"dropped":"2"}})", Encoding::json));
}

}  // namespace
}  // namespace treeline
