// MQTT as the load generator speaks it: every packet, however the stream is cut.
#include "firmware-sim/load/mqtt.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace treeline::load::mqtt {
namespace {

constexpr std::size_t size_max = 1 << 16;

// [MQTT-3.1] written by hand, so that the encoder is not its own witness.
TEST(Mqtt, a_connect_is_as_the_standard_prints_it) {
    std::string out;
    append_connect("c", "user", "pw", 60, out);
    EXPECT_EQ(out, std::string("\x10\x17\0\4MQTT\4\xc2\0\x3c\0\1c\0\4user\0\2pw", 25));
}

TEST(Mqtt, a_subscribe_has_its_reserved_flag) {
    std::string out;
    append_subscribe(0x1234, "a/b", 1, out);
    EXPECT_EQ(out, std::string("\x82\x08\x12\x34\0\3a/b\1", 10));
}

TEST(Mqtt, a_publish_has_an_id_at_qos_1_alone) {
    std::string out;
    append_publish("t", 0, "x", out);
    EXPECT_EQ(out, std::string("\x30\4\0\1tx", 6));
    out.clear();
    append_publish("t", 258, "x", out);
    EXPECT_EQ(out, std::string("\x32\6\0\1t\1\2x", 8));
}

TEST(Mqtt, a_long_packet_has_a_length_of_two_bytes) {
    std::string out;
    append_publish("t", 0, std::string(125, 'x'), out);
    EXPECT_EQ(out.substr(0, 3), std::string("\x30\x80\x01", 3));
}

std::vector<std::string> payloads_of(std::string_view bytes, std::size_t cut) {
    Decoder decoder(size_max);
    std::vector<std::string> found;
    while (!bytes.empty()) {
        const std::size_t size = std::min(cut, bytes.size());
        decoder.feed(bytes.substr(0, size));
        bytes.remove_prefix(size);
        for (auto packet = decoder.next(); packet && *packet; packet = decoder.next()) {
            const auto publish = parse_publish(**packet);
            found.push_back(publish ? std::string(publish->topic) + "=" +
                                          std::string(publish->payload) + "#" +
                                          std::to_string(publish->id)
                                    : "?");
        }
    }
    return found;
}

RC_GTEST_PROP(Mqtt, a_stream_reads_the_same_wherever_it_is_cut, ()) {
    const auto sizes = *rc::gen::container<std::vector<std::size_t>>(
        rc::gen::inRange(std::size_t{0}, std::size_t{20'000}));
    const auto cut = *rc::gen::inRange(std::size_t{1}, std::size_t{300});
    std::string stream;
    std::vector<std::string> sent;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        const std::string payload(sizes[i], 'x');
        const auto id = static_cast<std::uint16_t>(i % 3);
        append_publish("t/d", id, payload, stream);
        sent.push_back("t/d=" + payload + "#" + std::to_string(id));
    }
    RC_ASSERT(payloads_of(stream, cut) == sent);
    RC_ASSERT(payloads_of(stream, 1) == sent);
}

TEST(Mqtt, answers_are_read) {
    EXPECT_EQ(parse_connack({PacketType::connack, 0, std::string_view("\0\5", 2)}), 5);
    EXPECT_FALSE(parse_connack({PacketType::connack, 0, "x"}));
    EXPECT_EQ(parse_id({PacketType::puback, 0, std::string_view("\1\2", 2)}), 258);
    EXPECT_FALSE(parse_id({PacketType::puback, 0, "x"}));
    EXPECT_TRUE(is_granted({PacketType::suback, 0, std::string_view("\0\1\1", 3)}));
    EXPECT_FALSE(is_granted({PacketType::suback, 0, std::string_view("\0\1\x80", 3)}));
}

TEST(Mqtt, a_malformed_publish_is_none) {
    EXPECT_FALSE(parse_publish({PacketType::publish, 0, "x"}));
    EXPECT_FALSE(parse_publish({PacketType::publish, 0, std::string_view("\0\5ab", 4)}));
    EXPECT_FALSE(parse_publish({PacketType::publish, 2, std::string_view("\0\1t", 3)}));
    EXPECT_FALSE(parse_publish({PacketType::publish, 4, std::string_view("\0\1t\0\1x", 6)}));
}

TEST(Mqtt, a_length_of_five_bytes_breaks_the_stream_for_ever) {
    Decoder decoder(size_max);
    decoder.feed("\x30\xff\xff\xff\xff");
    ASSERT_FALSE(decoder.next());
    EXPECT_EQ(decoder.next().error(), Breach::length_malformed);
    decoder.feed(std::string_view("\x30\4\0\1tx", 6));
    EXPECT_FALSE(decoder.next());
}

TEST(Mqtt, a_packet_over_the_limit_breaks_the_stream_before_it_is_stored) {
    Decoder decoder(100);
    decoder.feed("\x30\x65");
    EXPECT_EQ(decoder.next().error(), Breach::packet_too_large);
}

}  // namespace
}  // namespace treeline::load::mqtt
