// Password resets over the API: silent, single, and the end of every session (tenancy.md §5).
#include <gtest/gtest.h>

#include "tests/unit/api/people_harness.hpp"

namespace treeline {
namespace {

struct Resets : People {
    Resets() {
        limiter = std::make_unique<Limiter>(RateLimits{}, 17);
        start();
    }
    HttpResponse ask(const std::string& email) {
        const HttpResponse response =
            request("POST", "/api/v1/password-resets", "", R"({"email":")" + email + "\"}");
        settle();
        return response;
    }
    std::string mailed() { return mailed_to("staff@example.com", purpose_password_reset); }
    HttpResponse finish(const std::string& mailed_token,
                        const std::string& password = "chosen by mail") {
        return request("PUT", "/api/v1/password-resets/" + mailed_token, "",
                       R"({"password":")" + password + "\"}");
    }
};

TEST(Resets, ACC_02_are_answered_alike_for_every_address) {
    Resets api;
    const HttpResponse known = api.ask("staff@example.com");
    EXPECT_EQ(known.status, 202U) << known.body;
    EXPECT_EQ(essence_of(known), essence_of(api.ask("nobody@example.com")));
    EXPECT_EQ(api.mails().size(), 1U);
}

TEST(Resets, ACC_02_are_answered_before_the_address_is_looked_up) {
    Resets api;
    const Revision before = api.directory().revision();
    const HttpResponse known =
        api.request("POST", "/api/v1/password-resets", "", R"({"email":"staff@example.com"})");
    EXPECT_EQ(known.status, 202U);
    EXPECT_EQ(api.directory().revision(), before) << "no world was awaited";
    api.settle();
    EXPECT_GT(api.directory().revision(), before);
}

TEST(Resets, fill_nobodys_mailbox_and_say_the_same) {
    Resets api;
    const std::string first = essence_of(api.ask("staff@example.com"));
    for (int i = 0; i < 12; ++i) {
        EXPECT_EQ(essence_of(api.ask("STAFF@example.com")), first);
    }
    EXPECT_EQ(api.mails().size(), 10U);
    api.pass(std::chrono::hours(1) + Millis(1000));
    api.ask("staff@example.com");
    EXPECT_EQ(api.mails().size(), 11U);
}

TEST(Limits, an_actor_is_told_of_twenty_taken_addresses_an_hour) {
    Resets api;
    const auto create = [&](const std::string& email) {
        return api.request(
            "POST", api.org(api.client, "/users"), api.boss_token,
            R"({"email":")" + email + R"(","name":"x","role":3,"password":"long enough"})");
    };
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(code_of(create("stranger@example.com")), "email_taken");
    }
    EXPECT_EQ(create("stranger@example.com").status, 429U);
    EXPECT_EQ(create("free@example.com").status, 429U) << "or it would tell";
    const HttpResponse audit = api.request("GET", api.org(api.client, "/audit"), api.boss_token);
    EXPECT_NE(audit.body.find(R"("action":"POST /orgs/{id}/users")"), std::string::npos)
        << audit.body;
}

TEST(Resets, ACC_07_work_once_and_only_the_newest) {
    Resets api;
    api.ask("staff@example.com");
    const std::string first = api.mailed();
    api.ask("staff@example.com");
    const std::string second = api.mailed();
    const HttpResponse dead = api.finish(first);
    EXPECT_EQ(dead.status, 410U);
    EXPECT_EQ(api.finish(second).status, 200U);
    EXPECT_EQ(essence_of(api.finish(second)), essence_of(dead));
    EXPECT_EQ(essence_of(api.finish(std::string(43, 'A'))), essence_of(dead));
    EXPECT_EQ(essence_of(api.finish("x")), essence_of(dead));
}

TEST(Resets, ACC_07_work_for_thirty_minutes) {
    Resets api;
    api.ask("staff@example.com");
    const std::string mailed = api.mailed();
    api.pass(std::chrono::minutes(31));
    EXPECT_EQ(api.finish(mailed).status, 410U);
}

TEST(Resets, are_no_invitations) {
    Resets api;
    api.ask("staff@example.com");
    EXPECT_EQ(api.accept(api.mailed(), R"({"name":"x","password":"long enough"})").status, 410U);
    api.invite(api.boss_token, api.client, "new@example.com");
    EXPECT_EQ(api.finish(api.invitation_token("new@example.com")).status, 410U);
}

TEST(Resets, ACC_08_end_every_session_and_tell_the_owner) {
    Resets api;
    ASSERT_EQ(api.request("GET", "/api/v1/users/me", api.staff_token).status, 200U);
    api.ask("staff@example.com");
    EXPECT_EQ(api.request("GET", "/api/v1/users/me", api.staff_token).status, 200U)
        << "asking changes nothing";
    EXPECT_EQ(api.finish(api.mailed(), "short").status, 422U);
    ASSERT_EQ(api.finish(api.mailed()).status, 200U);
    EXPECT_EQ(api.request("GET", "/api/v1/users/me", api.staff_token).status, 401U);
    EXPECT_EQ(api.enter("staff@example.com", "verifier").status, 401U);
    EXPECT_EQ(api.enter("staff@example.com", "chosen by mail").status, 201U);
    EXPECT_EQ(api.mails().back().kind, MailKind::password_changed);
}

TEST(Resets, ACC_08_stand_in_the_audit_without_their_token) {
    Resets api;
    api.ask("staff@example.com");
    const std::string mailed = api.mailed();
    api.finish(mailed);
    const HttpResponse audit =
        api.request("GET", "/api/v1/orgs/" + api.wire(api.client) + "/audit", api.boss_token);
    ASSERT_EQ(audit.status, 200U);
    EXPECT_NE(audit.body.find("finish_reset"), std::string::npos) << audit.body;
    EXPECT_EQ(audit.body.find(mailed), std::string::npos);
}

TEST(Resets, hash_no_password_for_a_link_that_opens_nothing) {
    Resets api;
    const std::uint64_t before = api.passwords.hashed;
    api.finish(std::string(43, 'A'));
    EXPECT_EQ(api.passwords.hashed, before);
    api.ask("staff@example.com");
    api.passwords.is_full = true;
    EXPECT_EQ(api.finish(api.mailed()).status, 503U);
}

}  // namespace
}  // namespace treeline
