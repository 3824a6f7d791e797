// Changing, moving, suspending and deleting orgs over the API (tenancy.md §1).
#include <gtest/gtest.h>

#include "tests/unit/api/api_harness.hpp"

namespace treeline {
namespace {

struct OrgActs : ApiHarness {
    OrgId root, maker, client, branch, rival;
    UserId admin, maker_admin, client_admin, rival_admin;
    std::string token, maker_token, client_token, rival_token;
    DeviceId lamp;

    OrgActs() {
        root = builder.root("root");
        admin = builder.admin();
        maker = suborg(root, "maker");
        client = suborg(maker, "client");
        branch = suborg(client, "branch");
        rival = suborg(root, "rival");
        maker_admin = builder.user(maker, "m", role_admin);
        client_admin = builder.user(client, "c", role_admin);
        rival_admin = builder.user(rival, "r", role_admin);
        lamp = builder.device(client, "lamp");
        token = sign_in(admin);
        maker_token = sign_in(maker_admin);
        client_token = sign_in(client_admin);
        rival_token = sign_in(rival_admin);
        start();
    }
    OrgId suborg(OrgId parent, const std::string& name) {
        CreateOrg command;
        command.parent = parent;
        command.name = name;
        command.can_create_suborgs = true;
        return OrgId{builder.run(command)};
    }
    std::string path(OrgId org, const std::string& rest = "") const {
        return "/api/v1/orgs/" + wire(org) + rest;
    }
    HttpResponse move(const std::string& bearer, OrgId org, OrgId parent) {
        return request("POST", path(org, "/move"), bearer, R"({"parent":)" + wire(parent) + "}");
    }
    unsigned sees_lamp(const std::string& bearer) {
        return request("GET", "/api/v1/devices/" + wire(lamp), bearer).status;
    }
};

TEST(OrgActs, rights_over_an_org_come_from_its_parent) {
    OrgActs api;
    const std::string rename = R"({"name":"renamed"})";
    const HttpResponse own = api.request("PATCH", api.path(api.client), api.client_token, rename);
    EXPECT_EQ(own.status, 403U);
    EXPECT_EQ(text_of(own, "missing_permission"), "suborgs.edit");
    EXPECT_EQ(api.request("PATCH", api.path(api.client), api.rival_token, rename).status, 404U);
    const HttpResponse above = api.request("PATCH", api.path(api.client), api.maker_token, rename);
    EXPECT_EQ(above.status, 200U) << above.body;
    EXPECT_EQ(text_of(above, "name"), "renamed");
    const HttpResponse settings = api.request("PATCH", api.path(api.client), api.client_token,
                                              R"({"timezone":"Europe/Kyiv"})");
    EXPECT_EQ(settings.status, 200U) << settings.body;
    EXPECT_EQ(text_of(settings, "parent"), "null");
}

TEST(OrgActs, REST_37_a_stale_etag_changes_nothing) {
    OrgActs api;
    const HttpResponse stale = api.request("PATCH", api.path(api.client), api.maker_token,
                                           R"({"name":"late"})", {{"if-match", "\"1\""}});
    EXPECT_EQ(stale.status, 412U);
    EXPECT_EQ(api.directory().org(api.client)->name, "client");
}

TEST(OrgActs, XFR_19_refuse_to_move_an_org_under_itself) {
    OrgActs api;
    EXPECT_EQ(code_of(api.move(api.token, api.client, api.client)), "cycle");
    EXPECT_EQ(code_of(api.move(api.token, api.maker, api.branch)), "cycle");
    EXPECT_EQ(code_of(api.move(api.token, api.client, api.maker)), "already_there");
}

TEST(OrgActs, XFR_21_refuse_a_move_that_makes_the_tree_too_deep) {
    OrgActs api;
    OrgId parent = api.rival;
    std::string id = api.wire(parent);
    for (int depth = 3; depth <= 15; ++depth) {
        const HttpResponse made =
            api.request("POST", "/api/v1/orgs", api.token,
                        R"({"parent":)" + id + R"(,"name":"deeper","can_create_suborgs":true})");
        ASSERT_EQ(made.status, 201U) << made.body;
        id = text_of(made, "id");
    }
    const HttpResponse refused =
        api.request("POST", api.path(api.client, "/move"), api.token, R"({"parent":)" + id + "}");
    EXPECT_EQ(refused.status, 409U);
    EXPECT_EQ(code_of(refused), "too_deep");
}

TEST(OrgActs, XFR_22_refuse_to_move_suspend_or_delete_a_root) {
    OrgActs api;
    EXPECT_EQ(code_of(api.move(api.token, api.root, api.maker)), "root");
    EXPECT_EQ(code_of(api.request("DELETE", api.path(api.root), api.token)), "root");
    EXPECT_EQ(code_of(api.request("POST", api.path(api.root, "/suspend"), api.token)), "root");
    EXPECT_EQ(code_of(api.request("PATCH", api.path(api.root), api.token, R"({"name":"x"})")),
              "root");
}

TEST(OrgActs, XFR_23_TEN_21_delete_only_what_has_neither_suborgs_nor_devices) {
    OrgActs api;
    EXPECT_EQ(code_of(api.request("DELETE", api.path(api.client), api.maker_token)), "not_empty");
    EXPECT_EQ(api.request("DELETE", api.path(api.branch), api.client_token).status, 200U);
    EXPECT_EQ(code_of(api.request("DELETE", api.path(api.client), api.maker_token)), "not_empty");
    ASSERT_EQ(api.request("DELETE", "/api/v1/devices/" + api.wire(api.lamp), api.token).status,
              200U);
    const HttpResponse gone = api.request("DELETE", api.path(api.client), api.maker_token);
    EXPECT_EQ(gone.status, 200U) << gone.body;
    EXPECT_EQ(api.directory().org(api.client), nullptr);
    ASSERT_NE(api.directory().user(api.client_admin), nullptr);
    EXPECT_EQ(api.directory().user(api.client_admin)->home, MembershipId{});
    EXPECT_EQ(api.request("GET", api.path(api.client), api.client_token).status, 404U);
}

TEST(OrgActs, TEN_18_a_moved_subtree_is_seen_from_its_new_place_only) {
    OrgActs api;
    EXPECT_EQ(api.sees_lamp(api.maker_token), 200U);
    EXPECT_EQ(api.sees_lamp(api.rival_token), 404U);
    EXPECT_EQ(api.move(api.maker_token, api.client, api.rival).status, 404U);
    const HttpResponse moved = api.move(api.token, api.client, api.rival);
    ASSERT_EQ(moved.status, 200U) << moved.body;
    EXPECT_EQ(api.sees_lamp(api.maker_token), 404U);
    EXPECT_EQ(api.sees_lamp(api.rival_token), 200U);
    EXPECT_EQ(api.sees_lamp(api.client_token), 200U);
    EXPECT_TRUE(api.directory().is_within(api.branch, api.rival));
}

TEST(OrgActs, PRM_16_a_suspended_org_gives_its_members_nothing) {
    OrgActs api;
    EXPECT_EQ(api.request("POST", api.path(api.client, "/suspend"), api.client_token).status, 403U);
    const HttpResponse suspended =
        api.request("POST", api.path(api.client, "/suspend"), api.maker_token);
    ASSERT_EQ(suspended.status, 200U) << suspended.body;
    EXPECT_EQ(text_of(suspended, "status"), "suspended");
    EXPECT_EQ(api.sees_lamp(api.client_token), 404U);
    EXPECT_EQ(api.sees_lamp(api.maker_token), 200U);
    ASSERT_EQ(api.request("POST", api.path(api.client, "/resume"), api.maker_token).status, 200U);
    EXPECT_EQ(api.sees_lamp(api.client_token), 200U);
}

}  // namespace
}  // namespace treeline
