// Acts on accounts over the API: profile, password, sessions (tenancy.md §2, §5).
#include <gtest/gtest.h>

#include "tests/unit/api/api_harness.hpp"

namespace treeline {
namespace {

struct Accounts : ApiHarness {
    OrgId root, client, other;
    UserId admin, boss, staff, shared;
    std::string token, boss_token, staff_token, shared_token;

    Accounts() {
        root = builder.root("root");
        admin = builder.admin();
        client = builder.org(root, "client");
        other = builder.org(root, "other");
        boss = builder.user(client, "boss", role_admin);
        staff = builder.user(client, "staff", role_staff);
        shared = builder.user(client, "shared");
        token = sign_in(admin);
        CreateMembership also;
        also.org = other;
        also.user = shared;
        also.role = role_user;
        builder.run(also, Actor{admin});
        boss_token = sign_in(boss);
        staff_token = sign_in(staff);
        shared_token = sign_in(shared);
        start();
    }
    std::string path(UserId user, const std::string& rest = "") const {
        return "/api/v1/users/" + wire(user) + rest;
    }
    unsigned status(const std::string& method, const std::string& target, const std::string& bearer,
                    const std::string& body = "") {
        return request(method, target, bearer, body).status;
    }
};

TEST(Accounts, ACC_19_a_forced_logout_ends_every_session_and_the_next_sign_in_works) {
    Accounts api;
    ASSERT_EQ(api.status("GET", "/api/v1/users/me", api.staff_token), 200U);
    ASSERT_EQ(api.status("POST", api.path(api.staff, "/force-logout"), api.boss_token), 200U);
    EXPECT_EQ(api.status("GET", "/api/v1/users/me", api.staff_token), 401U);
    std::size_t logins = 0;
    api.directory().logins(api.staff, [&](const LoginRecord&) { return ++logins > 0; });
    EXPECT_EQ(logins, 0U);
}

TEST(Accounts, ACC_20_a_password_is_set_only_with_that_permission_and_ends_the_sessions) {
    Accounts api;
    const std::string body = R"({"password":"a new password"})";
    const HttpResponse refused =
        api.request("POST", api.path(api.boss, "/password"), api.staff_token, body);
    EXPECT_EQ(refused.status, 403U);
    EXPECT_EQ(text_of(refused, "missing_permission"), "users.set_password");
    const HttpResponse set =
        api.request("POST", api.path(api.staff, "/password"), api.boss_token, body);
    ASSERT_EQ(set.status, 200U) << set.body;
    EXPECT_EQ(api.status("GET", "/api/v1/users/me", api.staff_token), 401U);
    EXPECT_EQ(set.body.find("password"), std::string::npos);
    EXPECT_EQ(api.directory().user(api.staff)->password_verifier, "a new password");
}

TEST(Accounts, nobody_takes_over_an_account_through_a_membership) {
    Accounts api;
    const HttpResponse refused = api.request("POST", api.path(api.shared, "/password"),
                                             api.boss_token, R"({"password":"mine now!"})");
    EXPECT_EQ(refused.status, 403U);
    EXPECT_EQ(text_of(refused, "scope"), "membership");
    EXPECT_EQ(api.status("POST", api.path(api.shared, "/force-logout"), api.boss_token), 403U);
    EXPECT_EQ(api.status("PATCH", api.path(api.shared), api.boss_token, R"({"name":"x"})"), 403U);
    EXPECT_EQ(api.status("GET", "/api/v1/users/me", api.shared_token), 200U);
    EXPECT_EQ(api.status("POST", api.path(api.shared, "/force-logout"), api.token), 200U);
}

TEST(Accounts, nobody_acts_upward) {
    Accounts api;
    EXPECT_EQ(api.status("POST", api.path(api.admin, "/password"), api.boss_token, "{}"), 404U);
    EXPECT_EQ(api.status("POST", api.path(api.admin, "/force-logout"), api.boss_token), 404U);
    EXPECT_EQ(api.status("POST", api.path(api.boss, "/force-logout"), api.staff_token), 403U);
}

TEST(Accounts, REST_13_a_profile_takes_no_rights) {
    Accounts api;
    for (const char* body : {R"({"role":"Admin"})", R"({"status":"active"})", R"({"org":1})",
                             R"({"email":"new@example.com"})"}) {
        EXPECT_EQ(api.status("PATCH", "/api/v1/users/me", api.shared_token, body), 422U) << body;
    }
    const HttpResponse renamed = api.request("PATCH", "/api/v1/users/me", api.shared_token,
                                             R"({"name":"Sam","phone":"+44 1"})");
    ASSERT_EQ(renamed.status, 200U) << renamed.body;
    EXPECT_EQ(text_of(renamed, "name"), "Sam");
}

TEST(Accounts, sessions_are_listed_to_their_owner_and_to_who_may_end_them) {
    Accounts api;
    const HttpResponse own = api.request("GET", api.path(api.staff, "/sessions"), api.staff_token);
    ASSERT_EQ(own.status, 200U) << own.body;
    EXPECT_EQ(text_of(own, "total"), "1");
    EXPECT_EQ(own.body.find("token"), std::string::npos);
    EXPECT_EQ(api.status("GET", api.path(api.staff, "/sessions"), api.boss_token), 200U);
    EXPECT_EQ(api.status("GET", api.path(api.boss, "/sessions"), api.staff_token), 403U);
    EXPECT_EQ(api.status("GET", api.path(api.admin, "/sessions"), api.boss_token), 404U);
}

}  // namespace
}  // namespace treeline
