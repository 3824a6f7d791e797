// at_least_revision: a read waits for what it asks for, for two seconds, and wakes when it comes.
#include <gtest/gtest.h>

#include "broker/api/revision_queue.hpp"
#include "tests/unit/api/api_harness.hpp"

namespace treeline {
namespace {

class AtLeast : public ::testing::Test {
  protected:
    ApiHarness api;
    OrgId root = api.builder.root();
    UserId boss = api.builder.admin();
    OrgId client = api.builder.org(root, "client");
    DeviceId pump = api.builder.device(client, "pump");
    OrgId other = api.builder.root("other");
    std::string token = api.sign_in(boss);
    std::string other_token = api.sign_in(api.builder.admin("other"));

    std::uint64_t revision() const { return api.directory().tree_revision(root); }
    std::string device(std::uint64_t at_least) const {
        return "/api/v1/devices/" + api.wire(pump) +
               "?at_least_revision=" + std::to_string(at_least);
    }
    void rename(const std::string& name) {
        ASSERT_EQ(api.request("PATCH", "/api/v1/devices/" + api.wire(pump), token,
                              R"({"name":")" + name + "\"}")
                      .status,
                  200U);
    }
};

TEST_F(AtLeast, is_answered_at_once_where_the_revision_is_there) {
    api.start();
    const auto answer = api.begin(device(revision()), token);
    api.turn();
    ASSERT_TRUE(answer->has_value());
    EXPECT_EQ((*answer)->status, 200U);
}

TEST_F(AtLeast, waits_until_the_revision_comes_and_no_longer) {
    api.start();
    const auto answer = api.begin(device(revision() + 2), token);
    const auto list =
        api.begin("/api/v1/devices?at_least_revision=" + std::to_string(revision() + 2), token);
    rename("first");
    EXPECT_FALSE(answer->has_value());
    rename("second");
    ASSERT_TRUE(answer->has_value() && list->has_value());
    EXPECT_EQ((*answer)->status, 200U);
    EXPECT_EQ(text_of(**answer, "name"), "second");
    EXPECT_EQ((*list)->status, 200U);
    EXPECT_EQ(api.deadline(), steady_time_max);
}

TEST_F(AtLeast, waits_for_what_is_not_there_yet) {
    api.start();
    const auto answer = api.begin("/api/v1/orgs/" + api.wire(OrgId{4}) +
                                      "?at_least_revision=" + std::to_string(revision() + 1),
                                  token);
    ASSERT_EQ(api.request("POST", "/api/v1/orgs", token,
                          R"({"name":"new","parent":)" + api.wire(root) + "}")
                  .status,
              201U);
    ASSERT_TRUE(answer->has_value());
    EXPECT_EQ(text_of(**answer, "name"), "new");
}

TEST_F(AtLeast, gives_up_after_two_seconds_with_503_revision_ahead) {
    api.start();
    const auto answer = api.begin(device(revision() + 1), token);
    const auto missing =
        api.begin("/api/v1/devices/77?at_least_revision=" + std::to_string(revision() + 1), token);
    EXPECT_EQ(api.deadline(), api.now().steady + Millis(2'000));
    api.pass(Millis(1'999));
    api.turn();
    EXPECT_FALSE(answer->has_value());
    api.pass(Millis(1));
    api.turn();
    for (const auto& late : {answer, missing}) {
        ASSERT_TRUE(late->has_value());
        EXPECT_EQ((*late)->status, 503U);
        EXPECT_EQ(code_of(**late), "revision_ahead");
        EXPECT_EQ(header_of(**late, "Retry-After"), "1");
    }
}

// What is missing and what is unseen are told apart by nothing, waiting included.
TEST_F(AtLeast, REST_04_waits_alike_for_what_is_unseen_and_what_is_missing) {
    api.start();
    const std::uint64_t there = api.directory().tree_revision(other);
    const auto ask = [&](const std::string& id, std::uint64_t at_least) {
        return api.begin("/api/v1/devices/" + id + "?at_least_revision=" + std::to_string(at_least),
                         other_token);
    };
    for (const std::uint64_t at_least : {there, there + 1}) {
        const auto unseen = ask(api.wire(pump), at_least);
        const auto missing = ask("77", at_least);
        api.turn();
        EXPECT_EQ(unseen->has_value(), missing->has_value());
        EXPECT_EQ(unseen->has_value(), at_least == there);
        rename("moves another tree");
        api.pass(Millis(2'000));
        api.turn();
        ASSERT_TRUE(unseen->has_value() && missing->has_value());
        EXPECT_EQ(essence_of(**unseen), essence_of(**missing));
    }
}

TEST_F(AtLeast, holds_a_bounded_number_and_answers_the_rest_at_once) {
    api.start();
    std::vector<ApiHarness::Awaited> waiting;
    for (std::size_t i = 0; i < RevisionQueue::waiting_max; ++i) {
        waiting.push_back(api.begin(device(revision() + 1), token));
    }
    const auto beyond = api.begin(device(revision() + 1), token);
    api.turn();
    ASSERT_TRUE(beyond->has_value());
    EXPECT_EQ((*beyond)->status, 503U);
    rename("now");
    for (const auto& each : waiting) {
        ASSERT_TRUE(each->has_value());
        EXPECT_EQ((*each)->status, 200U);
    }
}

TEST_F(AtLeast, is_asked_again_who_asks_when_it_wakes) {
    const std::string dying = api.sign_in(boss);
    api.start();
    const auto answer = api.begin(device(revision() + 1), dying);
    ASSERT_EQ(api.request("DELETE", "/api/v1/sessions/current", dying).status, 200U);
    rename("later");
    ASSERT_TRUE(answer->has_value());
    EXPECT_EQ((*answer)->status, 401U);
}

TEST_F(AtLeast, means_nothing_to_public_routes) {
    api.start();
    EXPECT_EQ(api.request("GET", "/healthz?at_least_revision=99999").status, 200U);
    EXPECT_EQ(api.request("GET", device(0) + "x", token).status, 400U);
}

}  // namespace
}  // namespace treeline
