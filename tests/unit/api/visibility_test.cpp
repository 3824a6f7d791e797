// /visibility and its difference: who could what at a time, as far as the asker may know.
#include <algorithm>

#include <gtest/gtest.h>

#include "broker/api/format.hpp"
#include "tests/unit/api/api_harness.hpp"

namespace treeline {
namespace {

using Ids = std::vector<std::string>;

class Visibility : public ::testing::Test {
  protected:
    ApiHarness api;
    OrgId root = api.builder.root();
    UserId boss = api.builder.admin();
    OrgId client = api.builder.org(root, "client");
    OrgId sibling = api.builder.org(root, "sibling");
    UserId ann = api.builder.user(client, "ann", role_admin);
    UserId eve = api.builder.user(client, "eve");
    UserId sue = api.builder.user(sibling, "sue", role_admin);
    DeviceId pump = api.builder.device(client, "pump", eve);
    DeviceId guest = api.builder.device(sibling, "guest");
    std::string boss_token = api.sign_in(boss);
    std::string ann_token = api.sign_in(ann);
    std::string eve_token = api.sign_in(eve);

    void begin() {
        api.start();
        api.pass(Millis(1'000));
    }
    std::string time() const { return format_time(api.now().wall); }
    void change(const std::string& method, const std::string& target, const std::string& body) {
        api.pass(Millis(1'000));
        const HttpResponse response = api.request(method, "/api/v1" + target, boss_token, body);
        EXPECT_LT(response.status, 300U) << target << response.body;
        api.pass(Millis(1'000));
    }
    HttpResponse get(const std::string& rest, const std::string& token) {
        return api.request("GET", "/api/v1/visibility" + rest, token);
    }
    std::string of(DeviceId device) const { return "?device=" + api.wire(device); }
    std::string of(UserId user) const { return "?user=" + api.wire(user); }
    json::array items(const HttpResponse& response) {
        EXPECT_EQ(response.status, 200U) << response.body;
        const json::object list = object_of(response);
        EXPECT_EQ(list.at("total").to_number<std::size_t>(), list.at("items").as_array().size());
        return list.at("items").as_array();
    }
    Ids ids(const HttpResponse& response, const char* field) {
        Ids found;
        for (const json::value& item : items(response)) {
            found.push_back(json::serialize(item.at(field)));
        }
        return found;
    }
};

TEST_F(Visibility, tells_who_has_rights_on_a_device) {
    begin();
    EXPECT_EQ(ids(get(of(pump), boss_token), "user"),
              (Ids{api.wire(boss), api.wire(ann), api.wire(eve)}));
    const json::array rows = items(get(of(pump), ann_token));
    ASSERT_EQ(rows.size(), 2U);  // the boss above is not ann's to know
    EXPECT_EQ(json::serialize(rows[1].at("rights")),
              R"(["view","control","provision","edit","export","timeline_view"])");
    EXPECT_EQ(ids(get(of(pump), eve_token), "user"), Ids{api.wire(eve)});
}

TEST_F(Visibility, tells_what_a_user_has_rights_on) {
    begin();
    const json::array rows = items(get(of(ann), boss_token));
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(json::serialize(rows[0].at("device")), api.wire(pump));
    EXPECT_EQ(json::serialize(rows[0].at("org")), api.wire(client));
    EXPECT_EQ(ids(get(of(boss), boss_token), "device"), (Ids{api.wire(pump), api.wire(guest)}));
    EXPECT_EQ(ids(get(of(eve), eve_token), "device"), Ids{api.wire(pump)});
}

TEST_F(Visibility, of_a_time_is_cut_to_what_is_seen_now_and_stood_in_sight) {
    begin();
    const std::string before = "&at=" + time();
    change("POST", "/transfers",
           R"({"devices":[)" + api.wire(guest) + R"(],"to_org":)" + api.wire(client) + "}");
    EXPECT_EQ(ids(get(of(guest), ann_token), "user"), Ids{api.wire(ann)});
    EXPECT_EQ(ids(get(of(guest) + before, ann_token), "user"), Ids{});
    EXPECT_EQ(ids(get(of(guest) + before, boss_token), "user"),
              (Ids{api.wire(boss), api.wire(sue)}));
    EXPECT_EQ(ids(get(of(ann) + before, ann_token), "device"), Ids{api.wire(pump)});
}

TEST_F(Visibility, asks_a_period_at_that_time) {
    const UserId temp = api.builder.user(sibling, "temp");
    api.builder.member(temp, client, role_staff, api.builder.now + Millis(10'000),
                       api.builder.now + Millis(20'000));
    begin();
    api.pass(Millis(60'000));
    const auto at = [&](int ms) {
        return ids(get(of(pump) + "&at=" + format_time(api.builder.now + Millis(ms)), boss_token),
                   "user");
    };
    const Ids without{api.wire(boss), api.wire(ann), api.wire(eve)};
    const Ids with{api.wire(boss), api.wire(ann), api.wire(eve), api.wire(temp)};
    EXPECT_EQ(at(9'999), without);
    EXPECT_EQ(at(10'000), with);
    EXPECT_EQ(at(19'999), with);
    EXPECT_EQ(at(20'000), without);
}

TEST_F(Visibility, tells_the_difference_between_two_times) {
    begin();
    const std::string from = time();
    change("PUT", "/orgs/" + api.wire(client) + "/roles/3/permissions",
           R"({"permissions":["own_devices.view"]})");
    const std::string to = time();
    change("PUT", "/devices/" + api.wire(pump) + "/owner", R"({"owner":null})");
    const json::array rows =
        items(get("/diff" + of(pump) + "&from=" + from + "&to=" + to, ann_token));
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(json::serialize(rows[0].at("user")), api.wire(eve));
    EXPECT_EQ(json::serialize(rows[0].at("after")), R"(["view"])");
    EXPECT_EQ(rows[0].at("before").as_array().size(), 6U);
    const json::array till_now = items(get("/diff" + of(eve) + "&from=" + to, ann_token));
    ASSERT_EQ(till_now.size(), 1U);
    EXPECT_EQ(json::serialize(till_now[0]),
              R"({"device":)" + api.wire(pump) + R"(,"before":["view"],"after":[]})");
    EXPECT_EQ(items(get("/diff" + of(pump) + "&from=" + to + "&to=" + to, ann_token)).size(), 0U);
}

TEST_F(Visibility, REST_07_of_what_is_unseen_is_the_404_of_what_is_missing) {
    begin();
    const std::string before = "&at=" + time();
    change("PATCH", "/devices/" + api.wire(pump), R"({"name":"new"})");
    for (const std::string& rest : {std::string(), before, std::string("&at=1")}) {
        const HttpResponse missing = get("?device=77" + rest, ann_token);
        EXPECT_EQ(missing.status, 404U);
        EXPECT_EQ(essence_of(get(of(guest) + rest, ann_token)), essence_of(missing));
        EXPECT_EQ(essence_of(get(of(sue) + rest, ann_token)), essence_of(missing));
        EXPECT_EQ(essence_of(get(of(boss) + rest, ann_token)), essence_of(missing));
        EXPECT_EQ(essence_of(get(of(ann) + rest, eve_token)), essence_of(missing));
        EXPECT_EQ(essence_of(get("/diff" + of(guest) + "&from=1" + rest, ann_token)),
                  essence_of(missing));
    }
}

TEST_F(Visibility, refuses_what_it_cannot_read_or_what_cannot_be) {
    begin();
    const std::string future = format_time(api.now().wall + Millis(1));
    for (const std::string& rest :
         {std::string(""), std::string("?device=x"), of(pump) + "&user=" + api.wire(ann),
          of(pump) + "&at=then", of(pump) + "&as_of=1", "/diff" + of(pump)}) {
        EXPECT_EQ(get(rest, ann_token).status, 400U) << rest;
    }
    for (const std::string& rest :
         {of(pump) + "&at=" + future, "/diff" + of(pump) + "&from=1&to=" + future,
          "/diff" + of(pump) + "&from=" + time() + "&to=1"}) {
        EXPECT_EQ(get(rest, ann_token).status, 422U) << rest;
    }
    EXPECT_EQ(get(of(pump), "").status, 401U);
}

TEST_F(Visibility, REST_08_is_paged_and_counts_what_is_told) {
    begin();
    const HttpResponse first = get(of(pump) + "&limit=2", boss_token);
    const json::object list = object_of(first);
    EXPECT_EQ(list.at("items").as_array().size(), 2U);
    EXPECT_EQ(text_of(first, "total"), "3");
    const HttpResponse last =
        get(of(pump) + "&limit=2&cursor=" + text_of(first, "next_cursor"), boss_token);
    const json::object rest = object_of(last);
    ASSERT_EQ(rest.at("items").as_array().size(), 1U);
    EXPECT_EQ(json::serialize(rest.at("items").at(0).at("user")), api.wire(eve));
    EXPECT_EQ(text_of(last, "next_cursor"), "null");
}

TEST_F(Visibility, TEN_22_asked_from_above_is_a_look) {
    begin();
    ASSERT_EQ(get(of(pump), boss_token).status, 200U);
    ASSERT_EQ(get(of(ann), boss_token).status, 200U);
    ASSERT_EQ(api.request("GET", "/api/v1/devices", boss_token).status, 200U);
    const HttpResponse audit =
        api.request("GET", "/api/v1/orgs/" + api.wire(client) + "/audit?action=look", ann_token);
    Ids kinds;
    for (const json::value& item : items(audit)) {
        kinds.emplace_back(std::string(item.at("kind").as_string()) + " " +
                           std::string(item.at("object").as_string()));
    }
    std::ranges::sort(kinds);
    EXPECT_EQ(kinds, (Ids{"device device/" + api.wire(pump), "devices org/" + api.wire(client),
                          "user user/" + api.wire(ann)}));
}

}  // namespace
}  // namespace treeline
