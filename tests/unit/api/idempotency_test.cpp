// Idempotency-Key: a POST that is sent again is done once (platform-api.md "Writes").
#include <gtest/gtest.h>

#include "tests/unit/api/api_harness.hpp"

namespace treeline {
namespace {

struct Repeats : ApiHarness {
    OrgId root, client;
    UserId admin, other;
    std::string token, other_token;

    Repeats() {
        root = builder.root("root");
        admin = builder.admin();
        client = builder.org(root, "client");
        other = builder.user(root, "other", role_admin);
        token = sign_in(admin, std::chrono::hours(48));
        other_token = sign_in(other);
        start();
    }
    HttpResponse make(const std::string& bearer, const std::string& key, const std::string& name,
                      OrgId org) {
        return request("POST", "/api/v1/orgs/" + wire(org) + "/devices", bearer,
                       R"({"name":")" + name + R"("})", {{"idempotency-key", key}});
    }
    std::size_t devices(OrgId org) const {
        std::size_t count = 0;
        directory().devices(org, DeviceId{}, [&](const Device&) {
            ++count;
            return true;
        });
        return count;
    }
};

TEST(Idempotency, REST_36_answers_a_repeated_key_with_the_same_object_and_no_secret) {
    Repeats api;
    const HttpResponse first = api.make(api.token, "k1", "lamp", api.root);
    ASSERT_EQ(first.status, 201U) << first.body;
    const HttpResponse again = api.make(api.token, "k1", "lamp", api.root);
    EXPECT_EQ(again.status, 201U);
    EXPECT_EQ(text_of(again, "id"), text_of(first, "id"));
    EXPECT_EQ(text_of(again, "revision"), text_of(first, "revision"));
    EXPECT_NE(text_of(first, "token"), "null");
    EXPECT_EQ(text_of(again, "token"), "null");
    EXPECT_EQ(api.devices(api.root), 1U);
}

TEST(Idempotency, REST_36_refuses_the_key_with_another_body) {
    Repeats api;
    ASSERT_EQ(api.make(api.token, "k1", "lamp", api.root).status, 201U);
    const HttpResponse other = api.make(api.token, "k1", "lamp 2", api.root);
    EXPECT_EQ(other.status, 409U);
    EXPECT_EQ(code_of(other), "key_reuse");
    EXPECT_EQ(api.devices(api.root), 1U);
}

TEST(Idempotency, is_scoped_to_caller_and_path) {
    Repeats api;
    ASSERT_EQ(api.make(api.token, "k1", "lamp", api.root).status, 201U);
    EXPECT_EQ(api.make(api.other_token, "k1", "lamp", api.root).status, 201U);
    EXPECT_EQ(api.make(api.token, "k1", "lamp", api.client).status, 201U);
    EXPECT_EQ(api.devices(api.root), 2U);
    EXPECT_EQ(api.devices(api.client), 1U);
}

TEST(Idempotency, is_authorised_again) {
    Repeats api;
    ASSERT_EQ(api.make(api.other_token, "k1", "lamp", api.root).status, 201U);
    const MembershipId member = api.directory().membership_of(api.other, api.root);
    ASSERT_EQ(api.request("DELETE", "/api/v1/memberships/" + api.wire(member), api.token).status,
              200U);
    EXPECT_EQ(api.make(api.other_token, "k1", "lamp", api.root).status, 404U);
    EXPECT_EQ(api.devices(api.root), 1U);
}

TEST(Idempotency, forgets_after_a_day) {
    Repeats api;
    ASSERT_EQ(api.make(api.token, "k1", "lamp", api.root).status, 201U);
    api.pass(std::chrono::hours(24) + Millis(1));
    EXPECT_EQ(api.make(api.token, "k1", "lamp", api.root).status, 201U);
    EXPECT_EQ(api.devices(api.root), 2U);
}

TEST(Idempotency, refuses_keys_that_are_none) {
    Repeats api;
    for (const std::string& key : {std::string(), std::string(256, 'k'), std::string("a b")}) {
        const HttpResponse answer = api.make(api.token, key, "lamp", api.root);
        EXPECT_EQ(answer.status, 400U) << key;
        EXPECT_EQ(code_of(answer), "malformed");
    }
    EXPECT_EQ(api.devices(api.root), 0U);
}

TEST(Idempotency, a_refused_call_leaves_the_key_free) {
    Repeats api;
    ASSERT_EQ(api.make(api.token, "k1", std::string(81, 'n'), api.root).status, 422U);
    EXPECT_EQ(api.make(api.token, "k1", "lamp", api.root).status, 201U);
}

}  // namespace
}  // namespace treeline
