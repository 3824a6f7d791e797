// Allowed and blocked e-mail domains of an org over the API (tenancy.md §5).
#include <gtest/gtest.h>

#include "tests/unit/api/api_harness.hpp"

namespace treeline {
namespace {

struct Domains : ApiHarness {
    OrgId root, client, rival;
    UserId admin, staff, guest;
    std::string token, staff_token, rival_token;

    Domains() {
        root = builder.root("root");
        admin = builder.admin();
        client = builder.org(root, "client");
        rival = builder.org(root, "rival");
        staff = builder.user(client, "s", role_staff);
        guest = builder.user(rival, "g", role_user);
        token = sign_in(admin);
        staff_token = sign_in(staff);
        rival_token = sign_in(builder.user(rival, "r", role_admin));
        start();
    }
    HttpResponse put(OrgId org, const std::string& bearer, const std::string& body) {
        return request("PUT", path(org, "/domains"), bearer, body);
    }
    std::string path(OrgId org, const std::string& rest) const {
        return "/api/v1/orgs/" + wire(org) + rest;
    }
    // Making a user with this address: the status, and the code where it is refused.
    std::string make(OrgId org, const std::string& email) {
        const HttpResponse made =
            request("POST", path(org, "/users"), token,
                    R"({"email":")" + email + R"(","name":"N","role":3,"password":"long enough"})");
        return made.status == 201 ? "201" : text_of(made, "code");
    }
};

TEST(Domains, are_set_and_read_folded_sorted_each_once) {
    Domains api;
    const HttpResponse set = api.put(api.client, api.token,
                                     R"({"allowed":["B.example","a.example",)"
                                     R"("b.EXAMPLE"],"blocked":[]})");
    ASSERT_EQ(set.status, 200U) << set.body;
    const HttpResponse read = api.request("GET", api.path(api.client, "/domains"), api.token);
    EXPECT_NE(read.body.find(R"("allowed":["a.example","b.example"])"), std::string::npos)
        << read.body;
    EXPECT_NE(read.body.find(R"("blocked":[])"), std::string::npos) << read.body;
}

TEST(Domains, bind_those_who_come_later_and_no_one_else) {
    Domains api;
    EXPECT_EQ(api.make(api.client, "early@a.example"), "201");
    api.put(api.client, api.token, R"({"allowed":["b.example"],"blocked":[]})");
    EXPECT_EQ(api.make(api.client, "late@a.example"), "domain_not_allowed");
    EXPECT_EQ(api.make(api.client, "late@B.Example"), "201");
    EXPECT_EQ(api.make(api.client, "late@x.b.example"), "domain_not_allowed");
    EXPECT_EQ(api.make(api.rival, "late@a.example"), "201");
}

TEST(Domains, of_a_parent_bind_its_sub_orgs_which_can_narrow_but_not_widen_them) {
    Domains api;
    api.put(api.root, api.token,
            R"({"allowed":["a.example","b.example"],"blocked":["evil.example"]})");
    api.put(api.client, api.token,
            R"({"allowed":["b.example","evil.example","own.example"],"blocked":[]})");
    EXPECT_EQ(api.make(api.client, "x@a.example"), "domain_not_allowed");
    EXPECT_EQ(api.make(api.client, "x@b.example"), "201");
    EXPECT_EQ(api.make(api.client, "x@evil.example"), "domain_not_allowed");
    EXPECT_EQ(api.make(api.client, "x@own.example"), "domain_not_allowed");
    EXPECT_EQ(api.make(api.rival, "x@a.example"), "201");
}

TEST(Domains, bind_a_membership_for_a_known_account_too) {
    Domains api;
    api.put(api.client, api.token, R"({"allowed":["nobody.example"],"blocked":[]})");
    const HttpResponse granted =
        api.request("POST", api.path(api.client, "/memberships"), api.token,
                    R"({"user":)" + api.wire(api.guest) + R"(,"role":3})");
    EXPECT_EQ(granted.status, 422U);
    EXPECT_EQ(text_of(granted, "code"), "domain_not_allowed");
}

TEST(Domains, are_refused_where_they_are_none) {
    Domains api;
    for (const char* bad : {"", "a b", "a..b", "@a.example", ".a"}) {
        const HttpResponse set = api.put(
            api.client, api.token, R"({"allowed":[],"blocked":[")" + std::string(bad) + R"("]})");
        EXPECT_EQ(set.status, 422U) << bad;
    }
    std::string many;
    for (int n = 0; n < 101; ++n) {
        many += (n == 0 ? "\"d" : ",\"d") + std::to_string(n) + ".example\"";
    }
    EXPECT_EQ(api.put(api.client, api.token, R"({"allowed":[],"blocked":[)" + many + "]}").status,
              422U);
}

TEST(Domains, are_the_settings_of_those_who_may_set_them) {
    Domains api;
    const std::string body = R"({"allowed":[],"blocked":["x.example"]})";
    EXPECT_EQ(api.put(api.client, api.rival_token, body).status, 404U);
    EXPECT_EQ(api.request("GET", api.path(api.client, "/domains"), api.rival_token).status, 404U);
    const HttpResponse refused = api.put(api.client, api.staff_token, body);
    EXPECT_EQ(refused.status, 403U);
    EXPECT_EQ(text_of(refused, "missing_permission"), "org.settings");
    EXPECT_EQ(api.request("GET", api.path(api.client, "/domains"), api.staff_token).status, 403U);
}

}  // namespace
}  // namespace treeline
