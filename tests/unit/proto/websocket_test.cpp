// WebSocket framing, held against RFC 6455.
#include <vector>

#include <gtest/gtest.h>

#include "proto/websocket/frame.hpp"

namespace treeline::proto::websocket {
namespace {

using namespace std::string_literals;

constexpr std::array<char, 4> mask{'\x12', '\x34', '\x56', '\x78'};
constexpr std::size_t limit = 1000;

std::string masked(Opcode opcode, std::string_view payload) {
    return encode(opcode, payload, mask);
}
// With its first byte changed: FIN, RSV and opcode as one likes.
std::string masked_as(unsigned first, std::string_view payload) {
    std::string bytes = masked(Opcode::binary, payload);
    bytes[0] = static_cast<char>(first);
    return bytes;
}

struct Heard {
    std::vector<std::pair<Opcode, std::string>> messages;
    std::uint16_t close_code = 0;
    std::uint16_t breach = 0;
    bool operator==(const Heard&) const = default;
};

Heard hear(std::string_view bytes, std::size_t step = 1'000'000, Role role = Role::server) {
    Decoder decoder(role, limit);
    Heard heard;
    while (!bytes.empty()) {
        decoder.feed(bytes.substr(0, step));
        bytes.remove_prefix(std::min(step, bytes.size()));
        for (auto message = decoder.next();; message = decoder.next()) {
            if (!message) {
                heard.breach = static_cast<std::uint16_t>(message.error());
                return heard;
            }
            if (!*message) {
                break;
            }
            heard.messages.emplace_back((*message)->opcode, (*message)->payload);
            if ((*message)->opcode == Opcode::close) {
                heard.close_code = (*message)->close_code;
            }
        }
    }
    return heard;
}
std::uint16_t breach_of(std::string_view bytes) {
    return hear(bytes).breach;
}

TEST(WebSocketDecoder, gives_the_same_messages_for_every_cut) {
    const std::string stream = masked(Opcode::text, "gr\u00fc\u00df") + masked_as(0x02, "one,") +
                               masked(Opcode::ping, "p") + masked_as(0x00, std::string(300, 'x')) +
                               masked_as(0x80, "end") + masked(Opcode::binary, "") +
                               masked(Opcode::pong, "") +
                               masked(Opcode::close, close_payload(1000, "bye"));
    const Heard whole = hear(stream);
    ASSERT_EQ(whole.messages.size(), 6U);
    EXPECT_EQ(whole.messages[1], std::pair(Opcode::ping, "p"s));
    EXPECT_EQ(whole.messages[2].second, "one," + std::string(300, 'x') + "end");
    EXPECT_EQ(whole.messages[5].second, "bye");
    EXPECT_EQ(whole.close_code, 1000);
    for (std::size_t step = 1; step < stream.size(); ++step) {
        ASSERT_EQ(hear(stream, step), whole) << step;
    }
}

TEST(WebSocketDecoder, reads_what_it_encoded_in_all_three_lengths_for_both_roles) {
    for (const std::size_t size : {0U, 125U, 126U, 65535U, 65536U}) {
        const std::string payload(size, 'x');
        for (const Role role : {Role::server, Role::client}) {
            Decoder decoder(role, 100'000);
            decoder.feed(role == Role::server ? masked(Opcode::binary, payload)
                                              : encode(Opcode::binary, payload));
            const auto message = decoder.next();
            ASSERT_TRUE(message && *message) << size;
            EXPECT_EQ((*message)->payload, payload);
        }
    }
}

TEST(WebSocketDecoder, demands_masks_of_clients_and_refuses_them_from_servers_WS_07) {
    EXPECT_EQ(breach_of(encode(Opcode::text, "x")), 1002);
    EXPECT_EQ(hear(masked(Opcode::text, "x"), 99, Role::client).breach, 1002);
}

TEST(WebSocketDecoder, refuses_what_the_first_two_bytes_get_wrong_WS_08) {
    for (const unsigned first : {0x83U, 0x87U, 0x8bU, 0x8fU}) {
        EXPECT_EQ(breach_of(masked_as(first, "x")), 1002) << "reserved opcode " << first;
    }
    for (const unsigned first : {0xc2U, 0xa2U, 0x92U}) {
        EXPECT_EQ(breach_of(masked_as(first, "x")), 1002) << "RSV " << first;
    }
    EXPECT_EQ(breach_of(masked_as(0x09, "x")), 1002) << "fragmented ping";
    EXPECT_EQ(breach_of(masked_as(0x89, std::string(126, 'x'))), 1002) << "long ping";
    EXPECT_EQ(breach_of(masked_as(0x80, "x")), 1002) << "nothing to continue";
    EXPECT_EQ(breach_of(masked_as(0x01, "x") + masked_as(0x81, "x")), 1002) << "text in text";
    EXPECT_EQ(breach_of("\xc2"s + '\x80'), 1002) << "before length and mask";
}

TEST(WebSocketDecoder, refuses_text_that_is_not_utf8_WS_09) {
    for (const auto& bad : {"\xff"s, "\xc3("s, "\xed\xa0\x80"s, "\xc0\x80"s, "\xf5\x80\x80\x80"s,
                            "\xe2\x82"s, "\xf4\x90\x80\x80"s}) {
        EXPECT_EQ(breach_of(masked(Opcode::text, bad)), 1007);
        EXPECT_EQ(breach_of(masked(Opcode::binary, bad)), 0);
    }
    EXPECT_EQ(breach_of(masked_as(0x01, "\xe2\x82") + masked_as(0x80, "\xac")), 0)
        << "a character may be cut in two";
    EXPECT_EQ(breach_of(masked_as(0x01, "\xff")), 1007) << "not only at the end";
}

TEST(WebSocketDecoder, refuses_lengths_after_the_header_WS_10) {
    EXPECT_EQ(breach_of("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff"s), 1009);
    EXPECT_EQ(breach_of("\x82\xff\x80\x00\x00\x00\x00\x00\x00\x00"s), 1002);
    EXPECT_EQ(breach_of("\x82\xfe\x00\x7d"s), 1002) << "125 fits seven bits";
    EXPECT_EQ(breach_of("\x82\xff\x00\x00\x00\x00\x00\x00\xff\xff"s), 1002) << "fits sixteen";
}

TEST(WebSocketDecoder, counts_fragments_against_one_total_WS_11) {
    EXPECT_EQ(breach_of(masked(Opcode::binary, std::string(limit, 'x'))), 0);
    EXPECT_EQ(breach_of(masked(Opcode::binary, std::string(limit + 1, 'x'))), 1009);
    std::string fragments = masked_as(0x02, "x");
    for (std::size_t count = 1; count < limit; ++count) {
        fragments.append(masked_as(0x00, "x"));
    }
    EXPECT_EQ(breach_of(fragments), 0);
    EXPECT_EQ(breach_of(fragments + masked(Opcode::ping, "not counted")), 0);
    EXPECT_EQ(breach_of(fragments + masked_as(0x80, "x")), 1009);
}

TEST(WebSocketDecoder, takes_a_new_limit) {
    Decoder decoder(Role::server, 4);
    decoder.feed(masked(Opcode::text, "four") + masked(Opcode::text, "fives"));
    ASSERT_TRUE(*decoder.next());
    decoder.set_message_size_max(5);
    EXPECT_TRUE(decoder.next());
}

TEST(WebSocketDecoder, checks_the_payload_of_a_close) {
    EXPECT_EQ(hear(masked(Opcode::close, "")).close_code, no_close_code);
    EXPECT_EQ(hear(masked(Opcode::close, "\x0f\xa1")).close_code, 4001);
    EXPECT_EQ(breach_of(masked(Opcode::close, "\x03")), 1002);
    for (const int code : {0, 999, 1004, 1005, 1006, 1015, 2000, 5000}) {
        const std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
        EXPECT_EQ(breach_of(masked(Opcode::close, payload)), 1002) << code;
    }
    EXPECT_EQ(breach_of(masked(Opcode::close, "\x03\xe8\xff")), 1007);
    const Heard after = hear(masked(Opcode::close, "") + masked(Opcode::text, "late"));
    EXPECT_EQ(after.messages.size(), 1U) << "nothing follows a close";
}

TEST(ClosePayload, is_cut_between_characters) {
    const std::string payload = close_payload(1000, std::string(122, 'x') + "\u00fc");
    EXPECT_EQ(payload.size(), 2U + 122U);
    EXPECT_EQ(close_payload(no_close_code, "x"), "");
}

TEST(Utf8, replaces_what_does_not_belong) {
    EXPECT_EQ(to_utf8("a\xff\u00fc\xe2\x82"), "a\ufffd\u00fc\ufffd\ufffd");
    EXPECT_EQ(to_utf8("\U0001F600"), "\U0001F600");
}

}  // namespace
}  // namespace treeline::proto::websocket
