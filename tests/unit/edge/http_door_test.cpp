// The HTTP conversation: one request at a time, deadlines, and what every answer carries.
#include "broker/edge/http_door.hpp"

#include <gtest/gtest.h>

namespace treeline {
namespace {

const std::string get = "GET /healthz HTTP/1.1\r\nHost: broker\r\n\r\n";

Now at(std::int64_t ms) {
    return {SteadyTime(Millis(ms)), from_unix_ms(1'764'000'000'000 + ms)};
}

HttpDoor door() {
    return HttpDoor("127.0.0.1", HttpLimits{}, at(0));
}

bool asks(const std::vector<HttpAction>& actions) {
    return !actions.empty() && std::holds_alternative<HttpAsked>(actions.back());
}
bool closes(const std::vector<HttpAction>& actions) {
    return !actions.empty() && std::holds_alternative<HttpClose>(actions.back());
}
std::string sent(const std::vector<HttpAction>& actions) {
    std::string bytes;
    for (const HttpAction& action : actions) {
        if (const auto* part = std::get_if<HttpSend>(&action)) {
            bytes += part->bytes;
        }
    }
    return bytes;
}

TEST(HttpDoor, answers_one_request_after_the_other) {
    HttpDoor http = door();
    ASSERT_TRUE(asks(http.receive(get + get, at(1))));
    EXPECT_TRUE(http.busy());
    const auto actions = http.answer(HttpResponse{200, {}, "ok"}, false, at(2));
    EXPECT_TRUE(sent(actions).starts_with("HTTP/1.1 200 OK\r\n"));
    EXPECT_TRUE(asks(actions)) << "the second waited in the stream";
    EXPECT_FALSE(closes(http.answer(HttpResponse{200, {}, "ok"}, false, at(3))));
    EXPECT_TRUE(http.idle());
}

TEST(HttpDoor, puts_the_common_headers_on_every_answer_once) {
    HttpResponse response{
        404, {{"Content-Type", "text/plain"}, {"cache-control", "max-age=1"}}, "x"};
    const std::string text = render(response, {true, false}, from_unix_ms(784'111'777'000));
    EXPECT_NE(text.find("HTTP/1.1 404 Not Found\r\n"), std::string::npos);
    EXPECT_NE(text.find("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"), std::string::npos);
    EXPECT_NE(text.find("X-Request-Id: "), std::string::npos);
    EXPECT_NE(text.find("Content-Length: 1\r\n"), std::string::npos);
    EXPECT_NE(text.find("Referrer-Policy: no-referrer\r\n"), std::string::npos);
    EXPECT_NE(text.find("X-Content-Type-Options: nosniff\r\n"), std::string::npos);
    EXPECT_EQ(text.find("no-store"), std::string::npos) << "the response said otherwise";
    EXPECT_TRUE(text.ends_with("\r\n\r\nx"));
}

TEST(HttpDoor, gives_head_the_length_without_the_body) {
    HttpDoor http = door();
    ASSERT_TRUE(asks(http.receive("HEAD / HTTP/1.1\r\nHost: b\r\n\r\n", at(1))));
    const std::string text = sent(http.answer(HttpResponse{200, {}, "four"}, false, at(1)));
    EXPECT_NE(text.find("Content-Length: 4\r\n"), std::string::npos);
    EXPECT_TRUE(text.ends_with("\r\n\r\n"));
}

TEST(HttpDoor, closes_after_the_answer_where_asked_to) {
    HttpDoor http = door();
    ASSERT_TRUE(
        asks(http.receive("GET / HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n", at(1))));
    const auto actions = http.answer(HttpResponse{}, false, at(1));
    EXPECT_NE(sent(actions).find("Connection: close\r\n"), std::string::npos);
    EXPECT_TRUE(closes(actions));
    HttpDoor draining = door();
    ASSERT_TRUE(asks(draining.receive(get, at(1))));
    EXPECT_TRUE(closes(draining.answer(HttpResponse{}, true, at(1))));
}

TEST(HttpDoor, REST_32_gives_up_on_a_header_after_ten_seconds) {
    HttpDoor http = door();
    EXPECT_TRUE(http.receive("GET / HT", at(100)).empty());
    EXPECT_TRUE(http.expire(at(10'099)).empty());
    EXPECT_TRUE(http.receive("TP/1.1\r\n", at(10'099)).empty()) << "a drip buys no time";
    const auto actions = http.expire(at(10'100));
    EXPECT_TRUE(sent(actions).starts_with("HTTP/1.1 408 "));
    EXPECT_TRUE(closes(actions));
}

TEST(HttpDoor, REST_33_gives_up_on_a_body_after_thirty_seconds) {
    HttpDoor http = door();
    http.receive("POST / HTTP/1.1\r\nHost: b\r\nContent-Length: 9\r\n\r\n", at(1'000));
    EXPECT_EQ(http.deadline(), at(31'000).steady);
    http.receive("a", at(20'000));
    EXPECT_EQ(http.deadline(), at(31'000).steady);
    EXPECT_TRUE(sent(http.expire(at(31'000))).starts_with("HTTP/1.1 408 "));
}

TEST(HttpDoor, never_expires_while_it_waits_for_its_own_answer) {
    HttpDoor http = door();
    ASSERT_TRUE(asks(http.receive(get, at(0))));
    EXPECT_EQ(http.deadline(), steady_time_max);
    EXPECT_TRUE(http.expire(at(1'000'000)).empty());
}

TEST(HttpDoor, answers_nonsense_with_400_and_closes) {
    HttpDoor http = door();
    const auto actions = http.receive("GET\r\n\r\n", at(0));
    EXPECT_TRUE(sent(actions).starts_with("HTTP/1.1 400 "));
    EXPECT_TRUE(closes(actions));
    EXPECT_TRUE(http.receive(get, at(1)).empty()) << "the stream is lost";
}

}  // namespace
}  // namespace treeline
