// TLS 1.3's records after the handshake, held against RFC 8446 and the traces of RFC 8448.
#include <algorithm>
#include <optional>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "proto/tls/record_stream.hpp"

namespace treeline::proto::tls {
namespace {

using namespace std::string_literals;
using Role = RecordStream::Role;
using Status = RecordStream::Status;

constexpr Suite suites[]{Suite::aes_128_gcm_sha256, Suite::aes_256_gcm_sha384,
                         Suite::chacha20_poly1305_sha256};

std::string from_hex(std::string_view hex) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
    }
    return bytes;
}

std::string secret_of(Suite suite, char who) {
    return std::string(secret_size_bytes(suite), who);
}
TrafficKey key_of(Suite suite, char who, std::uint64_t sequence = 0) {
    return {suite, secret_of(suite, who), sequence};
}

// All that `stream` makes of the bytes, which come in steps of that size.
struct Heard {
    std::string said;
    std::string answers;
    Status last = Status::more;
    bool operator==(const Heard&) const = default;
};
Heard hear(RecordStream& stream, std::string_view bytes, std::size_t step = 100'000,
           std::size_t room = 20'000) {
    Heard heard;
    std::string into(room, '?');
    while (heard.last == Status::more && !bytes.empty()) {
        std::string_view input = bytes.substr(0, step);
        bytes.remove_prefix(input.size());
        do {
            std::size_t size = 0;
            heard.last = stream.read(input, into, size);
            EXPECT_EQ(heard.last == Status::data, size != 0);
            EXPECT_TRUE(heard.last != Status::more || input.empty());
            heard.said += into.substr(0, size);
            heard.answers += stream.take_answer();
        } while (heard.last == Status::data);
    }
    return heard;
}

// A stream and the peer's own keys, with which a test seals and opens what it likes.
struct Pair {
    explicit Pair(Role role = Role::server, Suite suite = Suite::aes_256_gcm_sha384,
                  RecordStream::Limits limits = {})
        : stream(role, key_of(suite, 'p'), key_of(suite, 'o'), limits),
          peers(key_of(suite, 'p')),
          ours(key_of(suite, 'o')) {}

    std::string sealed(ContentType type, std::string_view content) {
        std::string record;
        peers.seal(type, content, record);
        return record;
    }
    std::string data(std::string_view content) {
        return sealed(ContentType::application_data, content);
    }
    // What the first record of `bytes` says, its type last; takes it from their front.
    std::string opened(std::string& bytes) {
        if (bytes.size() < header_size_bytes) {
            return "nothing";
        }
        const std::size_t size = header_size_bytes + static_cast<unsigned char>(bytes[3]) * 256U +
                                 static_cast<unsigned char>(bytes[4]);
        std::string inner(size - header_size_bytes - tag_size_bytes, '?');
        EXPECT_TRUE(ours.open(bytes.substr(0, size), inner));
        bytes.erase(0, size);
        return inner;
    }

    RecordStream stream;
    TrafficKey peers;
    TrafficKey ours;
};

// RFC 8448 §3: both sides' application data and goodbyes. Our record 0 was the ticket.
const std::string trace_payload = from_hex(
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e"
    "2f3031");
const std::string trace_client = from_hex(
    "1703030043a23f7054b62c94d0affafe8228ba55cbefacea42f914aa66bcab3f2b9819a8a5b46b395bd54a9a20441e"
    "2b62974e1f5a6292a2977014bd1e3deae63aeebb21694915e4"
    "1703030013c9872760655666b74d7ff1153efd6db6d0b0e3");
const std::string trace_server = from_hex(
    "17030300432e937e11ef4ac740e538ad36005fc4a46932fc3225d05f82aa1b36e30efaf97d90e6dffc602dcb501a59"
    "a8fcc49c4bf2e5f0a21c0047c2abf332540dd032e167c2955d"
    "1703030013b58fd67166ebf599d24720cfbe7efa7a8864a9");

TEST(TlsRecord, says_and_hears_the_trace_of_rfc_8448_however_it_is_cut) {
    const std::string client =
        from_hex("9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5");
    const std::string server =
        from_hex("a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643");
    for (std::size_t step = 1; step <= trace_client.size(); ++step) {
        constexpr Suite suite = Suite::aes_128_gcm_sha256;
        RecordStream stream(Role::server, {suite, client, 0}, {suite, server, 1}, {});
        EXPECT_EQ(hear(stream, trace_client, step), (Heard{trace_payload, "", Status::ended}));
        std::string out;
        EXPECT_EQ(stream.write(trace_payload, out), trace_payload.size());
        stream.close(out);
        EXPECT_EQ(out, trace_server);
    }
}

TEST(TlsRecord, carries_everything_between_two_streams_in_every_suite) {
    std::mt19937 random(3);
    for (const Suite suite : suites) {
        RecordStream client(Role::client, key_of(suite, 's'), key_of(suite, 'c'), {});
        RecordStream server(Role::server, key_of(suite, 'c'), key_of(suite, 's'), {});
        std::string said;
        std::string heard;
        for (int round = 0; round < 300; ++round) {
            std::string_view rest = trace_payload;
            const std::string large(1 + random() % 40'000, static_cast<char>('a' + round % 26));
            rest = round % 10 == 0 ? std::string_view(large) : rest.substr(0, 1 + random() % 50);
            said += rest;
            std::string records;
            while (!rest.empty()) {
                rest.remove_prefix(client.write(rest, records));
            }
            const Heard got = hear(server, records, 1 + random() % 20'000, 1 + random() % 20'000);
            EXPECT_EQ(got.last, Status::more);
            heard += got.said;
        }
        EXPECT_EQ(heard, said);
    }
}

TEST(TlsRecord, holds_as_much_as_may_be_and_no_more_than_was_asked_for) {
    Pair pair(Role::server, Suite::aes_256_gcm_sha384, {.content_size_bytes = 512});
    const std::string much(1'000, 'x');
    std::string out;
    EXPECT_EQ(pair.stream.write(much, out), 512U) << "as the client asked for [RFC 6066 §4]";
    EXPECT_EQ(pair.opened(out), std::string(512, 'x') + "\x17");
    Pair usual;
    const std::string more(content_size_bytes_max + 1, 'x');
    out.clear();
    EXPECT_EQ(usual.stream.write(more, out), content_size_bytes_max);
    EXPECT_EQ(out.size(), header_size_bytes + content_size_bytes_max + 1 + tag_size_bytes);
}

TEST(TlsRecord, reads_several_records_at_once_and_one_in_pieces) {
    Pair pair;
    const std::string three = pair.data("one") + pair.data("two") + pair.data("three");
    std::string_view input = three;
    std::string into(100, '?');
    std::size_t size = 0;
    EXPECT_EQ(pair.stream.read(input, into, size), Status::data);
    EXPECT_EQ(into.substr(0, size), "onetwothree");
    EXPECT_FALSE(pair.stream.has_pending());
    const std::string four = pair.data("four") + pair.data("five");
    input = four;
    std::string small(3, '?');
    for (const auto& [part, is_pending] :
         {std::pair{"fou", true}, {"r", false}, {"fiv", true}, {"e", false}}) {
        EXPECT_EQ(pair.stream.read(input, small, size), Status::data);
        EXPECT_EQ(small.substr(0, size), part);
        EXPECT_EQ(pair.stream.has_pending(), is_pending);
    }
    EXPECT_EQ(pair.stream.read(input, small, size), Status::more);
}

TEST(TlsRecord, no_bit_of_a_record_can_be_changed) {
    for (const Suite suite : suites) {
        const std::string record = Pair(Role::server, suite).data("on");
        for (std::size_t bit = 0; bit < record.size() * 8; ++bit) {
            if (bit / 8 == 3 || bit / 8 == 4) {
                continue;  // another length: another record, or a longer wait
            }
            Pair pair(Role::server, suite);
            std::string changed = record;
            changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
            Heard heard = hear(pair.stream, changed);
            EXPECT_EQ(heard.said, "");
            EXPECT_EQ(heard.last, Status::failed);
            const char alert = bit / 8 == 0 ? 10 : 20;  // unexpected_message, bad_record_mac
            EXPECT_EQ(pair.opened(heard.answers), (std::string{2, alert, 21}));
        }
    }
}

TEST(TlsRecord, a_record_that_is_repeated_left_out_or_out_of_order_is_refused) {
    for (const auto& order : {std::vector{0, 0}, {1}, {1, 0}}) {
        Pair pair;
        const std::string records[]{pair.data("a"), pair.data("b")};
        std::string bytes;
        for (const int which : order) {
            bytes += records[which];
        }
        EXPECT_EQ(hear(pair.stream, bytes).last, Status::failed);
    }
}

// What comes inside a record, and what becomes of it. `alert` is what we answer; 0: nothing.
struct Inside {
    const char* name;
    ContentType type;
    std::string content;
    Status status;
    char alert = 0;
    Role role = Role::server;
};

TEST(TlsRecord, what_else_may_come_after_a_handshake) {
    const auto data = ContentType::application_data;
    const auto alert = ContentType::alert;
    const auto handshake = ContentType::handshake;
    const auto zero = ContentType{0};  // the type becomes padding, and the content's end the type
    const std::string ticket = "\4\0\0\5abcde"s;
    const std::string long_inside(content_size_bytes_max, 'x');
    const Inside cases[]{
        {"close_notify", alert, "\1\0"s, Status::ended},
        {"close_notify that is called fatal", alert, "\2\0"s, Status::ended},
        {"user_canceled", alert, "\1\x5a"s, Status::more},
        {"an alert", alert, "\2\x14"s, Status::failed},
        {"an alert that is called a warning", alert, "\1\x14"s, Status::failed},
        {"no alert", alert, "", Status::failed, 10},
        {"an alert too long", alert, "\1\0\0"s, Status::failed, 50},
        {"two alerts", alert, "\1\0\1\0"s, Status::failed, 50},
        {"nothing", data, "", Status::more},
        {"padding", zero, "hm\x17", Status::data},
        {"nothing but padding", zero, "\0\0"s, Status::failed, 10},
        {"too much", data, long_inside + "x", Status::failed, 22},
        {"no handshake", handshake, "", Status::failed, 10},
        {"a ticket to a server", handshake, ticket, Status::failed, 10},
        {"a ticket to a client", handshake, ticket, Status::more, 0, Role::client},
        {"two of them", handshake, ticket + ticket, Status::more, 0, Role::client},
        {"a ClientHello", handshake, "\1\0\0\1x"s, Status::failed, 10},
        {"a wish for a certificate", handshake, "\15\0\0\1x"s, Status::failed, 10, Role::client},
        {"a change of keys", handshake, "\x18\0\0\1\0"s, Status::more},
        {"and more behind it", handshake, "\x18\0\0\1\0\0"s, Status::failed, 10},
        {"one that asks for I don't know what", handshake, "\x18\0\0\1\2"s, Status::failed, 47},
        {"one too long", handshake, "\x18\0\0\2\0\0"s, Status::failed, 50},
        {"one too short", handshake, "\x18\0\0\0"s, Status::failed, 50},
        {"the beginning of one", handshake, "\x18\0\0"s, Status::more},
        {"a ticket of 16 MiB", handshake, "\4\xff\xff\xff"s, Status::failed, 50, Role::client},
        {"a change of cipher", ContentType::change_cipher_spec, "\1", Status::failed, 10},
        {"a heartbeat", ContentType{24}, "\1", Status::failed, 10},
    };
    for (const Inside& inside : cases) {
        Pair pair(inside.role);
        Heard heard = hear(pair.stream, pair.sealed(inside.type, inside.content));
        const Status last = inside.status == Status::data ? Status::more : inside.status;
        EXPECT_EQ(heard.last, last) << inside.name;
        EXPECT_EQ(heard.said.empty(), inside.status != Status::data) << inside.name;
        if (inside.alert == 0) {
            EXPECT_EQ(heard.answers, "") << inside.name;
        } else {
            EXPECT_EQ(pair.opened(heard.answers), (std::string{2, inside.alert, 21}))
                << inside.name;
        }
    }
}

TEST(TlsRecord, what_is_no_record_is_refused_by_its_header) {
    struct Case {
        std::string bytes;
        char alert;
    };
    const Case cases[]{
        {"\x16\x03\x03\0\x20"s, 10},  // a handshake in the clear
        {"\x14\x03\x03\0\1\1"s, 10},  // a change of cipher is no more allowed
        {"\x15\x03\x03\0\2\2\50"s, 10}, {"GET / HTTP/1.1\r\n", 10},
        {"\x17\x03\x03\x41\1"s, 22},  // 16,641 bytes
        {"\x17\x03\x03\0\x10"s, 50},  // nothing but a tag
        {"\x17\x03\x03\0\0"s, 50},
    };
    for (const Case& one : cases) {
        for (const std::size_t step : {std::size_t{1}, one.bytes.size()}) {
            Pair pair;
            Heard heard = hear(pair.stream, one.bytes, step);
            EXPECT_EQ(heard.last, Status::failed);
            EXPECT_EQ(pair.opened(heard.answers), (std::string{2, one.alert, 21}));
            std::string_view more = "more";
            std::string into(100, '?');
            std::size_t size = 0;
            EXPECT_EQ(pair.stream.read(more, into, size), Status::failed) << "and stays so";
        }
    }
}

TEST(TlsRecord, the_version_in_a_header_says_nothing_but_is_sealed) {
    Pair pair;
    std::string record = pair.data("on");
    record[2] = 1;
    EXPECT_EQ(hear(pair.stream, record).last, Status::failed);
}

TEST(TlsRecord, what_was_said_before_the_end_is_heard) {
    for (const auto& [content, last] :
         {std::pair{"\1\0"s, Status::ended}, {"\2\x28"s, Status::failed}}) {
        Pair pair;
        const std::string bytes = pair.data("last words") +
                                  pair.sealed(ContentType::alert, content) +
                                  pair.data("from beyond");
        for (const std::size_t step : {bytes.size(), std::size_t{7}}) {
            Pair fresh;
            EXPECT_EQ(hear(fresh.stream, bytes, step), (Heard{"last words", "", last}));
            EXPECT_TRUE(fresh.stream.has_pending()) << "there is something to be told";
        }
    }
}

TEST(TlsRecord, keys_change_when_the_peer_changes_them) {
    for (const Suite suite : suites) {
        Pair pair(Role::server, suite);
        std::string bytes = pair.data("a") + pair.sealed(ContentType::handshake, "\x18\0\0\1\0"s);
        pair.peers.update();
        bytes += pair.data("b") + pair.sealed(ContentType::handshake, "\x18\0\0"s) +
                 pair.sealed(ContentType::handshake, "\1\1"s);  // in two records, and asks for ours
        pair.peers.update();
        bytes += pair.data("c");
        Heard heard = hear(pair.stream, bytes);
        EXPECT_EQ(heard.said, "abc");
        EXPECT_EQ(heard.last, Status::more);
        EXPECT_EQ(pair.opened(heard.answers), "\x18\0\0\1\0\x16"s) << "under the old key";
        EXPECT_EQ(heard.answers, "");
        pair.ours.update();
        std::string out;
        pair.stream.write("d", out);
        EXPECT_EQ(pair.opened(out), "d\x17") << "under the new one";
    }
}

TEST(TlsRecord, nothing_comes_between_the_parts_of_a_message) {
    for (const auto type : {ContentType::application_data, ContentType::alert}) {
        Pair pair;
        const std::string bytes =
            pair.sealed(ContentType::handshake, "\x18\0"s) + pair.sealed(type, "\1\0"s);
        Heard heard = hear(pair.stream, bytes);
        EXPECT_EQ(heard.last, Status::failed);
        EXPECT_EQ(pair.opened(heard.answers), (std::string{2, 10, 21}));
    }
}

TEST(TlsRecord, a_peer_that_says_nothing_for_long_is_let_go) {
    Pair pair;
    std::string bytes;
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 16; ++i) {
            bytes += pair.data("") + pair.sealed(ContentType::handshake, "\x18\0\0\1\0"s);
            pair.peers.update();
        }
        bytes += pair.data("x");  // counts anew
    }
    EXPECT_EQ(hear(pair.stream, bytes), (Heard{"xxx", "", Status::more}));
    bytes.clear();
    for (int i = 0; i < 33; ++i) {
        bytes += pair.data("");
    }
    EXPECT_EQ(hear(pair.stream, bytes).last, Status::failed);
}

TEST(TlsRecord, takes_its_next_key_when_one_has_sealed_enough) {
    Pair pair(Role::server, Suite::aes_256_gcm_sha384, {.sealed_bytes_per_key = 100});
    std::string changes;
    for (int i = 0; i < 10; ++i) {
        std::string out;
        pair.stream.write("0123456789", out);
        std::string inner = pair.opened(out);
        if (inner == "\x18\0\0\1\0\x16"s) {
            changes += std::to_string(i);
            pair.ours.update();
            inner = pair.opened(out);
        }
        EXPECT_EQ(inner, "0123456789\x17");
        EXPECT_EQ(out, "");
    }
    EXPECT_EQ(changes, "369");
}

}  // namespace
}  // namespace treeline::proto::tls
