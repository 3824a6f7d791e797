// Orgs, users, memberships and roles over the API: their shapes, their rights, what is hidden.
#include <gtest/gtest.h>

#include "tests/unit/api/api_harness.hpp"

namespace treeline {
namespace {

// root ─ child ─ grandchild, an admin in each of the first two.
struct ThreeLevels : ApiHarness {
    OrgId root, child, grandchild;
    UserId admin, child_admin, plain;
    std::string token, child_token, plain_token;

    ThreeLevels() {
        root = builder.root("root");
        child = builder.org(root, "child");
        grandchild = builder.org(child, "grandchild");
        admin = builder.admin();
        child_admin = builder.user(child, "chief", role_admin);
        plain = builder.user(child, "plain", role_user);
        token = sign_in(admin);
        child_token = sign_in(child_admin);
        plain_token = sign_in(plain);
        start();
    }
    std::string org_path(OrgId org) const { return "/api/v1/orgs/" + wire(org); }
    HttpResponse make_user(const std::string& bearer, OrgId org, const std::string& fields) {
        return request("POST", org_path(org) + "/users", bearer,
                       R"({"email":"new@example.com","name":"New",)" + fields + "}");
    }
};

std::vector<std::string> names_in(const HttpResponse& response) {
    std::vector<std::string> names;
    const json::object list = object_of(response);
    for (const json::value& item : list.at("items").as_array()) {
        names.emplace_back(item.as_object().at("name").as_string());
    }
    return names;
}

TEST(Orgs, are_made_below_a_parent) {
    ThreeLevels api;
    const HttpResponse response =
        api.request("POST", "/api/v1/orgs", api.token,
                    R"({"name":"second","kind":"partner","parent":)" + api.wire(api.root) + "}");
    ASSERT_EQ(response.status, 201U) << response.body;
    EXPECT_EQ(text_of(response, "parent"), api.wire(api.root));
    EXPECT_EQ(text_of(response, "kind"), "partner");
    EXPECT_EQ(text_of(response, "revision"), header_of(response, "Treeline-Revision"));
    const HttpResponse again =
        api.request("GET", "/api/v1/orgs/" + text_of(response, "id"), api.token);
    EXPECT_EQ(again.status, 200U);
    EXPECT_EQ(object_of(again), object_of(response));
}

TEST(Orgs, show_no_parent_to_those_below_REST_05) {
    ThreeLevels api;
    EXPECT_EQ(api.request("GET", api.org_path(api.root), api.child_token).status, 404U);
    const HttpResponse own = api.request("GET", api.org_path(api.child), api.child_token);
    EXPECT_EQ(own.status, 200U);
    EXPECT_EQ(text_of(own, "parent"), "null");
    EXPECT_EQ(text_of(api.request("GET", api.org_path(api.child), api.token), "parent"),
              api.wire(api.root));
}

TEST(Orgs, are_listed_as_far_as_they_are_visible_REST_08) {
    ThreeLevels api;
    const HttpResponse all = api.request("GET", "/api/v1/orgs", api.token);
    EXPECT_EQ(names_in(all), (std::vector<std::string>{"root", "child", "grandchild"}));
    EXPECT_EQ(text_of(all, "total"), "3");
    const HttpResponse below = api.request("GET", "/api/v1/orgs", api.child_token);
    EXPECT_EQ(names_in(below), (std::vector<std::string>{"child", "grandchild"}));
    EXPECT_EQ(text_of(below, "total"), "2");
    EXPECT_EQ(names_in(api.request("GET", api.org_path(api.child) + "/subtree", api.token)),
              (std::vector<std::string>{"child", "grandchild"}));
}

TEST(Orgs, are_paged_by_a_cursor_that_holds_no_dense_id) {
    ThreeLevels api;
    const HttpResponse first = api.request("GET", "/api/v1/orgs?limit=2", api.token);
    EXPECT_EQ(names_in(first), (std::vector<std::string>{"root", "child"}));
    EXPECT_EQ(text_of(first, "total"), "3");
    const std::string cursor = text_of(first, "next_cursor");
    const HttpResponse last =
        api.request("GET", "/api/v1/orgs?limit=2&cursor=" + cursor, api.token);
    EXPECT_EQ(names_in(last), (std::vector<std::string>{"grandchild"}));
    EXPECT_EQ(text_of(last, "next_cursor"), "null");
}

TEST(Orgs, name_the_missing_permission_where_they_are_seen) {
    ThreeLevels api;
    const HttpResponse response =
        api.request("POST", "/api/v1/orgs", api.plain_token,
                    R"({"name":"x","parent":)" + api.wire(api.child) + "}");
    EXPECT_EQ(response.status, 403U);
    EXPECT_EQ(text_of(response, "missing_permission"), "suborgs.create");
}

TEST(Users, are_made_with_a_home_and_can_sign_in) {
    ThreeLevels api;
    const HttpResponse response =
        api.make_user(api.token, api.child, R"("role":3,"password":"12345678")");
    ASSERT_EQ(response.status, 201U) << response.body;
    EXPECT_EQ(text_of(response, "status"), "active");
    EXPECT_NE(text_of(response, "membership"), "(absent)");
    EXPECT_EQ(response.body.find("12345678"), std::string::npos);
    EXPECT_EQ(api.request("POST", "/api/v1/sessions", "",
                          R"({"email":"new@example.com","password":"12345678"})")
                  .status,
              201U);
    const HttpResponse again =
        api.make_user(api.token, api.child, R"("role":3,"password":"12345678")");
    EXPECT_EQ(again.status, 409U);
    EXPECT_EQ(code_of(again), "email_taken");
}

TEST(Users, cost_no_hash_for_those_who_may_not_make_them) {
    ThreeLevels api;
    EXPECT_EQ(api.make_user(api.plain_token, api.child, R"("role":3,"password":"12345678")").status,
              403U);
    EXPECT_EQ(api.make_user(api.token, api.child, R"("role":3,"password":"1234567")").status, 422U);
    EXPECT_EQ(api.passwords.hashed, 0U);
    api.passwords.is_full = true;
    EXPECT_EQ(api.make_user(api.token, api.child, R"("role":3,"password":"12345678")").status,
              503U);
}

TEST(Users, take_a_role_by_name_as_well) {
    ThreeLevels api;
    EXPECT_EQ(api.make_user(api.token, api.child, R"("role":"Staff","password":"12345678")").status,
              201U);
    EXPECT_EQ(api.make_user(api.token, api.child, R"("role":"King","password":"12345678")").status,
              422U);
}

TEST(Users, above_are_not_there_REST_06) {
    ThreeLevels api;
    EXPECT_EQ(api.request("GET", "/api/v1/users/" + api.wire(api.admin), api.child_token).status,
              404U);
    EXPECT_EQ(api.request("GET", "/api/v1/users/" + api.wire(api.plain), api.child_token).status,
              200U);
    EXPECT_EQ(names_in(api.request("GET", api.org_path(api.child) + "/users", api.child_token)),
              (std::vector<std::string>{"chief", "plain"}));
}

TEST(Users, suspended_ones_are_out_at_once_and_come_back_by_signing_in) {
    ThreeLevels api;
    const std::string path = "/api/v1/users/" + api.wire(api.plain);
    const HttpResponse response = api.request("POST", path + "/suspend", api.child_token);
    ASSERT_EQ(response.status, 200U) << response.body;
    EXPECT_EQ(text_of(response, "status"), "suspended");
    EXPECT_EQ(api.request("GET", "/api/v1/users/me", api.plain_token).status, 401U);
    EXPECT_EQ(api.request("POST", path + "/resume", api.child_token).status, 200U);
    EXPECT_EQ(api.request("GET", "/api/v1/users/me", api.plain_token).status, 401U);
}

TEST(Memberships, are_given_changed_and_ended) {
    ThreeLevels api;
    const HttpResponse made = api.request(
        "POST", api.org_path(api.grandchild) + "/memberships", api.child_token,
        R"({"role":2,"not_after":"2099-01-01T00:00:00.000Z","user":)" + api.wire(api.plain) + "}");
    ASSERT_EQ(made.status, 201U) << made.body;
    EXPECT_EQ(text_of(made, "status"), "active");
    EXPECT_EQ(text_of(made, "not_after"), "2099-01-01T00:00:00.000Z");
    const std::string path = "/api/v1/memberships/" + text_of(made, "id");
    const HttpResponse patched =
        api.request("PATCH", path, api.child_token, R"({"role":3,"not_after":null})");
    EXPECT_EQ(patched.status, 200U) << patched.body;
    EXPECT_EQ(text_of(patched, "role"), "3");
    EXPECT_EQ(text_of(patched, "not_after"), "null");
    EXPECT_EQ(api.request("DELETE", path, api.child_token).status, 200U);
    EXPECT_EQ(api.request("DELETE", path, api.child_token).status, 404U);
}

TEST(Memberships, by_address_are_invitations_that_tell_nothing) {
    ThreeLevels api;
    const auto invite = [&](const std::string& email) {
        return api.request("POST", api.org_path(api.grandchild) + "/memberships", api.child_token,
                           R"({"role":3,"email":")" + email + "\"}");
    };
    const HttpResponse known = invite("admin@root.example");
    const HttpResponse unknown = invite("nobody@root.example");
    ASSERT_EQ(known.status, 201U) << known.body;
    EXPECT_EQ(unknown.status, 201U);
    EXPECT_EQ(text_of(known, "user"), "null");
    EXPECT_EQ(text_of(unknown, "user"), "null");
    EXPECT_EQ(text_of(known, "status"), "pending");
    EXPECT_EQ(text_of(unknown, "status"), "pending");
    EXPECT_EQ(known.body.size(), unknown.body.size() - 1);  // the address itself
}

TEST(Memberships, show_a_granter_from_above_as_above) {
    ThreeLevels api;
    const HttpResponse made =
        api.request("POST", api.org_path(api.grandchild) + "/memberships", api.token,
                    R"({"role":3,"user":)" + api.wire(api.plain) + "}");
    ASSERT_EQ(made.status, 201U) << made.body;
    EXPECT_EQ(text_of(made, "granted_by"), api.wire(api.admin));
    const HttpResponse list =
        api.request("GET", api.org_path(api.grandchild) + "/memberships", api.child_token);
    EXPECT_NE(list.body.find(R"("granted_by":"above")"), std::string::npos) << list.body;
}

TEST(Roles, permissions_are_read_and_set) {
    ThreeLevels api;
    const std::string path = api.org_path(api.child) + "/roles/3/permissions";
    const HttpResponse put = api.request("PUT", path, api.child_token,
                                         R"({"permissions":["org_devices.view","users.view"]})");
    ASSERT_EQ(put.status, 200U) << put.body;
    EXPECT_EQ(text_of(put, "permissions"), R"(["org_devices.view","users.view"])");
    EXPECT_EQ(object_of(api.request("GET", path, api.child_token)), object_of(put));
    EXPECT_EQ(
        api.request("PUT", path, api.child_token, R"({"permissions":["org_devices.fly"]})").status,
        422U);
    EXPECT_EQ(api.request("GET", api.org_path(api.child) + "/roles/99/permissions", api.child_token)
                  .status,
              404U);
    EXPECT_EQ(api.request("PUT", path, api.plain_token, R"({"permissions":[]})").status, 403U);
}

TEST(Roles, are_listed_with_the_catalogue_beside) {
    ThreeLevels api;
    EXPECT_EQ(names_in(api.request("GET", api.org_path(api.child) + "/roles", api.child_token)),
              (std::vector<std::string>{"Admin", "Staff", "User"}));
    const HttpResponse catalogue = api.request("GET", "/api/v1/permissions", api.plain_token);
    EXPECT_EQ(text_of(catalogue, "total"), std::to_string(permission_count));
    EXPECT_NE(catalogue.body.find(
                  R"({"name":"roles.push","prerequisites":["roles.view","suborgs.enter"]})"),
              std::string::npos)
        << catalogue.body;
}

}  // namespace
}  // namespace treeline
