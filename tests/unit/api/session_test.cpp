// Signing in, renewing and signing out.
#include <gtest/gtest.h>

#include "tests/unit/api/api_harness.hpp"

namespace treeline {
namespace {

struct SignInOrg : ApiHarness {
    OrgId org;
    UserId user, suspended;
    std::string token;

    SignInOrg() {
        org = builder.root("root");
        user = builder.user(org, "ann");
        suspended = builder.user(org, "sue");
        builder.suspend(suspended);
        token = sign_in(user);
        start();
    }
    HttpResponse enter(const std::string& email, const std::string& password) {
        return request("POST", "/api/v1/sessions", "",
                       R"({"email":")" + email + R"(","password":")" + password + "\"}");
    }
    HttpResponse renew(const std::string& refresh) {
        return request("POST", "/api/v1/sessions/refresh", "",
                       R"({"refresh_token":")" + refresh + "\"}");
    }
};

TEST(SignIn, gives_tokens_that_work) {
    SignInOrg api;
    const HttpResponse response = api.enter("ann@example.com", "verifier");
    ASSERT_EQ(response.status, 201U) << response.body;
    EXPECT_EQ(text_of(response, "expires_in"), "3600");
    EXPECT_EQ(text_of(response, "home_org"), api.wire(api.org));
    EXPECT_EQ(text_of(response, "access_token").size(), access_token_size);
    EXPECT_NE(text_of(response, "access_token"), text_of(response, "refresh_token"));
    const HttpResponse me =
        api.request("GET", "/api/v1/users/me", text_of(response, "access_token"));
    EXPECT_EQ(me.status, 200U);
    EXPECT_EQ(text_of(me, "id"), api.wire(api.user));
}

TEST(SignIn, folds_the_address) {
    SignInOrg api;
    EXPECT_EQ(api.enter("ANN@Example.COM", "verifier").status, 201U);
}

TEST(SignIn, ACC_01_tells_unknown_addresses_and_wrong_passwords_apart_by_nothing) {
    SignInOrg api;
    const std::string expected = essence_of(api.enter("ann@example.com", "wrong-password"));
    EXPECT_EQ(expected.substr(0, 3), "401");
    const std::uint64_t before = api.passwords.verified;
    for (const auto& [email, password] :
         {std::pair<std::string, std::string>{"nobody@example.com", "verifier"},
          {"no address", "verifier"},
          {"", "verifier"},
          {"ann@example.com", ""},
          {"ann@example.com", std::string(1000, 'x')},
          {"sue@example.com", "wrong-password"}}) {
        EXPECT_EQ(essence_of(api.enter(email, password)), expected) << email;
    }
    EXPECT_EQ(api.passwords.verified, before + 6);  // each costs one check
}

TEST(SignIn, says_suspended_only_after_the_right_password) {
    SignInOrg api;
    const HttpResponse response = api.enter("sue@example.com", "verifier");
    EXPECT_EQ(response.status, 401U);
    EXPECT_EQ(code_of(response), "suspended");
}

TEST(SignIn, says_when_to_come_back_while_the_queue_is_full) {
    SignInOrg api;
    api.passwords.is_full = true;
    const HttpResponse response = api.enter("ann@example.com", "verifier");
    EXPECT_EQ(response.status, 503U);
    EXPECT_EQ(header_of(response, "Retry-After"), "1");
}

TEST(Refresh, trades_a_token_once_and_ends_the_session_when_it_comes_again) {
    SignInOrg api;
    const HttpResponse first = api.enter("ann@example.com", "verifier");
    const std::string spent = text_of(first, "refresh_token");
    const HttpResponse second = api.renew(spent);
    ASSERT_EQ(second.status, 201U) << second.body;
    EXPECT_EQ(api.request("GET", "/api/v1/users/me", text_of(first, "access_token")).status, 401U);
    const std::string access = text_of(second, "access_token");
    EXPECT_EQ(api.request("GET", "/api/v1/users/me", access).status, 200U);
    EXPECT_EQ(api.renew(spent).status, 401U);
    EXPECT_EQ(api.request("GET", "/api/v1/users/me", access).status, 401U);
    EXPECT_EQ(api.renew(text_of(second, "refresh_token")).status, 401U);
}

TEST(Refresh, takes_no_role_or_scope_REST_18) {
    SignInOrg api;
    const HttpResponse response = api.request("POST", "/api/v1/sessions/refresh", "",
                                              R"({"refresh_token":"x","scopes":["admin"]})");
    EXPECT_EQ(response.status, 422U);
    EXPECT_EQ(api.renew("x").status, 401U);
}

TEST(SignOut, ends_the_session_that_asks) {
    SignInOrg api;
    const std::string other = text_of(api.enter("ann@example.com", "verifier"), "access_token");
    EXPECT_EQ(api.request("DELETE", "/api/v1/sessions/current", api.token).status, 200U);
    EXPECT_EQ(api.request("GET", "/api/v1/users/me", api.token).status, 401U);
    EXPECT_EQ(api.request("GET", "/api/v1/users/me", other).status, 200U);
}

TEST(Health, is_for_everybody) {
    SignInOrg api;
    EXPECT_EQ(api.request("GET", "/healthz").status, 200U);
    EXPECT_EQ(api.request("GET", "/readyz").status, 200U);
    EXPECT_EQ(api.request("GET", "/api/v1/openapi.json").status, 200U);
    api.is_draining = true;
    EXPECT_EQ(api.request("GET", "/readyz").status, 503U);
    EXPECT_EQ(api.request("GET", "/healthz").status, 200U);
}

}  // namespace
}  // namespace treeline
