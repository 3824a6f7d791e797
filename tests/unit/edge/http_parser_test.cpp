// Requests out of a stream: every cut, every limit, and what is refused.
#include "broker/edge/http_parser.hpp"

#include <string>

#include <gtest/gtest.h>

namespace treeline {
namespace {

const std::string get = "GET /healthz HTTP/1.1\r\nHost: broker\r\n\r\n";

std::optional<ParsedRequest> parse(HttpParser& parser, std::string_view bytes) {
    parser.feed(bytes);
    auto parsed = parser.next();
    EXPECT_TRUE(bool(parsed));
    return parsed ? std::move(*parsed) : std::nullopt;
}

unsigned fault_of(const std::string& bytes) {
    HttpParser parser;
    parser.feed(bytes);
    const auto parsed = parser.next();
    return parsed ? 0 : parsed.error().status;
}

TEST(HttpParser, gives_the_same_request_for_every_cut) {
    const std::string text =
        "POST /api/v1/orgs?x=1 HTTP/1.1\r\nHost: b\r\nX-Thing: Yes\r\n"
        "Content-Length: 5\r\n\r\nhello";
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        HttpParser parser;
        auto request = parse(parser, text.substr(0, cut));
        if (!request) {
            request = parse(parser, text.substr(cut));
        }
        ASSERT_TRUE(request) << cut;
        EXPECT_EQ(request->request.method, "POST");
        EXPECT_EQ(request->request.target, "/api/v1/orgs?x=1");
        EXPECT_EQ(request->request.body, "hello");
        EXPECT_EQ(request->request.headers[1].first, "x-thing");
        EXPECT_EQ(request->request.headers[1].second, "Yes");
        EXPECT_TRUE(request->keep_alive);
    }
}

TEST(HttpParser, gives_a_chunked_body_for_every_cut) {
    const std::string text =
        "POST / HTTP/1.1\r\nHost: b\r\nTransfer-Encoding: chunked\r\n\r\n"
        "5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n";
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        HttpParser parser;
        auto request = parse(parser, text.substr(0, cut));
        if (!request) {
            request = parse(parser, text.substr(cut));
        }
        ASSERT_TRUE(request) << cut;
        EXPECT_EQ(request->request.body, "hello world");
    }
}

TEST(HttpParser, keeps_pipelined_requests_apart) {
    HttpParser parser;
    ASSERT_TRUE(parse(parser, get + get + "GET /x HT"));
    ASSERT_TRUE(parse(parser, ""));
    EXPECT_FALSE(parse(parser, ""));
    EXPECT_TRUE(parser.in_request());
    const auto third = parse(parser, "TP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n");
    ASSERT_TRUE(third);
    EXPECT_EQ(third->request.target, "/x");
    EXPECT_FALSE(third->keep_alive);
    EXPECT_FALSE(parser.in_request());
}

TEST(HttpParser, hands_out_what_follows_an_upgrade) {
    HttpParser parser;
    ASSERT_TRUE(parse(parser, get + std::string("\x82\x00", 2)));
    EXPECT_EQ(parser.take_rest(), std::string("\x82\x00", 2));
}

TEST(HttpParser, REST_31_refuses_a_header_over_its_limit_with_431) {
    const std::string filler(http_header_size_bytes_max, 'a');
    EXPECT_EQ(fault_of("GET / HTTP/1.1\r\nHost: b\r\nX: " + filler + "\r\n\r\n"), 431U);
    EXPECT_EQ(fault_of("GET /" + filler + filler), 431U) << "its end never came";
    std::string many = "GET / HTTP/1.1\r\nHost: b\r\n";
    for (std::size_t index = 0; index < http_headers_max; ++index) {
        many += "a: b\r\n";
    }
    EXPECT_EQ(fault_of(many + "\r\n"), 431U);
    const std::string nul = std::string("GET / HTTP/1.1\r\nHost: b\r\nX: a") + '\0';
    EXPECT_EQ(fault_of(nul + "b\r\n\r\n"), 400U);
}

TEST(HttpParser, refuses_a_body_over_its_limit_as_soon_as_it_is_known) {
    const std::string head = "POST / HTTP/1.1\r\nHost: b\r\nContent-Length: ";
    const auto most = std::to_string(http_body_size_bytes_max);
    const auto over = std::to_string(http_body_size_bytes_max + 1);
    EXPECT_EQ(fault_of(head + most + "\r\n\r\n"), 0U);
    EXPECT_EQ(fault_of(head + over + "\r\n\r\n"), 413U);
    EXPECT_EQ(fault_of(head + "10737418240\r\n\r\n"), 413U);
    EXPECT_GE(fault_of(head + "99999999999999999999999\r\n\r\n"), 400U);
}

TEST(HttpParser, refuses_an_endless_chunked_body) {
    HttpParser parser;
    parser.feed("POST / HTTP/1.1\r\nHost: b\r\nTransfer-Encoding: chunked\r\n\r\n");
    const std::string chunk = "8000\r\n" + std::string(0x8000, 'x') + "\r\n";
    unsigned status = 0;
    for (int count = 0; count < 70 && status == 0; ++count) {
        parser.feed(chunk);
        const auto parsed = parser.next();
        status = parsed ? 0 : parsed.error().status;
    }
    EXPECT_EQ(status, 413U);
}

TEST(HttpParser, REST_30_refuses_chunk_headers_that_never_end_or_overflow) {
    const std::string head = "POST / HTTP/1.1\r\nHost: b\r\nTransfer-Encoding: chunked\r\n\r\n";
    EXPECT_GE(fault_of(head + "5;" + std::string(1'000'000, 'x')), 400U);
    EXPECT_GE(fault_of(head + "10000000000000000\r\n"), 400U);
}

TEST(HttpParser, REST_50_refuses_what_is_not_http_1) {
    EXPECT_EQ(fault_of("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 400U);
    EXPECT_EQ(fault_of("GeT / HTTP/1.1\r\nHost: b\r\n\r\n"), 400U);
    EXPECT_EQ(fault_of("GET / HTTP/1.1\r\n\r\n"), 400U) << "no Host";
    EXPECT_EQ(fault_of("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), 400U);
    EXPECT_EQ(fault_of("GET nowhere HTTP/1.1\r\nHost: b\r\n\r\n"), 400U);
    EXPECT_EQ(fault_of(std::string("GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n", 29)), 400U);
}

TEST(HttpParser, refuses_a_length_beside_chunks) {
    EXPECT_EQ(fault_of("POST / HTTP/1.1\r\nHost: b\r\nContent-Length: 5\r\n"
                       "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
              400U);
    EXPECT_EQ(fault_of("POST / HTTP/1.1\r\nHost: b\r\nContent-Length: 5\r\n"
                       "Content-Length: 6\r\n\r\nhello!"),
              400U);
}

TEST(HttpParser, asks_for_the_body_once_where_its_sender_waits) {
    HttpParser parser;
    EXPECT_FALSE(parse(parser,
                       "POST / HTTP/1.1\r\nHost: b\r\nExpect: 100-continue\r\n"
                       "Content-Length: 2\r\n\r\n"));
    EXPECT_TRUE(parser.take_continue());
    EXPECT_FALSE(parser.take_continue());
    const auto request = parse(parser, "ok");
    ASSERT_TRUE(request);
    EXPECT_EQ(request->request.body, "ok");
}

}  // namespace
}  // namespace treeline
