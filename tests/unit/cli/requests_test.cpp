// Each command makes the call that the platform API's page tells.
#include "tests/unit/cli/script.hpp"

namespace treeline::cli {
namespace {

struct Case {
    std::vector<std::string> words;
    std::string method;
    std::string target;
    std::string body;
};

class Requests : public ScriptTest {
  protected:
    void expect(const Case& wanted) {
        calls.clear();
        EXPECT_EQ(run(wanted.words), 0) << err.str();
        ASSERT_FALSE(calls.empty()) << wanted.target;
        EXPECT_EQ(calls.back().method, wanted.method) << wanted.target;
        EXPECT_EQ(calls.back().target, "/api/v1" + wanted.target);
        EXPECT_EQ(calls.back().body, wanted.body) << wanted.target;
    }
};

TEST_F(Requests, of_orgs_follow_the_contract) {
    for (const Case& wanted : std::vector<Case>{
             {{"org", "list"}, "GET", "/orgs?limit=1000", ""},
             {{"org", "show", "9"}, "GET", "/orgs/9", ""},
             {{"org", "create", "device", "--parent", "9", "--can-create-suborgs", "true"},
              "POST",
              "/orgs",
              R"({"name":"device","parent":9,"can_create_suborgs":true})"},
             {{"org", "edit", "9", "--metadata", "a=b=c"},
              "PATCH",
              "/orgs/9",
              R"({"metadata":{"a":"b=c"}})"},
             {{"org", "move", "9", "--to", "4"}, "POST", "/orgs/9/move", R"({"parent":4})"},
             {{"org", "suspend", "9"}, "POST", "/orgs/9/suspend", ""},
             {{"org", "delete", "9"}, "DELETE", "/orgs/9", ""}}) {
        expect(wanted);
    }
}

TEST_F(Requests, of_users_and_memberships_follow_the_contract) {
    variables["TREELINE_NEW_PASSWORD"] = "eight letters";
    for (const Case& wanted : std::vector<Case>{
             {{"user", "create", "u@x.y", "--name", "U", "--role", "Staff", "--org", "9"},
              "POST",
              "/orgs/9/users",
              R"({"email":"u@x.y","name":"U","role":"Staff","password":"eight letters"})"},
             {{"user", "set-password", "3"},
              "POST",
              "/users/3/password",
              R"({"password":"eight letters"})"},
             {{"user", "invite", "u@x.y", "--role", "3", "--org", "9"},
              "POST",
              "/orgs/9/invitations",
              R"({"email":"u@x.y","role":3})"},
             {{"user", "suspend", "3", "--allow-orphan"},
              "POST",
              "/users/3/suspend",
              R"({"allow_orphan":true})"},
             {{"user", "force-logout", "3"}, "POST", "/users/3/force-logout", ""},
             {{"user", "transfer", "3", "--to-org", "9", "--role", "2", "--devices"},
              "POST",
              "/users/3/transfer",
              R"({"to_org":9,"role":2,"devices":true})"},
             {{"membership", "edit", "6", "--not-after", "none"},
              "PATCH",
              "/memberships/6",
              R"({"not_after":null})"},
             {{"membership", "end", "6", "--allow-orphan"},
              "DELETE",
              "/memberships/6?allow_orphan=true",
              ""}}) {
        expect(wanted);
    }
}

TEST_F(Requests, of_devices_and_transfers_follow_the_contract) {
    for (const Case& wanted : std::vector<Case>{
             {{"device", "list", "--org", "9", "--subtree", "--q", "a&b"},
              "GET",
              "/devices?org=9&subtree=true&q=a%26b&limit=1000",
              ""},
             {{"device", "create", "lamp", "--org", "9", "--owner", "3"},
              "POST",
              "/orgs/9/devices",
              R"({"name":"lamp","owner":3})"},
             {{"device", "owner", "8", "--none"}, "DELETE", "/devices/8/owner", ""},
             {{"device", "write", "8", "V5", "-3", "on"},
              "PUT",
              "/devices/8/pins/5",
              R"({"values":["-3","on"]})"},
             {{"transfer", "create", "8", "11", "--to-org", "9", "--history", "keep",
               "--rotate-token", "true", "--no-notify", "--dry-run"},
              "POST",
              "/transfers",
              R"({"devices":[8,11],"to_org":9,"contract":{"history":"keep","rotate_token":true,)"
              R"("notify":false},"dry_run":true})"},
             {{"transfer", "accept", "2", "--keep-token"},
              "POST",
              "/transfers/2/accept",
              R"({"keep_token":true})"}}) {
        expect(wanted);
    }
}

TEST_F(Requests, of_roles_and_questions_follow_the_contract) {
    for (const Case& wanted : std::vector<Case>{
             {{"role", "set", "2", "org_devices.view", "users.view", "--org", "9"},
              "PUT",
              "/orgs/9/roles/2/permissions",
              R"({"permissions":["org_devices.view","users.view"]})"},
             {{"role", "push", "--org", "9", "--mode", "link", "--roles", "2,Guard", "--dry-run",
               "--expected-revision", "12"},
              "POST",
              "/orgs/9/permissions/push",
              R"({"mode":"link","roles":[2,"Guard"],"dry_run":true,"expected_revision":12})"},
             {{"role", "undo", "--org", "9"}, "POST", "/orgs/9/permissions/push/undo", ""},
             {{"explain", "--user", "3", "--device", "8", "--action", "view"},
              "POST",
              "/explain",
              R"({"user":3,"device":8,"action":"view"})"},
             {{"api", "post", "/claims", "--body", R"({"a":1.50})"},
              "POST",
              "/claims",
              R"({"a":1.50})"}}) {
        expect(wanted);
    }
}

TEST_F(Requests, a_role_in_the_path_is_found_by_its_name) {
    answers = {answer(200, R"({"items":[{"id":4,"name":"Guard"}],"next_cursor":null})")};
    expect({{"role", "show", "Guard", "--org", "9"}, "GET", "/orgs/9/roles/4/permissions", ""});
    calls.clear();
    answers = {answer(200, R"({"items":[],"next_cursor":null})")};
    EXPECT_EQ(run({"role", "show", "Nobody", "--org", "9"}), 65);
    EXPECT_EQ(calls.size(), 1U);
}

TEST_F(Requests, what_is_left_out_means_oneself_and_the_home_org) {
    sign_in("a");
    expect({{"user", "show", "me"}, "GET", "/users/7", ""});
    expect({{"user", "list"}, "GET", "/orgs/5/users?limit=1000", ""});
}

TEST_F(Requests, a_file_of_invitations_is_only_checked_unless_it_is_committed) {
    in.str("email,name\n");
    expect({{"user", "import", "-", "--org", "9"},
            "POST",
            "/orgs/9/invitations/import?mode=validate",
            "email,name\n"});
    EXPECT_EQ(header(calls.back(), "Content-Type"), "text/csv");
}

TEST_F(Requests, that_make_no_sense_are_usage_and_never_sent) {
    for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
             {},
             {"org"},
             {"org", "show"},
             {"org", "show", "0"},
             {"org", "show", "../users"},
             {"org", "show", "9007199254740992"},
             {"org", "show", "1", "2"},
             {"org", "edit", "9"},
             {"device", "write", "8", "256", "x"},
             {"device", "owner", "8"},
             {"explain", "--device", "8", "--org", "9", "--action", "view"},
             {"api", "GET", "/orgs HTTP/1.1"},
             {"org", "list", "--server", "http://127.0.0.1"},
             {"org", "list", "--bogus"}}) {
        EXPECT_EQ(run(words), 64);
    }
    EXPECT_TRUE(calls.empty());
}

}  // namespace
}  // namespace treeline::cli
