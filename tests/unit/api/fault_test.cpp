// What goes wrong behind a request: handlers that throw, and a disk that can't be read.
#include <exception>
#include <set>
#include <stdexcept>

#include <gmock/gmock.h>

#include "tests/unit/api/api_harness.hpp"
#include "tests/unit/api/sample.hpp"

namespace treeline {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using testing::UnorderedElementsAre;

// One of everything; the lamp was in a, which kept its history, and is in b.
struct OneOfEach : ApiHarness {
    OrgId root, a, b;
    UserId admin, user;
    DeviceId lamp;
    MembershipId membership;
    std::string token;

    OneOfEach() {
        root = builder.root("root");
        a = builder.org(root, "a");
        b = builder.org(root, "b");
        admin = builder.admin();
        user = builder.user(b, "user");
        membership = builder.home(user);
        lamp = builder.device(a, "lamp");
        token = sign_in(admin);
    }
    std::string id_in(const Route& route) const {
        const auto is_below = [&](std::string_view kind) {
            return route.pattern.starts_with("/api/v1/" + std::string(kind) + "/");
        };
        return is_below("orgs")          ? wire(a)
               : is_below("users")       ? wire(user)
               : is_below("memberships") ? wire(membership)
                                         : wire(lamp);
    }
    std::string path(const Route& route) const {
        std::string pattern(route.pattern);
        if (const std::size_t at = pattern.find("{device}"); at != std::string::npos) {
            pattern.replace(at, 8, wire(lamp));
        }
        Route named = route;
        named.pattern = pattern;
        return path_of(named, id_in(route));
    }
    HttpResponse ask(const Route& route) {
        std::vector<std::pair<std::string, std::string>> headers;
        if (route.takes_csv) {
            headers.emplace_back("content-type", "text/csv");
        }
        return request(std::string(route.method), path(route), route.is_public() ? "" : token,
                       sample_body(route), headers);
    }
};

struct Faulty : OneOfEach {
    int handlers_left = 0;  // before the fault; negative: none comes

    Faulty() {
        fault = [this](const Route&) {
            if (handlers_left >= 0 && handlers_left-- == 0) {
                std::rethrow_exception(std::make_exception_ptr(
                    std::runtime_error("/src/broker/secret.cpp:12 key 0x2a of lamp")));
            }
        };
        start();
    }
};

constexpr const char* internal_body =
    R"({"type":"about:blank","title":"Internal Server Error","status":500,"code":"internal"})";

TEST(Faults, REST_45_in_any_handler_are_a_500_that_says_nothing) {
    Faulty api;
    std::set<std::string> ids;
    for (const Route& route : routes()) {
        api.handlers_left = 0;
        const HttpResponse response = api.ask(route);
        EXPECT_EQ(response.status, 500U) << route.method << ' ' << route.pattern << response.body;
        EXPECT_EQ(response.body, internal_body);
        const std::string id = header_of(response, "X-Request-Id");
        EXPECT_EQ(id.size(), 32U);
        for (const auto& [name, value] : response.headers) {
            const bool is_known = name == "Content-Type" || name == "Cache-Control" ||
                                  name == "X-Content-Type-Options" || name == "X-Request-Id";
            EXPECT_TRUE(is_known) << name << ": " << value;
        }
        ASSERT_FALSE(api.faults.empty()) << route.pattern;
        EXPECT_THAT(api.faults.back(), StartsWith(id + " /src/broker/secret.cpp"));
        ids.insert(id);
    }
    EXPECT_EQ(ids.size(), routes().size());
    EXPECT_EQ(api.faults.size(), routes().size());
    EXPECT_EQ(api.request("GET", "/api/v1/devices", api.token).status, 200U) << "it goes on";
}

TEST(Faults, REST_45_after_the_change_are_a_500_too_and_the_change_stands) {
    Faulty api;
    api.handlers_left = 1;
    const HttpResponse response = api.request("PATCH", "/api/v1/devices/" + api.wire(api.lamp),
                                              api.token, R"({"name":"renamed"})");
    EXPECT_EQ(response.status, 500U);
    EXPECT_EQ(response.body, internal_body);
    const HttpResponse shown =
        api.request("GET", "/api/v1/devices/" + api.wire(api.lamp), api.token);
    EXPECT_EQ(text_of(shown, "name"), "renamed");
}

// ---- TEN-26. Roles are read from the disk at the start alone (Replay.TEN_26); a request reads
// there only what was: history, the timeline, the audit, and worlds of the past.

struct BrokenDisk : OneOfEach {
    BrokenDisk() {
        start();
        EXPECT_EQ(request("POST", "/api/v1/transfers", token,
                          R"({"devices":[)" + wire(lamp) + R"(],"to_org":)" + wire(b) +
                              R"(,"contract":{"history":"keep"}})")
                      .status,
                  201U);
    }
    HttpResponse get(const std::string& target) { return request("GET", target, token); }
};

TEST(Faults, TEN_26_what_reads_the_disk_answers_503_and_all_else_as_before) {
    BrokenDisk api;
    std::map<std::string, std::string> before;
    for (const Route& route : routes()) {
        if (route.method == "GET") {
            before[api.path(route)] = essence_of(api.get(api.path(route)));
        }
    }
    api.break_disk();
    std::set<std::string> broken;
    for (const Route& route : routes()) {
        if (route.method != "GET") {
            continue;
        }
        const HttpResponse after = api.get(api.path(route));
        if (essence_of(after) != before.at(api.path(route))) {
            EXPECT_EQ(after.status, 503U) << route.pattern << after.body;
            broken.insert(std::string(route.pattern));
        }
    }
    EXPECT_THAT(broken,
                UnorderedElementsAre("/api/v1/audit/{seq}/proof", "/api/v1/devices/{id}/history",
                                     "/api/v1/devices/{id}/timeline", "/api/v1/orgs/{id}/audit",
                                     "/api/v1/orgs/{id}/audit/head",
                                     "/api/v1/orgs/{id}/devices/{device}/history",
                                     "/api/v1/users/{id}/activity", "/api/v1/visibility",
                                     "/api/v1/visibility/diff"));
}

TEST(Faults, TEN_26_a_past_that_can_not_be_read_is_503_and_never_the_present) {
    BrokenDisk api;
    const std::string then = "1";
    std::size_t asked = 0;
    api.break_disk();
    for (const Route& route : routes()) {
        if (route.method != "GET" || route.instants.empty()) {
            continue;
        }
        ++asked;
        const std::string path = api.path(route);
        const std::string name(route.instants.substr(0, route.instants.find(' ')));
        const char* const mark = path.find('?') == std::string::npos ? "?" : "&";
        const bool has_it = path.find("?" + name + "=") != std::string::npos;
        const HttpResponse response = api.get(has_it ? path : path + mark + name + "=" + then);
        EXPECT_EQ(response.status, 503U) << path << response.body;
    }
    EXPECT_GT(asked, 3U);
}

}  // namespace
}  // namespace treeline
