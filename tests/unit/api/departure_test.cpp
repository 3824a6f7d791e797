// Deleting and transferring people over the API (tenancy.md §2, §4).
#include <gtest/gtest.h>

#include "tests/unit/api/people_harness.hpp"

namespace treeline {
namespace {

struct Departures : People {
    UserId shared;
    DeviceId lamp;
    std::string shared_token;

    Departures() {
        shared = builder.user(client, "shared");
        builder.member(shared, other, role_user);
        lamp = builder.device(client, "lamp", staff);
        shared_token = sign_in(shared);
        start();
    }
    HttpResponse remove(const std::string& bearer, UserId id, const std::string& query = "") {
        return request("DELETE", user(id) + query, bearer);
    }
    HttpResponse transfer(const std::string& bearer, UserId id, OrgId to,
                          const std::string& more = "") {
        return request("POST", user(id, "/transfer"), bearer,
                       R"({"to_org":)" + wire(to) + R"(,"role":"Staff")" + more + "}");
    }
};

TEST(Departures, ACC_26_a_deleted_account_is_gone_with_its_tokens_and_ownership) {
    Departures api;
    const HttpResponse deleted = api.remove(api.boss_token, api.staff);
    ASSERT_EQ(deleted.status, 200U) << deleted.body;
    EXPECT_EQ(text_of(deleted, "scope"), "(absent)");
    EXPECT_EQ(api.request("GET", "/api/v1/users/me", api.staff_token).status, 401U);
    EXPECT_EQ(api.enter("staff@example.com", "verifier").status, 401U);
    EXPECT_EQ(api.request("GET", api.user(api.staff), api.boss_token).status, 404U);
    EXPECT_EQ(api.directory().device(api.lamp)->owner, UserId{});
    const HttpResponse audit = api.request("GET", api.org(api.client, "/audit"), api.boss_token);
    EXPECT_NE(audit.body.find("user/" + api.wire(api.staff)), std::string::npos) << audit.body;
}

TEST(Departures, an_account_of_others_too_loses_only_what_is_in_reach) {
    Departures api;
    const HttpResponse deleted = api.remove(api.boss_token, api.shared);
    ASSERT_EQ(deleted.status, 200U) << deleted.body;
    EXPECT_EQ(text_of(deleted, "scope"), "membership");
    EXPECT_EQ(api.request("GET", "/api/v1/users/me", api.shared_token).status, 200U);
    EXPECT_EQ(api.request("GET", api.user(api.shared), api.boss_token).status, 404U);
    EXPECT_EQ(api.remove(api.other_token, api.shared).status, 200U);
    EXPECT_EQ(api.request("GET", "/api/v1/users/me", api.shared_token).status, 401U);
}

TEST(Departures, REST_16_the_last_admin_stays) {
    Departures api;
    const HttpResponse refused = api.request("DELETE", "/api/v1/users/me", api.boss_token);
    EXPECT_EQ(refused.status, 409U);
    EXPECT_EQ(code_of(refused), "last_admin");
    EXPECT_EQ(code_of(api.remove(api.boss_token, api.boss)), "last_admin");
    EXPECT_EQ(code_of(api.remove(api.token, api.boss)), "last_admin");
    EXPECT_EQ(api.remove(api.token, api.boss, "?allow_orphan=true").status, 200U);
    EXPECT_EQ(code_of(api.remove(api.token, api.admin, "?allow_orphan=true")), "last_admin");
}

TEST(Departures, anyone_may_leave) {
    Departures api;
    EXPECT_EQ(api.request("DELETE", "/api/v1/users/me", api.staff_token).status, 200U);
    EXPECT_EQ(api.directory().user(api.staff), nullptr);
}

TEST(Departures, nobody_deletes_upward_or_out_of_sight) {
    Departures api;
    const HttpResponse refused = api.remove(api.staff_token, api.boss);
    EXPECT_EQ(refused.status, 403U);
    EXPECT_EQ(text_of(refused, "missing_permission"), "users.delete");
    EXPECT_EQ(api.remove(api.other_token, api.staff).status, 404U);
    EXPECT_EQ(api.remove(api.boss_token, api.admin).status, 404U);
    EXPECT_EQ(
        api.request("DELETE", api.user(api.staff), api.boss_token, "", {{"if-match", "\"1\""}})
            .status,
        412U);
}

TEST(Departures, XFR_25_a_transfer_moves_the_home_and_leaves_the_devices) {
    Departures api;
    api.invite(api.staff_token, api.client, "new@example.com");
    const HttpResponse moved = api.transfer(api.token, api.staff, api.other);
    ASSERT_EQ(moved.status, 200U) << moved.body;
    const HttpResponse me = api.request("GET", "/api/v1/users/me", api.staff_token);
    EXPECT_EQ(text_of(me, "home_org"), api.wire(api.other));
    EXPECT_EQ(api.directory().device(api.lamp)->owner, UserId{});
    EXPECT_EQ(api.request("GET", api.org(api.client, ""), api.staff_token).status, 404U);
    const HttpResponse dead = api.accept(api.invitation_token("new@example.com"),
                                         R"({"name":"x","password":"long enough"})");
    EXPECT_EQ(dead.status, 410U);
    const HttpResponse audit = api.request("GET", api.org(api.client, "/audit"), api.boss_token);
    EXPECT_NE(audit.body.find("transfer_user"), std::string::npos) << audit.body;
}

TEST(Departures, XFR_25_devices_follow_when_asked) {
    Departures api;
    ASSERT_EQ(api.transfer(api.token, api.staff, api.other, R"(,"devices":true)").status, 200U);
    EXPECT_EQ(api.directory().device(api.lamp)->org, api.other);
    EXPECT_EQ(api.directory().device(api.lamp)->owner, api.staff);
}

TEST(Departures, a_transfer_needs_both_ends) {
    Departures api;
    EXPECT_EQ(api.transfer(api.boss_token, api.staff, api.other).status, 404U);
    EXPECT_EQ(api.transfer(api.other_token, api.staff, api.other).status, 404U);
    EXPECT_EQ(api.transfer(api.staff_token, api.shared, api.client).status, 403U);
    EXPECT_EQ(code_of(api.transfer(api.token, api.staff, api.client)), "already_there");
    EXPECT_EQ(code_of(api.transfer(api.token, api.shared, api.other)), "already_member");
    EXPECT_EQ(api.request("POST", api.user(api.staff, "/transfer"), api.token, "{}").status, 422U);
}

}  // namespace
}  // namespace treeline
