// Custom roles over the API (tenancy.md §3).
#include <gtest/gtest.h>

#include "tests/unit/api/api_harness.hpp"

namespace treeline {
namespace {

struct Roles : ApiHarness {
    OrgId root, client;
    UserId admin, worker, client_admin;
    std::string token, worker_token, client_token;
    DeviceId lamp;

    Roles() {
        root = builder.root("root");
        admin = builder.admin();
        client = builder.org(root, "client");
        worker = builder.user(client, "worker", role_staff);
        client_admin = builder.user(client, "boss", role_admin);
        lamp = builder.device(client, "lamp");
        token = sign_in(admin);
        worker_token = sign_in(worker);
        client_token = sign_in(client_admin);
        start();
    }
    std::string roles(OrgId org, const std::string& rest = "") const {
        return "/api/v1/orgs/" + wire(org) + "/roles" + rest;
    }
    unsigned sees_lamp(const std::string& bearer) {
        return request("GET", "/api/v1/devices/" + wire(lamp), bearer).status;
    }
};

TEST(Roles, are_made_empty_at_the_root_and_never_reuse_a_number) {
    Roles api;
    const HttpResponse made =
        api.request("POST", api.roles(api.root), api.token, R"({"name":"Night shift"})");
    ASSERT_EQ(made.status, 201U) << made.body;
    EXPECT_EQ(text_of(made, "id"), "4");
    EXPECT_EQ(text_of(made, "permissions"), "[]");
    EXPECT_EQ(
        code_of(api.request("POST", api.roles(api.root), api.token, R"({"name":"night SHIFT"})")),
        "name_taken");
    ASSERT_EQ(api.request("DELETE", api.roles(api.root, "/4"), api.token).status, 200U);
    const HttpResponse next =
        api.request("POST", api.roles(api.root), api.token, R"({"name":"Night shift"})");
    EXPECT_EQ(text_of(next, "id"), "5");
}

TEST(Roles, elsewhere_than_at_the_root_are_not_there) {
    Roles api;
    const std::string body = R"({"name":"x"})";
    EXPECT_EQ(api.request("POST", api.roles(api.client), api.client_token, body).status, 404U);
    EXPECT_EQ(api.request("POST", api.roles(api.client), api.token, body).status, 404U);
    EXPECT_EQ(api.request("POST", api.roles(api.root), api.client_token, body).status, 404U);
    EXPECT_EQ(api.request("PATCH", api.roles(api.root, "/9"), api.token, body).status, 404U);
}

TEST(Roles, are_renamed_for_the_whole_tree) {
    Roles api;
    ASSERT_EQ(
        api.request("PATCH", api.roles(api.root, "/2"), api.token, R"({"name":"Crew"})").status,
        200U);
    const HttpResponse list = api.request("GET", api.roles(api.client), api.client_token);
    EXPECT_NE(list.body.find("\"Crew\""), std::string::npos) << list.body;
}

TEST(Roles, PRM_12_a_deleted_role_is_replaced_in_the_same_change) {
    Roles api;
    EXPECT_EQ(code_of(api.request("DELETE", api.roles(api.root, "/2"), api.token)), "role_in_use");
    EXPECT_EQ(api.sees_lamp(api.worker_token), 200U);
    const Revision before = api.directory().revision();
    const HttpResponse gone =
        api.request("DELETE", api.roles(api.root, "/2"), api.token, R"({"replacement":"User"})");
    ASSERT_EQ(gone.status, 200U) << gone.body;
    EXPECT_EQ(number(api.directory().revision()), number(before) + 1);
    EXPECT_EQ(api.sees_lamp(api.worker_token), 404U);
    const MembershipId member = api.directory().membership_of(api.worker, api.client);
    EXPECT_EQ(api.directory().membership(member)->role, role_user);
}

TEST(Roles, admin_stays_and_a_replacement_is_another_role) {
    Roles api;
    EXPECT_EQ(api.request("DELETE", api.roles(api.root, "/1?replacement=2"), api.token).status,
              422U);
    EXPECT_EQ(api.request("DELETE", api.roles(api.root, "/2?replacement=2"), api.token).status,
              422U);
    EXPECT_EQ(api.request("DELETE", api.roles(api.root, "/2?replacement=9"), api.token).status,
              422U);
}

// The root's Staff gets roles.delete, and wants everybody's Staff to become Admin.
TEST(Roles, REST_15_a_replacement_never_exceeds_the_actor) {
    Roles api;
    const HttpResponse refused =
        api.request("DELETE", api.roles(api.root, "/3?replacement=1"), api.worker_token);
    EXPECT_EQ(refused.status, 404U);
    const std::string staff = "/api/v1/orgs/" + api.wire(api.root) + "/roles/2/permissions";
    ASSERT_EQ(
        api.request("PUT", staff, api.token, R"({"permissions":["roles.view","roles.delete"]})")
            .status,
        200U);
    const HttpResponse made =
        api.request("POST", "/api/v1/orgs/" + api.wire(api.root) + "/memberships", api.token,
                    R"({"user":)" + api.wire(api.worker) + R"(,"role":"Staff"})");
    ASSERT_EQ(made.status, 201U) << made.body;
    const HttpResponse climb =
        api.request("DELETE", api.roles(api.root, "/3?replacement=1"), api.worker_token);
    EXPECT_EQ(climb.status, 403U) << climb.body;
    EXPECT_NE(api.directory().role(api.root, role_user), nullptr);
}

}  // namespace
}  // namespace treeline
