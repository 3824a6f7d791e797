// What is repeated, what is not, when tokens are traded, and how the client ends.
#include <sys/stat.h>

#include "tests/unit/cli/script.hpp"

namespace treeline::cli {
namespace {

class ClientRun : public ScriptTest {};

TEST_F(ClientRun, a_post_is_repeated_with_the_same_key) {
    answers = {answer(503, R"({"code":"in_doubt"})"), broken(true), answer(201)};
    EXPECT_EQ(run({"org", "suspend", "9"}), 0) << err.str();
    ASSERT_EQ(calls.size(), 3U);
    for (const HttpCall& call : calls) {
        EXPECT_EQ(header(call, "Idempotency-Key"), "key1");
    }
    EXPECT_EQ(waits.size(), 2U);
}

TEST_F(ClientRun, it_gives_up_after_six_tries) {
    answers.assign(10, answer(503, "{}", {{"Retry-After", "1"}}));
    EXPECT_EQ(run({"org", "list"}), 69);
    EXPECT_EQ(calls.size(), 6U);
    EXPECT_EQ(waits, std::vector<std::chrono::milliseconds>(5, std::chrono::seconds(1)));
}

TEST_F(ClientRun, a_delete_without_an_answer_is_left_in_doubt) {
    answers = {broken(true)};
    EXPECT_EQ(run({"device", "delete", "8"}), 69);
    EXPECT_EQ(calls.size(), 1U);
    EXPECT_NE(err.str().find("may or may not have taken effect"), std::string::npos);
}

TEST_F(ClientRun, a_server_that_is_not_there_is_told_at_once) {
    answers = {broken(false)};
    EXPECT_EQ(run({"org", "list"}), 69);
    EXPECT_EQ(calls.size(), 1U);
}

TEST_F(ClientRun, a_refusal_is_one_line_with_what_is_missing_and_the_request) {
    answers = {answer(403,
                      R"({"title":"Forbidden","code":"forbidden","missing_permission":"org.x"})",
                      {{"x-request-id", "r1"}})};
    EXPECT_EQ(run({"org", "list"}), 77);
    EXPECT_EQ(err.str(),
              "treeline: Forbidden (403 forbidden, missing permission org.x, request r1)\n");
    answers = {answer(409, R"({"title":"Conflict","code":"cycle"})"), answer(401), answer(500)};
    EXPECT_EQ(run({"org", "move", "9", "--to", "9"}), 65);
    EXPECT_EQ(run({"org", "list"}), 77);
    EXPECT_EQ(run({"org", "list"}), 69);
}

TEST_F(ClientRun, an_expired_token_is_traded_once_and_the_call_made_again) {
    sign_in("old");
    answers = {answer(401), answer(201, R"({"access_token":"new","refresh_token":"next"})"),
               answer(200)};
    EXPECT_EQ(run({"org", "show", "9"}), 0) << err.str();
    ASSERT_EQ(calls.size(), 3U);
    EXPECT_EQ(calls[1].target, "/api/v1/sessions/refresh");
    EXPECT_EQ(calls[1].body, R"({"refresh_token":"refresh-old"})");
    EXPECT_EQ(header(calls[1], "Authorization"), "");
    EXPECT_EQ(header(calls[2], "Authorization"), "Bearer new");
    EXPECT_EQ(file().load()->refresh_token, "next");
    EXPECT_EQ(file().load()->home_org, 5U);
}

TEST_F(ClientRun, a_trade_without_an_answer_is_never_repeated) {
    sign_in("old");
    answers = {answer(401), broken(true)};
    EXPECT_EQ(run({"org", "show", "9"}), 69);
    EXPECT_EQ(calls.size(), 2U);
}

TEST_F(ClientRun, a_session_serves_its_own_server_only) {
    sign_in("secret", "https://elsewhere:8443");
    run({"org", "list", "--server", "https://other:8443"});
    ASSERT_EQ(calls.size(), 1U);
    EXPECT_EQ(calls[0].host, "other");
    EXPECT_EQ(calls[0].ca_file, "");
    EXPECT_EQ(header(calls[0], "Authorization"), "");
}

TEST_F(ClientRun, signing_in_leaves_a_file_that_only_its_owner_reads) {
    variables.erase("TREELINE_TOKEN");
    typed = "typed password";
    answers = {answer(201, R"({"access_token":"a","refresh_token":"r","home_org":5,)"
                           R"("user":{"id":7,"email":"a@b.c"}})")};
    EXPECT_EQ(run({"login", "a@b.c"}), 0) << err.str();
    EXPECT_EQ(calls[0].body, R"({"email":"a@b.c","password":"typed password"})");
    EXPECT_EQ(header(calls[0], "Idempotency-Key"), "");
    struct stat status{};
    ASSERT_EQ(stat(file().path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    EXPECT_EQ(file().load()->access_token, "a");
    EXPECT_EQ(out.str().find("\"a\""), std::string::npos);
    EXPECT_EQ(run({"logout"}), 0);
    EXPECT_FALSE(file().load());
}

TEST_F(ClientRun, without_a_terminal_a_password_comes_from_the_environment_or_not_at_all) {
    EXPECT_EQ(run({"login", "a@b.c"}), 64);
    EXPECT_TRUE(calls.empty());
}

TEST_F(ClientRun, a_list_follows_its_cursors_and_stops_at_the_limit) {
    const auto page1 = answer(200, R"({"items":[{"id":1,"name":"a"}],"next_cursor":"x&y"})");
    const auto page2 = answer(200, R"({"items":[{"id":2,"name":"b"}],"next_cursor":null})");
    answers = {page1, page2};
    EXPECT_EQ(run({"org", "list", "--json"}), 0);
    EXPECT_EQ(calls[1].target, "/api/v1/orgs?limit=1000&cursor=x%26y");
    EXPECT_EQ(out.str(),
              "{\"items\":[{\"id\":1,\"name\":\"a\"},{\"id\":2,\"name\":\"b\"}],"
              "\"next_cursor\":null}\n");
    answers = {page1, page2};
    calls.clear();
    EXPECT_EQ(run({"org", "list", "--limit", "1"}), 0);
    ASSERT_EQ(calls.size(), 1U);
    EXPECT_EQ(calls[0].target, "/api/v1/orgs?limit=1");
}

TEST_F(ClientRun, json_is_the_answer_byte_for_byte) {
    answers = {answer(200, R"({"id": 9,"x":21.50})")};
    EXPECT_EQ(run({"--json", "org", "show", "9"}), 0);
    EXPECT_EQ(out.str(), "{\"id\": 9,\"x\":21.50}\n");
}

TEST_F(ClientRun, columns_are_aligned_and_names_do_not_steer_the_terminal) {
    answers = {answer(200,
                      "{\"items\":[{\"id\":1,\"name\":\"\\u001b[2J\"},"
                      "{\"id\":22,\"name\":\"\xC3\xA4\",\"status\":\"active\"}]}")};
    EXPECT_EQ(run({"org", "list"}), 0);
    EXPECT_EQ(out.str(),
              "ID  PARENT  NAME     KIND  STATUS\n"
              "1   -       \\x1b[2J  -     -\n"
              "22  -       \xC3\xA4        -     active\n");
}

TEST_F(ClientRun, the_tree_is_indented) {
    answers = {answer(200,
                      R"({"items":[{"id":1,"name":"r","kind":"root","parent":null},)"
                      R"({"id":2,"name":"s","kind":"client","parent":1,"status":"suspended"}]})")};
    EXPECT_EQ(run({"org", "tree", "1"}), 0);
    EXPECT_EQ(out.str(), "r (1, root)\n  s (2, client, suspended)\n");
}

TEST_F(ClientRun, a_token_lost_with_its_answer_is_told) {
    answers = {broken(true), answer(201, R"({"id":8,"token":null})")};
    EXPECT_EQ(run({"device", "create", "lamp", "--org", "9"}), 0);
    EXPECT_NE(err.str().find("rotate-token"), std::string::npos);
}

}  // namespace
}  // namespace treeline::cli
