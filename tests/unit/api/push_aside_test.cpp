// A push's comparison runs aside: what may go wrong there, and what may change meanwhile.
#include <optional>
#include <stdexcept>

#include <gtest/gtest.h>

#include "tests/unit/api/api_harness.hpp"

namespace treeline {
namespace {

const std::string dry = R"({"mode":"overwrite","roles":["User"],"dry_run":true})";
const std::string wet = R"({"mode":"overwrite","roles":["User"]})";

struct PushAside : ::testing::Test {
    ApiHarness api;
    OrgId root = api.builder.root("root");
    OrgId client = api.builder.org(root, "client");
    OrgId branch = api.builder.org(client, "branch");
    UserId boss = api.builder.user(client, "boss", role_admin);
    std::string token = api.sign_in(api.builder.admin());
    std::string boss_token = api.sign_in(boss);
    std::optional<Task> held;

    PushAside() { api.builder.user(branch, "user"); }
    // The worker has it, and has not begun.
    void hold() {
        api.aside = [this](Task&& task) {
            held = std::move(task);
            return true;
        };
        api.start();
        ASSERT_EQ(put(client, R"("org_devices.view")").status, 200U);
    }
    std::string at(OrgId org, const std::string& rest) const {
        return "/api/v1/orgs/" + api.wire(org) + rest;
    }
    HttpResponse put(OrgId org, const std::string& permissions) {
        return api.request("PUT", at(org, "/roles/3/permissions"), token,
                           R"({"permissions":[)" + permissions + "]}");
    }
    void begin(const std::string& bearer, const std::string& body,
               std::vector<HttpResponse>& answers) {
        api.ask("POST", at(client, "/permissions/push"), bearer, body, answers);
        api.until([&] { return held.has_value(); });
        ASSERT_TRUE(held.has_value());
        ASSERT_TRUE(answers.empty());
    }
    HttpResponse finish(std::vector<HttpResponse>& answers) {
        (*held)(Nothing{});
        api.until([&] { return !answers.empty(); });
        CHECK(answers.size() == 1);
        return answers.front();
    }
    void expect_refused_after_demotion(const std::string& body) {
        hold();
        std::vector<HttpResponse> answers;
        begin(boss_token, body, answers);
        const Revision before = api.directory().revision();
        const std::string path =
            "/api/v1/memberships/" + api.wire(api.directory().user(boss)->home);
        ASSERT_EQ(api.request("PATCH", path, token, R"({"role":3,"allow_orphan":true})").status,
                  200U);
        EXPECT_EQ(finish(answers).status, 403U) << answers.front().body;
        EXPECT_EQ(number(api.directory().revision()), number(before) + 1);
    }
};

TEST_F(PushAside, is_503_when_too_many_wait_there) {
    api.aside = [](Task&&) { return false; };
    api.start();
    const Revision before = api.directory().revision();
    for (const std::string& body : {dry, wet}) {
        const HttpResponse answer =
            api.request("POST", at(client, "/permissions/push"), token, body);
        EXPECT_EQ(answer.status, 503U) << answer.body;
    }
    EXPECT_EQ(api.directory().revision(), before);
}

TEST_F(PushAside, REST_45_is_500_when_something_is_thrown_there) {
    unsigned times = 0;
    api.fault = [&](const Route&) {
        if (++times == 2) {
            std::rethrow_exception(std::make_exception_ptr(std::runtime_error("too much")));
        }
    };
    api.start();
    const Revision before = api.directory().revision();
    const HttpResponse answer = api.request("POST", at(client, "/permissions/push"), token, wet);
    EXPECT_EQ(answer.status, 500U) << answer.body;
    EXPECT_EQ(answer.body.find("too much"), std::string::npos);
    ASSERT_EQ(api.faults.size(), 1U);
    EXPECT_NE(api.faults.front().find("too much"), std::string::npos);
    EXPECT_EQ(api.directory().revision(), before);
}

TEST_F(PushAside, does_not_show_what_has_gone_out_of_sight_meanwhile) {
    hold();
    std::vector<HttpResponse> answers;
    begin(boss_token, dry, answers);
    ASSERT_EQ(
        api.request("POST", at(branch, "/move"), token, R"({"parent":)" + api.wire(root) + "}")
            .status,
        200U);
    const HttpResponse answer = finish(answers);
    ASSERT_EQ(answer.status, 200U) << answer.body;
    EXPECT_EQ(text_of(answer, "orgs_total"), "0") << answer.body;
    EXPECT_EQ(text_of(answer, "users_total"), "0") << answer.body;
    EXPECT_EQ(text_of(answer, "devices_total"), "0") << answer.body;
}

TEST_F(PushAside, is_refused_as_a_dry_run_when_the_right_to_push_has_ended_meanwhile) {
    expect_refused_after_demotion(dry);
}

TEST_F(PushAside, is_refused_when_the_right_to_push_has_ended_meanwhile) {
    expect_refused_after_demotion(wet);
}

}  // namespace
}  // namespace treeline
