// Keep-alive, deadlines and the shape of answers; parsing is http_parser's.
#include "broker/edge/http_door.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include <openssl/rand.h>

#include "base/check.hpp"

namespace treeline {

namespace {

std::string_view reason(unsigned status) {
    switch (status) {
        case 100:
            return "Continue";
        case 101:
            return "Switching Protocols";
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 204:
            return "No Content";
        case 304:
            return "Not Modified";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 410:
            return "Gone";
        case 412:
            return "Precondition Failed";
        case 413:
            return "Content Too Large";
        case 415:
            return "Unsupported Media Type";
        case 422:
            return "Unprocessable Content";
        case 426:
            return "Upgrade Required";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 503:
            return "Service Unavailable";
        default:
            return "Status";
    }
}

// Random, so that it tells nobody how busy the broker is.
std::string request_id() {
    std::array<unsigned char, 12> bytes{};
    CHECK(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1);
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const unsigned char byte : bytes) {
        text += digits[byte >> 4U];
        text += digits[byte & 15U];
    }
    return text;
}

bool equal_folded(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return (x | 0x20) == (y | 0x20); });
}

bool carries(const HttpResponse& response, std::string_view name) {
    return std::any_of(response.headers.begin(), response.headers.end(),
                       [&](const auto& field) { return equal_folded(field.first, name); });
}

void add(std::string& out, std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append("\r\n");
}

void add_default(std::string& out, const HttpResponse& response, std::string_view name,
                 std::string_view value) {
    if (!carries(response, name)) {
        add(out, name, value);
    }
}

}  // namespace

std::string http_date(UnixTime time) {
    constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
                  days[std::chrono::weekday(day).c_encoding()], unsigned(date.day()),
                  months[unsigned(date.month()) - 1], int(date.year()), int(clock.hours().count()),
                  int(clock.minutes().count()), int(clock.seconds().count()));
    return text.data();
}

std::string render(const HttpResponse& response, const RenderOptions& options, UnixTime now) {
    std::string out = "HTTP/1.1 " + std::to_string(response.status) + " ";
    out.append(reason(response.status)).append("\r\n");
    for (const auto& [name, value] : response.headers) {
        add(out, name, value);
    }
    add(out, "Date", http_date(now));
    add_default(out, response, "X-Request-Id", request_id());
    if (response.status == 101) {
        return out.append("\r\n");
    }
    add(out, "Content-Length", std::to_string(response.body.size()));
    add_default(out, response, "Referrer-Policy", "no-referrer");
    add_default(out, response, "X-Content-Type-Options", "nosniff");
    add_default(out, response, "Cache-Control", "no-store");
    if (!options.keep_alive) {
        add(out, "Connection", "close");
    }
    out.append("\r\n");
    return options.head ? out : out.append(response.body);
}

std::string_view header(const HttpRequest& request, std::string_view name) {
    for (const auto& [key, value] : request.headers) {
        if (key == name) {
            return value;
        }
    }
    return {};
}

std::string_view bearer(const HttpRequest& request) {
    constexpr std::string_view scheme = "bearer ";
    const std::string_view value = header(request, "authorization");
    if (value.size() <= scheme.size() || !equal_folded(value.substr(0, scheme.size()), scheme)) {
        return {};
    }
    return value.substr(scheme.size());
}

HttpDoor::HttpDoor(std::string peer, const HttpLimits& limits, Now now)
    : peer_(std::move(peer)), limits_(limits), deadline_(now.steady + limits.header_max) {}

std::vector<HttpAction> HttpDoor::receive(std::string_view bytes, Now now) {
    if (closed_) {
        return {};
    }
    if (!busy_ && !parser_.in_request() && !bytes.empty()) {
        deadline_ = now.steady + limits_.header_max;
    }
    parser_.feed(bytes);
    return busy_ ? std::vector<HttpAction>() : go_on(now);
}

std::vector<HttpAction> HttpDoor::go_on(Now now) {
    std::vector<HttpAction> actions;
    auto parsed = parser_.next();
    if (!parsed) {
        return fail(parsed.error().status, parsed.error().code, now);
    }
    if (*parsed) {
        ParsedRequest& whole = **parsed;
        busy_ = true;
        keep_alive_ = whole.keep_alive;
        head_ = whole.request.method == "HEAD";
        deadline_ = steady_time_max;
        body_deadline_ = steady_time_max;
        whole.request.peer = peer_;
        actions.emplace_back(HttpAsked{std::move(whole.request)});
        return actions;
    }
    if (parser_.header_done() && body_deadline_ == steady_time_max) {
        body_deadline_ = now.steady + limits_.body_max;
        deadline_ = body_deadline_;
    }
    if (parser_.take_continue()) {
        actions.emplace_back(HttpSend{"HTTP/1.1 100 Continue\r\n\r\n"});
    }
    return actions;
}

std::vector<HttpAction> HttpDoor::answer(const HttpResponse& response, bool last, Now now) {
    std::vector<HttpAction> actions;
    keep_alive_ = keep_alive_ && !last;
    actions.emplace_back(HttpSend{render(response, {keep_alive_, head_}, now.wall)});
    busy_ = false;
    head_ = false;
    if (!keep_alive_) {
        closed_ = true;
        actions.emplace_back(HttpClose{});
        return actions;
    }
    deadline_ = now.steady + (parser_.in_request() ? limits_.header_max : limits_.idle_max);
    for (HttpAction& action : go_on(now)) {
        actions.push_back(std::move(action));
    }
    return actions;
}

std::vector<HttpAction> HttpDoor::fail(unsigned status, std::string_view code, Now now) {
    closed_ = true;
    deadline_ = steady_time_max;
    std::vector<HttpAction> actions;
    actions.emplace_back(
        HttpSend{render(problem_response(status, code, ""), {false, false}, now.wall)});
    actions.emplace_back(HttpClose{});
    return actions;
}

std::vector<HttpAction> HttpDoor::expire(Now now) {
    if (closed_ || busy_ || now.steady < deadline_) {
        return {};
    }
    if (parser_.in_request()) {
        return fail(408, "timeout", now);
    }
    closed_ = true;
    deadline_ = steady_time_max;
    std::vector<HttpAction> actions;
    actions.emplace_back(HttpClose{});
    return actions;
}

}  // namespace treeline
