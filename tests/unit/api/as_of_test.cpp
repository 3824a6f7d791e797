// Lists as they were, at a time or a revision: cut to what the asker may see now.
#include <algorithm>

#include <gtest/gtest.h>

#include "broker/api/format.hpp"
#include "tests/unit/api/api_harness.hpp"

namespace treeline {
namespace {

using Words = std::vector<std::string>;

// A root with a boss, two clients below it, an admin in the first; each change a second after the
// one before.
class AsOf : public ::testing::Test {
  protected:
    ApiHarness api;
    OrgId root = api.builder.root();
    UserId boss = api.builder.admin();
    OrgId client = api.builder.org(root, "client");
    OrgId sibling = api.builder.org(root, "sibling");
    UserId ann = api.builder.user(client, "ann", role_admin);
    UserId eve = api.builder.user(client, "eve");
    DeviceId pump = api.builder.device(client, "pump", eve);
    DeviceId guest = api.builder.device(sibling, "guest");
    std::string boss_token = api.sign_in(boss);
    std::string ann_token = api.sign_in(ann);
    std::string eve_token = api.sign_in(eve);

    void begin() {
        api.start();
        api.pass(Millis(1'000));
    }
    std::uint64_t revision() const { return api.directory().tree_revision(root); }
    std::string time() const { return format_time(api.now().wall); }
    // A second passes, a change, a second passes; the revision that it made.
    std::uint64_t change(const std::string& method, const std::string& target,
                         const std::string& body) {
        api.pass(Millis(1'000));
        const HttpResponse response = api.request(method, "/api/v1" + target, boss_token, body);
        EXPECT_LT(response.status, 300U) << target << response.body;
        api.pass(Millis(1'000));
        return revision();
    }
    void rename(const std::string& name) {
        change("PATCH", "/devices/" + api.wire(pump), R"({"name":")" + name + "\"}");
    }
    void transfer(DeviceId device, OrgId to) {
        change("POST", "/transfers",
               R"({"devices":[)" + api.wire(device) + R"(],"to_org":)" + api.wire(to) + "}");
    }
    HttpResponse get(const std::string& target, const std::string& token,
                     const std::string& as_of) {
        const char* const mark = target.find('?') == std::string::npos ? "?" : "&";
        return api.request("GET", "/api/v1" + target + mark + "as_of=" + as_of, token);
    }
    Words of(const HttpResponse& response, const char* field = "name") {
        Words found;
        EXPECT_EQ(response.status, 200U) << response.body;
        const json::object list = object_of(response);
        for (const json::value& item : list.at("items").as_array()) {
            const json::value& value = item.at(field);
            found.push_back(value.is_string() ? std::string(value.as_string())
                                              : json::serialize(value));
        }
        EXPECT_EQ(list.at("total").to_number<std::size_t>(), found.size());
        return found;
    }
    std::string org_path(OrgId id) const { return "/api/v1/orgs/" + api.wire(id); }
    std::string org(OrgId id, const std::string& list) const {
        return "/orgs/" + api.wire(id) + list;
    }
};

TEST_F(AsOf, shows_devices_by_a_time_and_by_a_revision) {
    begin();
    const std::string before = time();
    const std::uint64_t first = revision();
    rename("new");
    const std::string between = time();
    rename("newer");
    EXPECT_EQ(of(get("/devices", ann_token, before)), Words{"pump"});
    EXPECT_EQ(of(get("/devices", ann_token, between)), Words{"new"});
    EXPECT_EQ(of(get("/devices", ann_token, time())), Words{"newer"});
    EXPECT_EQ(of(get(org(client, "/devices"), ann_token, std::to_string(first))), Words{"pump"});
    EXPECT_EQ(of(get("/devices?q=new", ann_token, before)), Words{});
    const HttpResponse past = get("/devices", ann_token, std::to_string(first + 1));
    EXPECT_EQ(of(past), Words{"new"});
    EXPECT_EQ(text_of(past, "revision"), std::to_string(first + 1));
    EXPECT_EQ(header_of(past, "Treeline-Revision"), std::to_string(first + 1));
    EXPECT_EQ(of(past, "online"), Words{"null"});
}

TEST_F(AsOf, now_is_the_list_of_now_and_costs_no_replay) {
    begin();
    const std::string now = std::to_string(revision());
    for (const std::string& list :
         {std::string("/orgs"), org(client, "/subtree"), org(client, "/users"),
          org(client, "/memberships"), org(client, "/roles"), org(client, "/invitations"),
          std::string("/transfers")}) {
        EXPECT_EQ(get(list, boss_token, now).body,
                  api.request("GET", "/api/v1" + list, boss_token).body)
            << list;
    }
    EXPECT_EQ(of(get("/devices", boss_token, now)), (Words{"pump", "guest"}));
    EXPECT_EQ(api.past().asked, 0U);
}

TEST_F(AsOf, shows_a_device_only_where_it_stood_in_sight) {
    begin();
    const std::string before = time();
    transfer(guest, client);
    EXPECT_EQ(of(get("/devices", ann_token, time())), (Words{"pump", "guest"}));
    EXPECT_EQ(of(get("/devices", ann_token, before)), Words{"pump"});
    EXPECT_EQ(of(get("/devices?org=" + api.wire(sibling), ann_token, before)), Words{});
    EXPECT_EQ(of(get("/devices", boss_token, before)), (Words{"pump", "guest"}));
}

TEST_F(AsOf, shows_nothing_that_the_asker_may_not_see_now) {
    begin();
    const std::string before = time();
    transfer(pump, sibling);
    EXPECT_EQ(of(get("/devices", ann_token, before)), Words{});
    EXPECT_EQ(of(get("/devices", eve_token, before)), Words{});
    change("DELETE", "/devices/" + api.wire(guest), "");
    EXPECT_EQ(of(get("/devices", boss_token, before)), Words{"pump"});
}

TEST_F(AsOf, names_an_owner_of_the_past_only_to_those_who_see_him) {
    begin();
    const std::string before = time();
    change("PUT", "/devices/" + api.wire(pump) + "/owner", R"({"owner":)" + api.wire(ann) + "}");
    EXPECT_EQ(of(get("/devices", ann_token, before), "owner"), Words{api.wire(eve)});
    EXPECT_EQ(of(get("/devices?owner=" + api.wire(eve), ann_token, before)), Words{"pump"});
    change("DELETE", "/memberships/" + api.wire(api.builder.home(eve)), "");
    EXPECT_EQ(of(get("/devices", ann_token, before), "owner"), Words{"outside"});
    EXPECT_EQ(of(get("/devices?owner=" + api.wire(eve), ann_token, before)), Words{});
}

TEST_F(AsOf, shows_orgs_users_and_memberships_of_then_that_are_still_in_sight) {
    begin();
    const std::string before = time();
    change("POST", org(client, "/users"),
           R"({"email":"new@example.com","name":"New","role":3,"password":"12345678"})");
    change("POST", "/orgs", R"({"name":"branch","parent":)" + api.wire(client) + "}");
    change("PATCH", org(client, ""), R"({"name":"renamed"})");
    EXPECT_EQ(of(get(org(client, "/users"), ann_token, before)), (Words{"ann", "eve"}));
    EXPECT_EQ(of(get(org(client, "/users"), ann_token, time())), (Words{"ann", "eve", "New"}));
    EXPECT_EQ(of(get("/orgs", ann_token, before)), Words{"client"});
    EXPECT_EQ(of(get(org(client, "/subtree"), ann_token, time())), (Words{"renamed", "branch"}));
    EXPECT_EQ(of(get(org(client, "/memberships"), ann_token, before), "user"),
              (Words{api.wire(ann), api.wire(eve)}));
    change("DELETE", "/memberships/" + api.wire(api.builder.home(eve)), "");
    EXPECT_EQ(of(get(org(client, "/users"), ann_token, before)), Words{"ann"});
    EXPECT_EQ(of(get(org(client, "/memberships"), ann_token, before), "user"),
              Words{api.wire(ann)});
}

TEST_F(AsOf, shows_roles_with_the_sets_of_then) {
    begin();
    const std::string before = time();
    change("PUT", org(client, "/roles/3/permissions"), R"({"permissions":["own_devices.view"]})");
    const std::string now = of(get(org(client, "/roles"), ann_token, time()), "permissions")[2];
    const std::string then = of(get(org(client, "/roles"), ann_token, before), "permissions")[2];
    EXPECT_EQ(now, R"(["own_devices.view"])");
    EXPECT_NE(then, now);
}

TEST_F(AsOf, shows_the_invitations_that_waited_then) {
    begin();
    const std::string before = time();
    change("POST", org(client, "/invitations"), R"({"email":"new@example.com","role":3})");
    const std::string waiting = time();
    const std::uint64_t sent = revision();
    const std::string list = org(client, "/invitations");
    const std::string id = of(get(list, ann_token, waiting), "id").at(0);
    change("DELETE", list + "/" + id, "");
    EXPECT_EQ(of(get(list, ann_token, before)), Words{});
    EXPECT_EQ(of(get(list, ann_token, waiting), "email"), Words{"new@example.com"});
    EXPECT_EQ(of(get(list, ann_token, std::to_string(sent)), "email"), Words{"new@example.com"});
    EXPECT_EQ(text_of(get(list, ann_token, std::to_string(sent)), "revision"),
              std::to_string(sent));
    EXPECT_EQ(of(get(list, ann_token, time())), Words{});
    EXPECT_EQ(get(list, eve_token, waiting).status, 403U);
}

TEST_F(AsOf, shows_an_audit_up_to_a_time_or_a_revision) {
    begin();
    rename("new");
    const std::string between = time();
    const std::uint64_t first = revision();
    api.pass(Millis(1));
    EXPECT_EQ(api.request("GET", org_path(sibling), ann_token).status, 404U);
    rename("newer");
    const std::string list = org(client, "/audit");
    const Words by_time = of(get(list, ann_token, between), "action");
    EXPECT_EQ(by_time.front(), "patch_device");
    EXPECT_EQ(of(get(list + "?action=patch_device", ann_token, between), "action").size(), 1U);
    EXPECT_EQ(of(get(list + "?action=patch_device", ann_token, time()), "action").size(), 2U);
    EXPECT_EQ(
        of(get(list + "?action=patch_device", ann_token, std::to_string(first)), "tree_revision"),
        Words{std::to_string(first)});
    // What was denied while that revision was the newest is of it, though it came later.
    const Words by_revision = of(get(list, ann_token, std::to_string(first)), "outcome");
    EXPECT_EQ(by_revision.front(), "denied");
    EXPECT_EQ(by_revision.size(), by_time.size() + 1);
    EXPECT_EQ(text_of(get(list, ann_token, between), "revision"), std::to_string(first));
    EXPECT_EQ(get(list, eve_token, between).status, 403U);
}

TEST_F(AsOf, exports_a_chain_that_verifies_up_to_a_revision) {
    begin();
    rename("new");
    const std::uint64_t first = revision();
    rename("newer");
    const auto lines = [&](const std::string& as_of) {
        return api.request("GET", "/api/v1" + org(client, "/audit") + as_of, ann_token, "",
                           {{"accept", "application/x-ndjson"}});
    };
    const HttpResponse then = lines("?as_of=" + std::to_string(first));
    ASSERT_EQ(then.status, 200U) << then.body;
    EXPECT_EQ(header_of(then, "Treeline-Revision"), std::to_string(first));
    const std::string now = lines("").body;
    EXPECT_TRUE(now.starts_with(then.body));
    EXPECT_EQ(std::ranges::count(now, '\n'), std::ranges::count(then.body, '\n') + 1);
    EXPECT_EQ(lines("?as_of=" + std::to_string(first + 9)).status, 422U);
}

TEST_F(AsOf, of_what_cannot_be_is_422_and_of_what_is_no_instant_400) {
    begin();
    const std::string future = format_time(api.now().wall + Millis(1));
    const std::string before = format_time(api.builder.now - Millis(1));
    for (const std::string& as_of : {future, before, std::to_string(revision() + 1)}) {
        EXPECT_EQ(get("/devices", ann_token, as_of).status, 422U) << as_of;
        EXPECT_EQ(get(org(client, "/users"), eve_token, as_of).status, 403U);
        EXPECT_EQ(get(org(client, "/users"), ann_token, as_of).status, 422U);
    }
    for (const char* as_of : {"yesterday", "0", "-1", "", "2026-13-01T00:00:00Z"}) {
        EXPECT_EQ(get("/devices", ann_token, as_of).status, 400U) << as_of;
    }
    EXPECT_EQ(get("/users/" + api.wire(eve) + "/sessions", boss_token, time()).status, 400U);
    EXPECT_EQ(api.past().asked, 0U);
}

TEST_F(AsOf, REST_07_of_an_unseen_org_is_the_404_of_a_missing_one_and_looks_nothing_up) {
    begin();
    const std::string before = time();
    rename("new");
    api.past().is_full = true;
    for (const std::string& as_of : {before, std::to_string(1), format_time(UnixTime{})}) {
        for (const char* list : {"/users", "/devices", "/memberships", "/roles", "/subtree",
                                 "/invitations", "/audit"}) {
            const HttpResponse missing = get("/orgs/77" + std::string(list), ann_token, as_of);
            EXPECT_EQ(missing.status, 404U);
            EXPECT_EQ(essence_of(get(org(sibling, list), ann_token, as_of)), essence_of(missing));
            EXPECT_EQ(essence_of(get(org(root, list), ann_token, as_of)), essence_of(missing));
        }
    }
}

TEST_F(AsOf, is_503_with_retry_after_where_the_past_is_busy_or_unreadable) {
    begin();
    const std::string before = time();
    rename("new");
    api.past().is_full = true;
    const HttpResponse full = get("/devices", ann_token, before);
    EXPECT_EQ(full.status, 503U);
    EXPECT_EQ(header_of(full, "Retry-After"), "1");
    api.past().is_full = false;
    api.past().is_broken = true;
    EXPECT_EQ(get("/devices", ann_token, before).status, 503U);
}

TEST_F(AsOf, a_token_that_dies_while_the_past_is_found_is_401) {
    const std::string dying = api.sign_in(ann);
    begin();
    const std::string before = time();
    rename("new");
    api.past().is_held = true;
    const auto answer = api.begin("/api/v1/devices?as_of=" + before, dying);
    ASSERT_EQ(api.request("DELETE", "/api/v1/sessions/current", dying).status, 200U);
    EXPECT_FALSE(answer->has_value());
    api.past().release();
    api.turn();
    ASSERT_TRUE(answer->has_value());
    EXPECT_EQ((*answer)->status, 401U);
}

TEST_F(AsOf, a_right_that_ends_while_the_past_is_found_shows_nothing) {
    begin();
    const std::string before = time();
    rename("new");
    api.past().is_held = true;
    const auto answer = api.begin("/api/v1/devices?as_of=" + before, ann_token);
    transfer(pump, sibling);
    api.past().release();
    for (int turn = 0; turn < 3; ++turn) {
        api.turn();
    }
    ASSERT_TRUE(answer->has_value());
    EXPECT_EQ(of(**answer), Words{});
}

TEST_F(AsOf, pages_by_a_revision_while_the_tree_moves_on) {
    for (int i = 0; i < 5; ++i) {
        api.builder.device(client, "d" + std::to_string(i));
    }
    begin();
    const std::string as_of = std::to_string(revision());
    Words names;
    std::string cursor;
    for (int page = 0; page < 10 && cursor != "&cursor=null"; ++page) {
        const json::object list = object_of(get("/devices?limit=2" + cursor, ann_token, as_of));
        for (const json::value& item : list.at("items").as_array()) {
            names.emplace_back(item.at("name").as_string());
        }
        const json::value& next = list.at("next_cursor");
        cursor = "&cursor=" + (next.is_null() ? "null" : std::string(next.as_string()));
        rename("moved " + std::to_string(page));
    }
    EXPECT_EQ(names, (Words{"pump", "d0", "d1", "d2", "d3", "d4"}));
}

TEST_F(AsOf, waits_for_a_revision_in_the_present) {
    begin();
    const std::string before = time();
    rename("new");
    EXPECT_EQ(
        get("/devices?at_least_revision=" + std::to_string(revision()), ann_token, before).status,
        200U);
    const auto late = api.begin(
        "/api/v1/devices?as_of=" + before + "&at_least_revision=" + std::to_string(revision() + 1),
        ann_token);
    api.turn();
    EXPECT_FALSE(late->has_value());
    rename("newer");
    ASSERT_TRUE(late->has_value());
    EXPECT_EQ(of(**late), Words{"pump"});
}

}  // namespace
}  // namespace treeline
