// The new enemy over REST: taken out of the org, and only then is the secret put.
#include <gtest/gtest.h>

#include "tests/unit/api/api_harness.hpp"

namespace treeline {
namespace {

struct Enemy : ApiHarness {
    OrgId root, org;
    UserId eve;
    DeviceId lamp;
    std::string boss_token, eve_token, pin;

    Enemy() {
        root = builder.root("root");
        org = builder.org(root, "client");
        eve = builder.user(builder.org(root, "elsewhere"), "eve", role_staff);
        lamp = builder.device(org, "lamp");
        boss_token = sign_in(builder.admin(), std::chrono::hours(24));
        eve_token = sign_in(eve, std::chrono::hours(24));
        start();
        pin = "/api/v1/devices/" + wire(lamp) + "/pins/5";
    }
    void put(const std::string& text) {
        ASSERT_LT(request("PUT", pin, boss_token, R"({"values":[")" + text + "\"]}").status, 300U);
    }
    std::string let_in() {
        const HttpResponse made = request("POST", "/api/v1/orgs/" + wire(org) + "/memberships",
                                          boss_token, R"({"user":)" + wire(eve) + R"(,"role":2})");
        EXPECT_EQ(made.status, 201U) << made.body;
        return text_of(made, "id");
    }
};

// Of one town; its log is read whole by each look at the audit, so that many short ones are faster.
void expect_no_secret(int rounds, std::size_t& seen, std::size_t& hidden) {
    Enemy api;
    std::vector<HttpResponse> done, polled;
    const auto poll_until_done = [&] {
        api.until([&] {
            api.ask("GET", api.pin, api.eve_token, "", polled);
            return !done.empty();
        });
    };
    for (int round = 0; round < rounds; ++round) {
        api.put("open");
        const std::string membership = api.let_in();
        seen += api.request("GET", api.pin, api.eve_token).body.find("open") != std::string::npos;
        done.clear();
        polled.clear();
        api.ask("DELETE", "/api/v1/memberships/" + membership, api.boss_token, "", done);
        poll_until_done();
        ASSERT_EQ(done.back().status, 200U) << done.back().body;
        done.clear();
        api.ask("PUT", api.pin, api.boss_token, R"({"values":["secret"]})", done);
        poll_until_done();
        ASSERT_EQ(api.request("GET", api.pin, api.eve_token).status, 404U);
        for (const HttpResponse& response : polled) {
            ASSERT_EQ(response.body.find("secret"), std::string::npos) << "round " << round;
            hidden += response.status == 404 ? 1U : 0U;
        }
    }
}

TEST(NewEnemy, PRM_10_reads_no_secret_by_rest_in_ten_thousand_rounds) {
    std::size_t seen = 0, hidden = 0;
    for (int town = 0; town < 100 && !testing::Test::HasFailure(); ++town) {
        expect_no_secret(100, seen, hidden);
    }
    EXPECT_EQ(seen, 10'000U);
    EXPECT_GE(hidden, 10'000U);
}

}  // namespace
}  // namespace treeline
