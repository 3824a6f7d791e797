// Who gets in, and what those outside can tell: 401 and 404 on every route of the table.
#include <gtest/gtest.h>

#include "tests/unit/api/api_harness.hpp"
#include "tests/unit/api/sample.hpp"

namespace treeline {
namespace {

// A tree with an admin, and a stranger tree with one of everything.
struct TwoTrees : ApiHarness {
    OrgId org, their_org;
    UserId admin, their_user;
    DeviceId device, their_device;
    MembershipId their_membership;
    std::string token;

    TwoTrees() {
        org = builder.root("ours");
        admin = builder.admin("ours");
        device = builder.device(org, "lamp");
        their_org = builder.root("theirs");
        their_user = builder.user(their_org, "stranger");
        their_device = builder.device(their_org, "their-lamp");
        their_membership = builder.home(their_user);
        token = sign_in(admin);
    }

    // The wire id of something of the stranger tree, of the kind that the route's {id} is.
    std::string theirs(const Route& route) const {
        if (route.pattern.starts_with("/api/v1/orgs/")) {
            return wire(their_org);
        }
        if (route.pattern.starts_with("/api/v1/users/")) {
            return wire(their_user);
        }
        if (route.pattern.starts_with("/api/v1/memberships/")) {
            return wire(their_membership);
        }
        return wire(their_device);
    }
    std::string missing(const Route& route) const {
        const std::string far = route.pattern.starts_with("/api/v1/orgs/")    ? wire(OrgId{900})
                                : route.pattern.starts_with("/api/v1/users/") ? wire(UserId{900})
                                : route.pattern.starts_with("/api/v1/memberships/")
                                    ? wire(MembershipId{900})
                                    : wire(DeviceId{900});
        return far;
    }
    HttpResponse ask(const Route& route, const std::string& id, const std::string& bearer) {
        const std::vector<std::pair<std::string, std::string>> csv{{"content-type", "text/csv"}};
        return request(std::string(route.method), path_of(route, id), bearer, sample_body(route),
                       route.takes_csv ? csv : std::vector<std::pair<std::string, std::string>>{});
    }
};

TEST(Access, every_route_but_the_public_ones_answers_401_without_credentials_REST_01) {
    TwoTrees api;
    api.start();
    std::string first;
    for (const Route& route : routes()) {
        if (route.is_public()) {
            continue;
        }
        const HttpResponse response = api.ask(route, api.wire(api.device), "");
        EXPECT_EQ(response.status, 401U) << route.method << ' ' << route.pattern;
        EXPECT_EQ(header_of(response, "WWW-Authenticate"), "Bearer");
        first = first.empty() ? essence_of(response) : first;
        EXPECT_EQ(essence_of(response), first);
    }
}

TEST(Access, an_unknown_path_or_method_answers_401_without_credentials) {
    TwoTrees api;
    api.start();
    EXPECT_EQ(api.request("GET", "/api/v1/nothing").status, 401U);
    EXPECT_EQ(api.request("PUT", "/api/v1/devices").status, 401U);
    EXPECT_EQ(api.request("GET", "/api/v1/nothing", api.token).status, 404U);
    const HttpResponse response = api.request("PUT", "/api/v1/orgs", api.token);
    EXPECT_EQ(response.status, 405U);
    EXPECT_EQ(header_of(response, "Allow"), "GET, POST");
    EXPECT_EQ(api.request("GET", "/static/../../etc/passwd").status, 404U);
}

TEST(Access, tokens_that_are_no_longer_or_never_were_good_get_one_answer_REST_02) {
    TwoTrees api;
    const std::string expired = api.sign_in(api.admin, Millis(0));
    const UserId suspended = api.builder.user(api.org, "suspended");
    const std::string of_suspended = api.sign_in(suspended);
    api.builder.suspend(suspended);
    api.start();
    const std::string expected = essence_of(api.request("GET", "/api/v1/devices"));
    for (const std::string& token :
         {expired, of_suspended, api.token.substr(1), api.token + "x", std::string(43, 'A'),
          std::string(43, '\xff'), std::string(" ") + api.token, std::string("x")}) {
        const HttpResponse response = api.request("GET", "/api/v1/devices", token);
        EXPECT_EQ(essence_of(response), expected) << token;
    }
    EXPECT_EQ(api.request("GET", "/api/v1/devices", api.token).status, 200U);
}

TEST(Access, a_token_ends_when_its_hour_is_over) {
    TwoTrees api;
    api.start();
    api.pass(std::chrono::hours(1) - Millis(1));
    EXPECT_EQ(api.request("GET", "/api/v1/devices", api.token).status, 200U);
    api.pass(Millis(1));
    EXPECT_EQ(api.request("GET", "/api/v1/devices", api.token).status, 401U);
}

TEST(Access, invisible_missing_and_impossible_ids_get_one_404_on_every_route_REST_04) {
    TwoTrees api;
    api.start();
    const std::string expected =
        essence_of(api.request("GET", "/api/v1/devices/" + api.wire(DeviceId{900}), api.token));
    std::size_t asked = 0;
    for (const Route& route : routes()) {
        if (route.pattern.find("{id}") == std::string_view::npos) {
            continue;
        }
        for (const std::string& id :
             {api.theirs(route), api.missing(route), std::string("0"), std::string("x"),
              std::string("9007199254740992"), std::string("01")}) {
            const HttpResponse response = api.ask(route, id, api.token);
            EXPECT_EQ(essence_of(response), expected) << route.method << path_of(route, id);
            ++asked;
        }
    }
    EXPECT_GT(asked, 100U);
    EXPECT_EQ(header_of(api.request("GET", "/api/v1/orgs/x", api.token), "Treeline-Revision"),
              "(absent)");
}

TEST(Access, invisible_and_missing_ids_in_bodies_get_one_404) {
    TwoTrees api;
    api.start();
    const auto same = [&](const std::string& method, const std::string& path,
                          const std::string& before, const std::string& invisible,
                          const std::string& missing, const std::string& after) {
        const auto first = api.request(method, path, api.token, before + invisible + after);
        const auto second = api.request(method, path, api.token, before + missing + after);
        EXPECT_EQ(first.status, 404U) << path << first.body;
        EXPECT_EQ(essence_of(first), essence_of(second)) << path;
    };
    const std::string me = api.wire(api.admin);
    same("POST", "/api/v1/orgs", R"({"name":"x","parent":)", api.wire(api.their_org),
         api.wire(OrgId{900}), "}");
    same("POST", "/api/v1/explain",
         R"({"action":"view","device":)" + api.wire(api.device) + R"(,"user":)",
         api.wire(api.their_user), api.wire(UserId{900}), "}");
    same("POST", "/api/v1/explain", R"({"action":"view","user":)" + me + R"(,"device":)",
         api.wire(api.their_device), api.wire(DeviceId{900}), "}");
    same("POST", "/api/v1/explain", R"({"action":"org.settings","user":)" + me + R"(,"org":)",
         api.wire(api.their_org), api.wire(OrgId{900}), "}");
    same("POST", "/api/v1/orgs/" + api.wire(api.org) + "/memberships", R"({"role":3,"user":)",
         api.wire(api.their_user), api.wire(UserId{900}), "}");
}

TEST(Access, every_success_of_a_read_keeps_to_the_shape_of_its_route) {
    TwoTrees api;
    CreateTransfer offer;
    offer.device = api.device;
    offer.to_org = api.their_org;
    offer.way = TransferWay::blind_offer;
    const TransferId transfer{api.builder.run(offer, Actor{api.admin})};
    api.start();
    for (const Route& route : routes()) {
        if (route.method != "GET" || route.answer == nullptr ||
            route.pattern.find("{device}") != std::string_view::npos) {  // needs two ids: History
            continue;
        }
        const std::string id = route.pattern.starts_with("/api/v1/orgs/")    ? api.wire(api.org)
                               : route.pattern.starts_with("/api/v1/users/") ? api.wire(api.admin)
                               : route.pattern.starts_with("/api/v1/transfers/")
                                   ? api.wire(transfer)
                                   : api.wire(api.device);
        const HttpResponse response = api.ask(route, id, api.token);
        EXPECT_EQ(response.status, 200U) << route.pattern << response.body;
        json::object shown = object_of(response);
        if (route.is_list) {
            EXPECT_EQ(shown.size(), 4U) << route.pattern;
            if (shown["items"].as_array().empty()) {
                continue;
            }
            shown = json::object(shown["items"].as_array().front().as_object());
        }
        for (const auto& entry : shown) {
            EXPECT_NE(route.answer->field(entry.key()), nullptr) << route.pattern << entry.key();
        }
    }
}

TEST(Access, methods_nobody_has_are_refused_and_overrides_ignored_REST_20) {
    TwoTrees api;
    api.start();
    EXPECT_EQ(api.request("TRACE", "/api/v1/devices").status, 405U);
    EXPECT_EQ(api.request("CONNECT", "/api/v1/devices").status, 405U);
    EXPECT_EQ(api.request("get", "/api/v1/devices").status, 501U);
    const HttpResponse response =
        api.request("GET", "/api/v1/devices/" + api.wire(api.device), api.token, "",
                    {{"x-http-method-override", "DELETE"}});
    EXPECT_EQ(response.status, 200U);
    EXPECT_EQ(api.request("GET", "/api/v1/devices/" + api.wire(api.device), api.token).status,
              200U);
}

}  // namespace
}  // namespace treeline
