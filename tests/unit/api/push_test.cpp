// Permission templates over the API: push, dry run, links, undo (tenancy.md §3).
#include <gtest/gtest.h>

#include "tests/unit/api/api_harness.hpp"

namespace treeline {
namespace {

struct Pushes : ApiHarness {
    OrgId root, client, branch;
    UserId admin, user, boss;
    std::string token, user_token, boss_token;
    DeviceId lamp, mine;

    Pushes() {
        root = builder.root("root");
        admin = builder.admin();
        CreateOrg made;
        made.parent = root;
        made.name = "client";
        made.can_create_suborgs = true;
        client = OrgId{builder.run(made)};
        branch = builder.org(client, "branch");
        user = builder.user(branch, "user");
        boss = builder.user(client, "boss", role_admin);
        lamp = builder.device(branch, "lamp");
        mine = builder.device(branch, "mine", user);
        token = sign_in(admin);
        user_token = sign_in(user);
        boss_token = sign_in(boss);
        start();
    }
    std::string at(OrgId org, const std::string& rest) const {
        return "/api/v1/orgs/" + wire(org) + rest;
    }
    HttpResponse push(const std::string& bearer, OrgId org, const std::string& body) {
        return request("POST", at(org, "/permissions/push"), bearer, body);
    }
    HttpResponse undo(const std::string& bearer, OrgId org) {
        return request("POST", at(org, "/permissions/push/undo"), bearer);
    }
    void set(OrgId org, const std::string& permissions) {
        const HttpResponse put = request("PUT", at(org, "/roles/3/permissions"), token,
                                         R"({"permissions":[)" + permissions + "]}");
        ASSERT_EQ(put.status, 200U) << put.body;
    }
    PermissionSet user_set(OrgId org) const { return directory().permissions(org, role_user); }
    // A live session of `user`, whose access token this is, that watches the lamp.
    SeatId watch_lamp(const std::string& access) {
        const auto seated = shard().admit_app(hash_token(access), Encoding::protobuf, now());
        CHECK(seated.has_value());
        AppRequest asked;
        asked.request = 1;
        asked.body = AppWatch{AppWatch::Kind::device, lamp, {}, {}, false};
        shard().app_request(seated->seat, std::move(asked), std::nullopt, now());
        until([&] { return !shard().wants_turn(); });
        turn();
        return seated->seat;
    }
    unsigned sees_lamp() {
        return request("GET", "/api/v1/devices/" + wire(lamp), user_token).status;
    }
};

const std::string all_devices = R"("org_devices.view")";

TEST(Push, a_dry_run_names_who_would_see_what_and_changes_nothing) {
    Pushes api;
    api.set(api.root, all_devices);
    const Revision before = api.directory().revision();
    const HttpResponse dry =
        api.push(api.token, api.root, R"({"mode":"overwrite","roles":["User"],"dry_run":true})");
    ASSERT_EQ(dry.status, 200U) << dry.body;
    EXPECT_EQ(text_of(dry, "orgs_total"), "2");
    EXPECT_EQ(text_of(dry, "users_total"), "1");
    EXPECT_NE(dry.body.find(R"("gained":["org_devices.view"])"), std::string::npos) << dry.body;
    EXPECT_NE(dry.body.find(R"("appeared":[)" + api.wire(api.lamp) + "]"), std::string::npos);
    EXPECT_EQ(api.directory().revision(), before);
    EXPECT_EQ(api.sees_lamp(), 404U);
}

TEST(Push, PRM_13_PRM_17_reaches_every_org_below_in_one_revision) {
    Pushes api;
    api.set(api.root, all_devices);
    const std::string dry =
        api.push(api.token, api.root, R"({"mode":"overwrite","dry_run":true})").body;
    const Revision before = api.directory().revision();
    const HttpResponse done = api.push(api.token, api.root, R"({"mode":"overwrite"})");
    ASSERT_EQ(done.status, 200U) << done.body;
    EXPECT_EQ(number(api.directory().revision()), number(before) + 1);
    EXPECT_EQ(done.body.substr(0, done.body.rfind("\"revision\"")),
              dry.substr(0, dry.rfind("\"revision\"")));
    EXPECT_EQ(api.user_set(api.branch), api.user_set(api.root));
    EXPECT_EQ(api.sees_lamp(), 200U);
}

TEST(Push, counts_the_live_sessions_that_lose_a_watch_by_it) {
    Pushes api;
    api.set(api.root, "");
    api.set(api.branch, all_devices);
    api.watch_lamp(api.user_token);
    api.watch_lamp(api.user_token);
    api.watch_lamp(api.boss_token);
    const std::string push = R"({"mode":"overwrite","roles":["User"])";
    const HttpResponse dry = api.push(api.token, api.root, push + R"(,"dry_run":true})");
    EXPECT_EQ(text_of(dry, "sessions_cut"), "2") << dry.body;
    EXPECT_EQ(text_of(api.push(api.token, api.root, push + "}"), "sessions_cut"), "2");
    EXPECT_EQ(text_of(api.undo(api.token, api.root), "sessions_cut"), "0");
    EXPECT_EQ(text_of(api.push(api.token, api.root, push + "}"), "sessions_cut"), "0");
}

// Whoever may push need not see people, and is not told how many of them are there.
TEST(Push, counts_no_session_of_somebody_whom_the_caller_can_not_see) {
    Pushes api;
    api.set(api.root, "");
    api.set(api.branch, all_devices);
    api.watch_lamp(api.user_token);
    json::array held;
    for (const Permission permission : all_permissions()) {
        if (!name(permission).starts_with("users.")) {
            held.emplace_back(name(permission));
        }
    }
    for (const OrgId org : {api.client, api.branch}) {
        ASSERT_EQ(api.request("PUT", api.at(org, "/roles/2/permissions"), api.token,
                              R"({"permissions":)" + json::serialize(held) + "}")
                      .status,
                  200U);
    }
    const std::string path =
        "/api/v1/memberships/" + api.wire(api.directory().user(api.boss)->home);
    ASSERT_EQ(api.request("PATCH", path, api.token, R"({"role":2,"allow_orphan":true})").status,
              200U);
    api.set(api.client, "");
    const HttpResponse dry = api.push(api.boss_token, api.client,
                                      R"({"mode":"overwrite","roles":["User"],"dry_run":true})");
    ASSERT_EQ(dry.status, 200U) << dry.body;
    EXPECT_EQ(text_of(dry, "users_total"), "0");
    EXPECT_EQ(text_of(dry, "sessions_cut"), "0");
}

TEST(Push, is_refused_with_422_when_its_body_is_not_whole) {
    Pushes api;
    for (const char* body : {R"({"mode":"always"})", R"({})", R"({"mode":"merge","more":1})"}) {
        EXPECT_EQ(api.push(api.token, api.root, body).status, 422U) << body;
    }
}

TEST(Push, merge_adds_to_what_is_there) {
    Pushes api;
    const PermissionSet before = api.user_set(api.branch);
    api.set(api.root, all_devices);
    ASSERT_EQ(api.push(api.token, api.root, R"({"mode":"merge","roles":[3]})").status, 200U);
    EXPECT_EQ(api.user_set(api.branch), before | api.user_set(api.root));
}

TEST(Push, TEN_19_a_linked_org_follows_until_it_sets_its_own) {
    Pushes api;
    ASSERT_EQ(api.push(api.token, api.root, R"({"mode":"link","roles":[3]})").status, 200U);
    api.set(api.root, all_devices);
    EXPECT_EQ(api.sees_lamp(), 200U);
    const std::string sets = api.at(api.branch, "/roles/3/permissions");
    EXPECT_EQ(text_of(api.request("GET", sets, api.token), "linked"), "true");
    api.set(api.branch, all_devices);  // the same, but its own
    api.set(api.root, "");
    EXPECT_EQ(api.sees_lamp(), 200U);
    EXPECT_EQ(text_of(api.request("GET", sets, api.token), "linked"), "false");
}

TEST(Push, TEN_20_a_link_is_not_told_to_those_who_see_nothing_above) {
    Pushes api;
    ASSERT_EQ(api.push(api.token, api.root, R"({"mode":"link"})").status, 200U);
    const HttpResponse own =
        api.request("GET", api.at(api.client, "/roles/3/permissions"), api.boss_token);
    ASSERT_EQ(own.status, 200U);
    EXPECT_EQ(text_of(own, "linked"), "(absent)");
}

TEST(Push, refuses_an_expected_revision_that_has_passed) {
    Pushes api;
    api.set(api.root, all_devices);
    const HttpResponse dry = api.push(api.token, api.root, R"({"mode":"merge","dry_run":true})");
    const std::string seen = text_of(dry, "revision");
    const std::string body = R"({"mode":"merge","expected_revision":)" + seen + "}";
    api.set(api.client, all_devices);
    const HttpResponse late = api.push(api.token, api.root, body);
    EXPECT_EQ(late.status, 409U);
    EXPECT_EQ(code_of(late), "revision_moved");
}

TEST(Push, passes_over_what_has_changed_beside_what_it_reads) {
    Pushes api;
    const HttpResponse dry =
        api.push(api.boss_token, api.client, R"({"mode":"overwrite","dry_run":true})");
    const std::string body =
        R"({"mode":"overwrite","expected_revision":)" + text_of(dry, "revision") + "}";
    api.set(api.root, all_devices);
    const std::string devices = api.at(api.root, "/devices");
    ASSERT_EQ(api.request("POST", devices, api.token, R"({"name":"other"})").status, 201U);
    const HttpResponse done = api.push(api.boss_token, api.client, body);
    EXPECT_EQ(done.status, 200U) << done.body;
}

TEST(Push, undo_restores_what_still_stands_and_names_what_was_kept) {
    Pushes api;
    const PermissionSet before = api.user_set(api.branch);
    api.set(api.root, all_devices);
    ASSERT_EQ(api.push(api.token, api.root, R"({"mode":"overwrite","roles":[3]})").status, 200U);
    api.set(api.client, R"("own_devices.view")");
    const HttpResponse undone = api.undo(api.token, api.root);
    ASSERT_EQ(undone.status, 200U) << undone.body;
    EXPECT_EQ(api.user_set(api.branch), before);
    EXPECT_NE(undone.body.find(R"("kept":[{"org":)" + api.wire(api.client) + R"(,"role":3}])"),
              std::string::npos)
        << undone.body;
    EXPECT_EQ(api.undo(api.token, api.root).status, 410U);
}

// Whoever holds own_devices.view may push it, and need not see the devices that their owners get.
TEST(Push, a_dry_run_names_no_device_that_the_caller_can_not_see) {
    Pushes api;
    api.set(api.root, R"("own_devices.view")");
    api.set(api.client, "");
    api.set(api.branch, "");
    const std::string dry = R"({"mode":"overwrite","roles":["User"],"dry_run":true})";
    const HttpResponse seen = api.push(api.token, api.root, dry);
    EXPECT_NE(seen.body.find(R"("appeared":[)" + api.wire(api.mine)), std::string::npos)
        << seen.body;
    json::array held;
    for (const Permission permission : all_permissions()) {
        if (!name(permission).starts_with("org_devices.")) {
            held.emplace_back(name(permission));
        }
    }
    ASSERT_EQ(api.request("PUT", api.at(api.root, "/roles/1/permissions"), api.token,
                          R"({"permissions":)" + json::serialize(held) + "}")
                  .status,
              200U);
    const HttpResponse blind = api.push(api.token, api.root, dry);
    ASSERT_EQ(blind.status, 200U) << blind.body;
    EXPECT_EQ(text_of(blind, "users_total"), "1");
    EXPECT_EQ(text_of(blind, "devices_total"), "0") << blind.body;
}

TEST(Push, undo_tells_of_who_was_linked_since_to_what_it_restores) {
    Pushes api;
    api.set(api.client, all_devices);
    api.push(api.token, api.root, R"({"mode":"overwrite","roles":["User"]})");
    api.push(api.token, api.client, R"({"mode":"link","roles":["User"]})");
    const HttpResponse undone = api.undo(api.token, api.root);
    ASSERT_EQ(undone.status, 200U) << undone.body;
    EXPECT_EQ(text_of(undone, "orgs_total"), "2") << undone.body;
    EXPECT_EQ(text_of(undone, "users_total"), "1") << undone.body;
    EXPECT_EQ(text_of(undone, "devices_total"), "1") << undone.body;
    EXPECT_EQ(api.sees_lamp(), 200U);
}

TEST(Push, nobody_climbs_by_push_or_undo) {
    Pushes api;
    EXPECT_EQ(api.push(api.user_token, api.branch, R"({"mode":"link"})").status, 403U);
    EXPECT_EQ(api.push(api.user_token, api.root, R"({"mode":"link"})").status, 404U);
    // The client's admin loses a permission, and can't push it to the branch any more.
    const std::string admin_path = api.at(api.client, "/roles/1/permissions");
    json::array held;
    for (const Permission permission : all_permissions()) {
        if (permission != Permission::ota_start) {
            held.emplace_back(name(permission));
        }
    }
    ASSERT_EQ(api.push(api.boss_token, api.client, R"({"mode":"overwrite"})").status, 200U);
    ASSERT_EQ(api.request("PUT", admin_path, api.token,
                          R"({"permissions":)" + json::serialize(held) + "}")
                  .status,
              200U);
    const HttpResponse upward =
        api.push(api.boss_token, api.client, R"({"mode":"overwrite","roles":[1]})");
    EXPECT_EQ(upward.status, 403U) << upward.body;
    EXPECT_EQ(text_of(upward, "missing_permission"), "ota.start");
}

}  // namespace
}  // namespace treeline
