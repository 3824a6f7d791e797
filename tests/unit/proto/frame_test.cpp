// Device frames: every cut of a stream gives the same frames, whatever is in them.
#include "proto/device/frame.hpp"

#include <algorithm>
#include <random>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

namespace treeline::proto {
namespace {

using Taken = std::tuple<Command, std::uint16_t, std::uint16_t, std::string>;

std::string bytes_of(const Taken& frame) {
    const auto& [command, id, status, body] = frame;
    return command == Command::response ? encode_response(id, status)
                                        : encode_frame(command, id, body);
}

// All frames that are whole; false when the stream is lost.
bool drain(FrameDecoder& decoder, std::vector<Taken>& into) {
    for (;;) {
        const auto frame = decoder.next();
        if (!frame || !*frame) {
            return bool(frame);
        }
        into.emplace_back((*frame)->command, (*frame)->id, (*frame)->status, (*frame)->body);
    }
}

template <class Size>  // std::size_t(): the size of the next piece
std::vector<Taken> cut(std::string_view stream, Size&& size) {
    FrameDecoder decoder(4096);
    std::vector<Taken> taken;
    while (!stream.empty()) {
        const std::string_view piece = stream.substr(0, size());
        stream.remove_prefix(piece.size());
        decoder.feed(piece);
        EXPECT_TRUE(drain(decoder, taken));
        decoder.release();
    }
    EXPECT_EQ(decoder.held_size_bytes(), 0U);
    return taken;
}

// Mixed: every command byte, raw bodies of all sizes, ids 1 and 65535, responses with any status.
std::vector<Taken> mixed_frames(std::size_t count) {
    std::mt19937 random(20261124);
    const auto below = [&](unsigned bound) { return static_cast<unsigned>(random()) % bound; };
    std::vector<Taken> frames;
    while (frames.size() < count) {
        const auto command = static_cast<Command>(below(4) == 0 ? 0 : below(256));
        const auto id = static_cast<std::uint16_t>(frames.size() % 3 == 0   ? 1
                                                   : frames.size() % 3 == 1 ? 65535
                                                                            : below(65536));
        if (command == Command::response) {
            const unsigned statuses[] = {200, 4096, 1, below(65536)};
            frames.emplace_back(command, id, static_cast<std::uint16_t>(statuses[below(4)]), "");
            continue;
        }
        std::string body(below(50) == 0 ? below(4097) : below(40), '\0');
        std::generate(body.begin(), body.end(), [&] {
            return below(3) == 0 ? '\0' : static_cast<char>(below(2) == 0 ? 0xff : below(256));
        });
        frames.emplace_back(command, id, 0, body + std::string(below(2), '\0'));
        std::get<3>(frames.back()).resize(std::min<std::size_t>(4096, body.size() + 1));
    }
    return frames;
}

std::string stream_of(const std::vector<Taken>& frames) {
    std::string stream;
    for (const Taken& frame : frames) {
        stream.append(bytes_of(frame));
    }
    return stream;
}

TEST(FrameDecoder, gives_the_same_10000_frames_for_every_size_of_piece_DEV_22) {
    const auto frames = mixed_frames(10'000);
    const std::string stream = stream_of(frames);
    for (const std::size_t size : {std::size_t{1}, std::size_t{7}, std::size_t{1460}}) {
        EXPECT_EQ(cut(stream, [=] { return size; }), frames) << size;
    }
    EXPECT_EQ(cut(stream, [&] { return stream.size(); }), frames);
    std::mt19937 random(7);
    EXPECT_EQ(cut(stream, [&] { return std::size_t{1} + random() % 3000; }), frames);
}

// 10,000 frames in windows of 20; each window is cut in two at every offset.
TEST(FrameDecoder, gives_the_same_frames_for_every_cut_in_two_DEV_22) {
    const auto frames = mixed_frames(10'000);
    for (std::size_t at = 0; at < frames.size(); at += 20) {
        const std::vector<Taken> window(frames.begin() + static_cast<std::ptrdiff_t>(at),
                                        frames.begin() + static_cast<std::ptrdiff_t>(at + 20));
        const std::string stream = stream_of(window);
        const std::size_t step = stream.size() > 3000 ? 7 : 1;  // mostly one long body
        for (std::size_t first = 1; first < stream.size(); first += step) {
            std::size_t piece = 0;
            ASSERT_EQ(cut(stream, [&] { return piece++ == 0 ? first : stream.size(); }), window)
                << "window " << at << " cut at " << first;
        }
    }
}

TEST(FrameDecoder, takes_no_body_from_a_response_DEV_15_DEV_16) {
    for (const std::uint16_t status : std::initializer_list<std::uint16_t>{200, 4096}) {
        const std::vector<Taken> frames{{Command::response, 9, status, ""},
                                        {Command::ping, 10, 0, ""},
                                        {Command::hardware, 11, 0, "vw"}};
        const std::string stream = stream_of(frames);
        EXPECT_EQ(cut(stream, [&] { return stream.size(); }), frames);
    }
}

TEST(FrameDecoder, refuses_with_the_fifth_byte_of_a_header_DEV_08) {
    FrameDecoder decoder(64);
    decoder.feed(std::string("\x14\x00\x01\xff", 4));
    const auto early = decoder.next();
    ASSERT_TRUE(early);
    EXPECT_FALSE(*early);
    decoder.feed("\xff");
    const auto refused = decoder.next();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().id, 1);
    EXPECT_EQ(refused.error().body_size_bytes, 65535U);
}

TEST(FrameDecoder, stays_lost_once_it_refused) {
    FrameDecoder decoder(64);
    decoder.feed(encode_frame(Command::hardware, 1, std::string(65, 'x')));
    ASSERT_FALSE(decoder.next());
    decoder.set_body_size_max(4096);
    decoder.feed(encode_frame(Command::ping, 2, ""));
    EXPECT_FALSE(decoder.next());
}

TEST(FrameDecoder, takes_a_body_at_its_limit_and_not_one_byte_more_DEV_17) {
    for (const std::size_t size : {std::size_t{4096}, std::size_t{4097}}) {
        FrameDecoder decoder(4096);
        decoder.feed(encode_frame(Command::hardware, 3, std::string(size, 'x')));
        const auto frame = decoder.next();
        EXPECT_EQ(bool(frame), size == 4096) << size;
    }
}

TEST(FrameDecoder, applies_a_new_limit_to_the_frame_that_waits) {
    FrameDecoder decoder(64);
    decoder.feed(encode_frame(Command::login, 1, std::string(32, 'a')) +
                 encode_frame(Command::internal, 2, std::string(200, 'b')));
    ASSERT_TRUE(*decoder.next());
    decoder.set_body_size_max(4096);
    const auto info = decoder.next();
    ASSERT_TRUE(info);
    EXPECT_EQ((*info)->body.size(), 200U);
}

TEST(FrameEncoder, writes_the_header_big_endian) {
    EXPECT_EQ(encode_frame(Command::hardware, 0x0102, "ab"), std::string("\x14\x01\x02\x00\x02"
                                                                         "ab",
                                                                         7));
    EXPECT_EQ(encode_response(0xffff, 200), std::string("\x00\xff\xff\x00\xc8", 5));
}

}  // namespace
}  // namespace treeline::proto
