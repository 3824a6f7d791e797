// Invitations over the API: what is told to whom, and whose they are (tenancy.md §2, §5).
#include <gtest/gtest.h>

#include "tests/unit/api/people_harness.hpp"

namespace treeline {
namespace {

const std::string new_person = R"({"name":"New","password":"long enough"})";

TEST(Invitations, become_accounts_that_sign_in) {
    People api;
    api.start();
    const HttpResponse made = api.invite(api.boss_token, api.client, "new@corp.example");
    ASSERT_EQ(made.status, 201U) << made.body;
    EXPECT_EQ(text_of(made, "status"), "pending");
    EXPECT_EQ(text_of(made, "email"), "new@corp.example");
    EXPECT_EQ(text_of(made, "user"), "(absent)");
    const HttpResponse accepted = api.accept(api.invitation_token("new@corp.example"), new_person);
    ASSERT_EQ(accepted.status, 200U) << accepted.body;
    EXPECT_EQ(text_of(accepted, "status"), "active");
    EXPECT_EQ(text_of(accepted, "org"), api.wire(api.client));
    EXPECT_EQ(text_of(accepted, "role"), "3");
    const HttpResponse in = api.enter("new@corp.example", "long enough");
    EXPECT_EQ(in.status, 201U);
    EXPECT_EQ(text_of(in, "home_org"), api.wire(api.client));
    EXPECT_EQ(text_of(accepted, "user"), api.wire(UserId{api.directory().next().next_user - 1}));
}

TEST(Invitations, are_answered_alike_for_known_and_unknown_addresses) {
    People api;
    api.start();
    const HttpResponse known = api.invite(api.boss_token, api.client, "stranger@example.com");
    const HttpResponse unknown = api.invite(api.boss_token, api.client, "nobodyxx@example.com");
    ASSERT_EQ(known.status, 201U) << known.body;
    json::object first = object_of(known);
    json::object second = object_of(unknown);
    for (const char* own : {"id", "email", "revision"}) {
        first.erase(own);
        second.erase(own);
    }
    EXPECT_EQ(first, second);
    const std::string path = api.org(api.client, "/memberships");
    const auto by_email = [&](const std::string& email) {
        return api.request("POST", path, api.boss_token, R"({"role":3,"email":")" + email + "\"}");
    };
    EXPECT_EQ(by_email("stranger@example.com").status, 409U);
    EXPECT_EQ(by_email("nobodyxx@example.com").status, 409U);
}

TEST(Invitations, ACC_10_bind_their_address_and_role) {
    People api;
    api.start();
    api.invite(api.boss_token, api.client, "new@corp.example");
    const std::string mailed = api.invitation_token("new@corp.example");
    for (const char* body : {R"({"name":"x","password":"long enough","role":1})",
                             R"({"name":"x","password":"long enough","org":1})"}) {
        EXPECT_EQ(api.accept(mailed, body).status, 422U) << body;
    }
    const HttpResponse other =
        api.accept(mailed, R"({"email":"other@corp.example","name":"x","password":"long enough"})");
    EXPECT_EQ(other.status, 403U) << other.body;
    EXPECT_EQ(api.accept(mailed, R"({"name":"x"})").status, 422U);
    EXPECT_EQ(api.accept(mailed, R"({"name":"x","password":"short"})").status, 422U);
    EXPECT_EQ(api.accept(mailed, new_person).status, 200U);
    const HttpResponse again = api.accept(mailed, new_person);
    EXPECT_EQ(again.status, 410U);
    const std::string never = std::string(43, 'A');
    EXPECT_EQ(essence_of(again), essence_of(api.accept(never, new_person)));
    EXPECT_EQ(code_of(again), "gone");
}

TEST(Invitations, hash_no_password_for_a_link_that_opens_nothing) {
    People api;
    api.start();
    const std::uint64_t before = api.passwords.hashed;
    EXPECT_EQ(api.accept(std::string(43, 'A'), new_person).status, 410U);
    EXPECT_EQ(api.passwords.hashed, before);
}

TEST(Invitations, ACC_12_are_sent_again_and_revoked) {
    People api;
    api.start();
    const HttpResponse made = api.invite(api.boss_token, api.client, "new@corp.example");
    const std::string path = api.org(api.client, "/invitations/") + text_of(made, "id");
    const std::string first = api.invitation_token("new@corp.example");
    ASSERT_EQ(api.request("POST", path + "/resend", api.staff_token).status, 200U);
    const std::string second = api.invitation_token("new@corp.example");
    EXPECT_NE(first, second);
    EXPECT_EQ(api.accept(first, new_person).status, 410U);
    EXPECT_EQ(api.request("POST", path + "/resend", api.other_token).status, 404U);
    EXPECT_EQ(api.request("DELETE", path, api.stranger_token).status, 404U);
    EXPECT_EQ(api.request("DELETE", path, api.boss_token).status, 200U);
    EXPECT_EQ(api.accept(second, new_person).status, 410U);
    EXPECT_EQ(api.request("DELETE", path, api.boss_token).status, 404U);
}

TEST(Invitations, are_listed_without_their_links) {
    People api;
    api.start();
    api.invite(api.boss_token, api.client, "one@corp.example");
    api.invite(api.boss_token, api.client, "two@corp.example");
    const HttpResponse list =
        api.request("GET", api.org(api.client, "/invitations"), api.staff_token);
    ASSERT_EQ(list.status, 200U) << list.body;
    EXPECT_EQ(text_of(list, "total"), "2");
    EXPECT_EQ(list.body.find("token"), std::string::npos);
    EXPECT_EQ(list.body.find("nonce"), std::string::npos);
    EXPECT_EQ(api.request("GET", api.org(api.client, "/invitations"), api.other_token).status,
              404U);
    api.accept(api.invitation_token("one@corp.example"), new_person);
    EXPECT_EQ(
        text_of(api.request("GET", api.org(api.client, "/invitations"), api.staff_token), "total"),
        "1");
}

TEST(Invitations, of_another_org_or_an_active_membership_are_not_there) {
    People api;
    api.start();
    const HttpResponse made = api.invite(api.token, api.client, "new@corp.example");
    const std::string id = text_of(made, "id");
    EXPECT_EQ(api.request("DELETE", api.org(api.other, "/invitations/") + id, api.token).status,
              404U);
    const std::string home = api.wire(api.builder.home(api.staff));
    EXPECT_EQ(api.request("DELETE", api.org(api.client, "/invitations/") + home, api.token).status,
              404U);
}

TEST(Invitations, take_no_role_above_their_makers_and_no_org_out_of_sight) {
    People api;
    api.start();
    EXPECT_EQ(api.invite(api.staff_token, api.client, "new@corp.example", "1").status, 403U);
    EXPECT_EQ(api.invite(api.boss_token, api.other, "new@corp.example").status, 404U);
    EXPECT_EQ(api.invite(api.boss_token, api.client, "new@corp.example", "9").status, 422U);
    EXPECT_EQ(api.mails().size(), 0U);
}

TEST(Invitations, wait_in_ones_own_list_once_the_address_is_proven) {
    People api;
    api.start();
    const HttpResponse made = api.invite(api.token, api.other, "staff@example.com");
    EXPECT_EQ(text_of(made, "status"), "pending");
    const std::string path = "/api/v1/memberships/" + text_of(made, "id");
    EXPECT_EQ(text_of(api.request("GET", "/api/v1/users/me", api.staff_token), "invitations"),
              "[]");
    EXPECT_EQ(api.request("POST", path + "/accept", api.staff_token).status, 403U);
    api.verify("staff@example.com", "proven password");
    EXPECT_EQ(api.request("GET", "/api/v1/users/me", api.staff_token).status, 401U);
    const std::string bearer = api.session("staff@example.com", "proven password");
    const HttpResponse me = api.request("GET", "/api/v1/users/me", bearer);
    EXPECT_NE(me.body.find(R"("invitations":[{"id":)" + text_of(made, "id")), std::string::npos)
        << me.body;
    EXPECT_NE(me.body.find(R"("org":"outside")"), std::string::npos) << me.body;
    EXPECT_EQ(api.request("POST", path + "/accept", api.boss_token).status, 404U);
    const std::vector<std::pair<std::string, std::string>> key{{"idempotency-key", "once"}};
    const HttpResponse accepted = api.request("POST", path + "/accept", bearer, "", key);
    ASSERT_EQ(accepted.status, 200U) << accepted.body;
    EXPECT_EQ(api.request("POST", path + "/accept", bearer, "", key).status, 200U);
    EXPECT_EQ(api.request("POST", path + "/accept", bearer).status, 410U);
    EXPECT_EQ(text_of(accepted, "status"), "active");
    EXPECT_EQ(text_of(accepted, "org"), api.wire(api.other));
    const HttpResponse home = api.request("POST", path + "/home", bearer);
    EXPECT_EQ(home.status, 200U) << home.body;
    EXPECT_EQ(text_of(api.request("GET", "/api/v1/users/me", bearer), "home_org"),
              api.wire(api.other));
}

TEST(Invitations, are_declined_by_who_was_invited) {
    People api;
    api.start();
    const HttpResponse made = api.invite(api.token, api.other, "staff@example.com");
    const std::string path = "/api/v1/memberships/" + text_of(made, "id");
    api.verify("staff@example.com", "proven password");
    const std::string bearer = api.session("staff@example.com", "proven password");
    EXPECT_EQ(api.request("POST", path + "/decline", api.other_token).status, 403U);
    EXPECT_EQ(api.request("POST", path + "/decline", bearer).status, 200U);
    EXPECT_EQ(api.request("POST", path + "/decline", bearer).status, 404U);
}

TEST(Invitations, from_outside_the_tree_are_accepted_by_mail_only) {
    People api;
    api.start();
    api.verify("staff@example.com", "proven password");
    const std::string bearer = api.session("staff@example.com", "proven password");
    const HttpResponse made = api.invite(api.stranger_token, api.strangers, "staff@example.com");
    const std::string path = "/api/v1/memberships/" + text_of(made, "id");
    EXPECT_EQ(api.request("POST", path + "/accept", bearer).status, 403U);
    const HttpResponse accepted = api.accept(api.invitation_token("staff@example.com"), "{}");
    EXPECT_EQ(accepted.status, 200U) << accepted.body;
    EXPECT_EQ(api.request("GET", "/api/v1/users/me", bearer).status, 200U) << "no session ends";
    EXPECT_EQ(api.enter("staff@example.com", "proven password").status, 201U);
}

// tenancy.md §2: an account that a stranger made for somebody's address is worth nothing to him.
TEST(Escalation, a_pre_registered_address_gives_its_maker_nothing) {
    People api;
    api.start();
    const std::string body =
        R"({"email":"ceo@corp.example","name":"x","role":3,"password":"the stranger's"})";
    ASSERT_EQ(
        api.request("POST", api.org(api.strangers, "/users"), api.stranger_token, body).status,
        201U);
    const std::string squatted = api.session("ceo@corp.example", "the stranger's");
    const HttpResponse made = api.invite(api.boss_token, api.client, "ceo@corp.example", "1");
    EXPECT_EQ(text_of(made, "status"), "pending");
    const std::string path = "/api/v1/memberships/" + text_of(made, "id");
    EXPECT_EQ(text_of(api.request("GET", "/api/v1/users/me", squatted), "invitations"), "[]");
    EXPECT_EQ(api.request("POST", path + "/accept", squatted).status, 403U);
    EXPECT_EQ(api.request("POST", path + "/decline", squatted).status, 403U);
    const std::string mailed = api.invitation_token("ceo@corp.example");
    EXPECT_EQ(api.accept(mailed, "{}").status, 422U) << "a password is needed";
    ASSERT_EQ(api.accept(mailed, R"({"password":"the owner's"})").status, 200U);
    EXPECT_EQ(api.request("GET", "/api/v1/users/me", squatted).status, 401U);
    EXPECT_EQ(api.enter("ceo@corp.example", "the stranger's").status, 401U);
    EXPECT_EQ(api.enter("ceo@corp.example", "the owner's").status, 201U);
    const UserId ceo = api.directory().user_by_email("ceo@corp.example")->id;
    const HttpResponse seized = api.request("POST", api.user(ceo, "/password"), api.stranger_token,
                                            R"({"password":"once more mine"})");
    EXPECT_EQ(seized.status, 403U);
    EXPECT_EQ(text_of(seized, "scope"), "membership");
}

TEST(Escalation, an_invitation_dies_with_the_rights_of_its_maker) {
    People api;
    api.start();
    api.invite(api.staff_token, api.client, "new@corp.example");
    const std::string mailed = api.invitation_token("new@corp.example");
    const std::string membership = "/api/v1/memberships/" + api.wire(api.builder.home(api.staff));
    ASSERT_EQ(api.request("PATCH", membership, api.boss_token, R"({"role":3})").status, 200U);
    const HttpResponse refused = api.accept(mailed, new_person);
    EXPECT_EQ(refused.status, 410U);
    EXPECT_EQ(code_of(refused), "gone");
    EXPECT_EQ(api.directory().user_by_email("new@corp.example"), nullptr);
}

TEST(Escalation, nobody_outlives_a_window_through_an_invitation) {
    People api;
    const UserId brief = api.builder.user(api.other, "brief");
    const UnixTime end = api.builder.now + std::chrono::hours(2);
    api.builder.member(brief, api.client, role_admin, std::nullopt, end);
    const std::string bearer = api.sign_in(brief);
    api.start();
    EXPECT_EQ(api.invite(bearer, api.client, "second@corp.example", "1").status, 403U);
    const std::string until = R"({"email":"second@corp.example","role":1,"not_after":")";
    const std::string path = api.org(api.client, "/invitations");
    EXPECT_EQ(api.request("POST", path, bearer, until + "2027-01-15T10:00:00.001Z\"}").status,
              403U);
    ASSERT_EQ(api.request("POST", path, bearer, until + "2027-01-15T10:00:00.000Z\"}").status,
              201U);
    api.pass(std::chrono::hours(2));
    EXPECT_EQ(api.accept(api.invitation_token("second@corp.example"), new_person).status, 410U);
}

}  // namespace
}  // namespace treeline
