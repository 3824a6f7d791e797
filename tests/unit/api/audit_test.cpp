// The audit over REST: what is recorded of whom, and what each reader gets to see of it.
#include <gtest/gtest.h>

#include "tests/unit/api/api_harness.hpp"

namespace treeline {
namespace {

// A root with a boss, a client below it with an admin, a device there.
class AuditApi : public ::testing::Test {
  protected:
    ApiHarness api;
    OrgId root = api.builder.root();
    UserId boss = api.builder.admin();
    OrgId client = api.builder.org(root, "client");
    OrgId sibling = api.builder.org(root, "sibling");
    UserId ann = api.builder.user(client, "ann", role_admin);
    UserId eve = api.builder.user(client, "eve");
    DeviceId pump = api.builder.device(client, "pump", eve);
    DeviceId hidden = api.builder.device(sibling, "hidden");
    std::string boss_token = api.sign_in(boss);
    std::string ann_token = api.sign_in(ann);
    std::string eve_token = api.sign_in(eve);

    std::string chain_of(OrgId org) const { return "/api/v1/orgs/" + api.wire(org) + "/audit"; }
    json::array items(const std::string& target, const std::string& token) {
        const HttpResponse response = api.request("GET", target, token);
        EXPECT_EQ(response.status, 200U) << response.body;
        return object_of(response)["items"].as_array();
    }
    // Those of the newest ones that say so, newest first.
    json::array told(OrgId org, const std::string& token, std::string_view outcome) {
        json::array found;
        for (const json::value& item : items(chain_of(org) + "?limit=1000", token)) {
            if (item.at("outcome").as_string() == outcome) {
                found.push_back(item);
            }
        }
        return found;
    }
    std::string exported(OrgId org, const std::string& token) {
        return api.request("GET", chain_of(org), token, "", {{"accept", "application/x-ndjson"}})
            .body;
    }
    audit::Head head(OrgId org, const std::string& token) {
        return audit::head_from_line(api.request("GET", chain_of(org) + "/head", token).body)
            .value_or(audit::Head{});
    }
};

TEST_F(AuditApi, shows_an_acknowledged_change_with_what_was_before_and_after) {
    api.start();
    const std::string device = "/api/v1/devices/" + api.wire(pump);
    ASSERT_EQ(api.request("PATCH", device, ann_token, R"({"name":"new name"})").status, 200U);
    const json::value newest = items(chain_of(client), ann_token).front();
    EXPECT_EQ(newest.at("action"), "patch_device");
    EXPECT_EQ(newest.at("object").as_string(), "device/" + api.wire(pump));
    EXPECT_EQ(std::to_string(newest.at("actor").to_number<std::uint64_t>()), api.wire(ann));
    EXPECT_EQ(newest.at("before"), (json::object{{"name", "pump"}}));
    EXPECT_EQ(newest.at("after"), (json::object{{"name", "new name"}}));
    EXPECT_EQ(newest.at("from"), "127.0.0.1");
    EXPECT_EQ(newest.at("tree_revision").to_number<std::uint64_t>(),
              api.directory().tree_revision(root));
}

TEST_F(AuditApi, is_403_without_audit_view_and_404_where_the_org_is_out_of_sight) {
    api.start();
    const HttpResponse forbidden = api.request("GET", chain_of(client), eve_token);
    EXPECT_EQ(forbidden.status, 403U);
    EXPECT_EQ(object_of(forbidden)["missing_permission"], "audit.view");
    for (const char* rest : {"", "/head"}) {
        EXPECT_EQ(api.request("GET", chain_of(root) + rest, ann_token).status, 404U);
        EXPECT_EQ(api.request("GET", chain_of(sibling) + rest, ann_token).body,
                  api.request("GET", "/api/v1/orgs/77/audit", ann_token).body);
    }
    EXPECT_EQ(api.request("GET", "/api/v1/audit/1/proof?org=" + api.wire(root), ann_token).status,
              404U);
}

TEST_F(AuditApi, notes_a_denied_attempt_alike_for_a_missing_and_an_invisible_object) {
    api.start();
    for (const std::string& id : {api.wire(hidden), std::string("4242")}) {
        ASSERT_EQ(api.request("GET", "/api/v1/devices/" + id, eve_token).status, 404U);
        json::object newest = told(client, ann_token, "denied").front().as_object();
        EXPECT_EQ(newest["object"].as_string(), "device/" + id);
        EXPECT_EQ(newest["action"], "GET /devices/{id}");
        EXPECT_EQ(newest["status"], 404);
        EXPECT_EQ(std::to_string(newest["actor"].to_number<std::uint64_t>()), api.wire(eve));
    }
    ASSERT_EQ(api.request("DELETE", "/api/v1/devices/" + api.wire(pump), eve_token).status, 403U);
    const json::value denied = told(client, ann_token, "denied").front();
    EXPECT_EQ(denied.at("missing_permission"), "own_devices.delete");
    EXPECT_EQ(told(client, ann_token, "denied").size(), 3U);
    EXPECT_TRUE(told(sibling, boss_token, "denied").empty());
}

TEST_F(AuditApi, TEN_22_counts_a_look_from_above_and_hides_who_looked) {
    api.start();
    const std::string device = "/api/v1/devices/" + api.wire(pump);
    for (int i = 0; i < 3; ++i) {
        ASSERT_EQ(api.request("GET", device, boss_token).status, 200U);
    }
    ASSERT_EQ(api.request("GET", device + "/pins", boss_token).status, 200U);
    ASSERT_EQ(api.request("GET", device, eve_token).status, 200U);
    ASSERT_EQ(api.request("GET", device, ann_token).status, 200U);
    json::array looks = told(client, ann_token, "looked");
    ASSERT_EQ(looks.size(), 2U);
    EXPECT_EQ(looks[0].at("kind"), "device");
    EXPECT_EQ(looks[0].at("count"), 3);
    EXPECT_EQ(looks[0].at("actor"), "above");
    EXPECT_EQ(looks[0].at("from"), "above");
    EXPECT_TRUE(looks[0].at("seq").is_null());
    EXPECT_EQ(looks[1].at("kind"), "values");

    api.pass(std::chrono::minutes(1));
    looks = told(client, ann_token, "looked");
    ASSERT_EQ(looks.size(), 2U);
    EXPECT_FALSE(looks[0].at("seq").is_null());
}

TEST_F(AuditApi, refuses_a_look_that_cannot_be_recorded) {
    api.audit_limits.notes_max = 1;
    api.start();
    api.is_audit_held = true;
    const std::string device = "/api/v1/devices/" + api.wire(pump);
    EXPECT_EQ(api.request("GET", device, boss_token).status, 200U);
    EXPECT_EQ(api.request("GET", device, boss_token).status, 503U);
    EXPECT_EQ(api.request("GET", device, ann_token).status, 200U);
    const HttpResponse missing = api.request("GET", "/api/v1/devices/4242", ann_token);
    const HttpResponse unseen =
        api.request("GET", "/api/v1/devices/" + api.wire(hidden), ann_token);
    EXPECT_EQ(missing.status, 503U);
    EXPECT_EQ(missing.body, unseen.body);
    api.is_audit_held = false;
    EXPECT_EQ(told(client, boss_token, "looked").size(), 1U);
}

TEST_F(AuditApi, exports_lines_that_verify_though_much_of_them_is_hidden) {
    api.start();
    const std::string path = "/api/v1/orgs/" + api.wire(client) + "/roles/3/permissions";
    ASSERT_EQ(
        api.request("PUT", path, boss_token, R"({"permissions":["org_devices.view"]})").status,
        200U);
    const audit::Head saved = head(client, ann_token);
    const std::string own = exported(client, ann_token);
    const std::string above = exported(client, boss_token);
    EXPECT_GT(saved.seq, 0U);
    EXPECT_EQ(audit::verify(own, saved), (audit::Finding{{}, saved.seq}));
    EXPECT_EQ(audit::verify(above, saved), (audit::Finding{{}, saved.seq}));
    EXPECT_EQ(own.find("user/" + api.wire(boss) + "\""), std::string::npos);
    EXPECT_NE(above.find("user/" + api.wire(boss) + "\""), std::string::npos);
    EXPECT_EQ(own.find("org/" + api.wire(root) + "\""), std::string::npos);
}

TEST_F(AuditApi, proves_that_an_entry_leads_to_the_head) {
    api.start();
    const std::string target = "/api/v1/audit/2/proof?org=" + api.wire(client);
    json::object proof = object_of(api.request("GET", target, ann_token));
    const auto entry = audit::from_line(json::serialize(proof["entry"]));
    ASSERT_TRUE(entry);
    audit::Digest hash = audit::hash_of(entry->previous, entry->fields);
    EXPECT_EQ(hash, entry->hash);
    for (const json::value& next : proof["following"].as_array()) {
        const auto follower = audit::from_line(json::serialize(next));
        ASSERT_TRUE(follower);
        EXPECT_EQ(follower->previous, hash);
        EXPECT_EQ(value_of(*follower, "object"), nullptr);
        hash = audit::hash_of(follower->previous, follower->fields);
    }
    EXPECT_EQ(audit::to_hex(hash), proof["head"].at("hash").as_string());
    EXPECT_EQ(
        api.request("GET", "/api/v1/audit/999/proof?org=" + api.wire(client), ann_token).status,
        404U);
}

TEST_F(AuditApi, filters_by_actor_action_and_time) {
    api.start();
    const std::string base = chain_of(client) + "?limit=1000";
    EXPECT_EQ(items(base + "&action=create_device", ann_token).size(), 1U);
    EXPECT_EQ(items(base + "&action=sign_in&actor=" + api.wire(eve), ann_token).size(), 1U);
    EXPECT_TRUE(items(base + "&from=2099-01-01T00:00:00Z", ann_token).empty());
    EXPECT_FALSE(items(base + "&to=2099-01-01T00:00:00Z", ann_token).empty());
    const std::string turned = base + "&from=2099-01-01T00:00:00Z&to=2098-01-01T00:00:00Z";
    EXPECT_EQ(api.request("GET", turned, ann_token).status, 422U);
    EXPECT_EQ(api.request("GET", base + "&from=yesterday", ann_token).status, 400U);
}

TEST_F(AuditApi, shows_of_a_users_activity_only_chains_in_which_the_asker_may_follow_people) {
    api.builder.member(eve, sibling, role_admin);
    api.start();
    const std::string made = "/api/v1/orgs/" + api.wire(sibling) + "/devices";
    ASSERT_EQ(api.request("POST", made, eve_token, R"({"name":"elsewhere"})").status, 201U);
    const std::string target = "/api/v1/users/" + api.wire(eve) + "/activity";
    const auto actions = [&](const std::string& token) {
        std::string all;
        for (const json::value& item : items(target, token)) {
            all += std::string(item.at("action").as_string()) + " ";
        }
        return all;
    };
    EXPECT_EQ(actions(boss_token), "create_device sign_in ");
    EXPECT_EQ(actions(ann_token), "sign_in ");
    EXPECT_EQ(api.request("GET", "/api/v1/users/" + api.wire(boss) + "/activity", ann_token).status,
              404U);
}

TEST_F(AuditApi, explains_who_could_grant_what_is_missing_and_names_only_those_in_sight) {
    api.start();
    const std::string body =
        R"({"user":)" + api.wire(eve) + R"(,"device":)" + api.wire(pump) + R"(,"action":"delete"})";
    const auto granted_by = [&](const std::string& token) {
        return object_of(api.request("POST", "/api/v1/explain", token, body))["granted_by"];
    };
    EXPECT_EQ(json::serialize(granted_by(boss_token)),
              "[" + api.wire(boss) + "," + api.wire(ann) + "]");
    EXPECT_EQ(json::serialize(granted_by(ann_token)), R"(["above",)" + api.wire(ann) + "]");
    EXPECT_EQ(json::serialize(granted_by(eve_token)), R"(["above","outside"])");
}

}  // namespace
}  // namespace treeline
