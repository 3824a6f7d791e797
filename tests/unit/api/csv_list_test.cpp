// Lists as text/csv: who gets one, which rows it holds, and that its cells are safe.
#include "broker/api/csv_list.hpp"

#include <sstream>

#include <gtest/gtest.h>

#include "broker/api/accept.hpp"
#include "proto/csv.hpp"
#include "tests/unit/api/api_harness.hpp"

namespace treeline {
namespace {

using Cells = std::vector<std::string>;

// A root with a boss; a client below it: an admin, a clerk who may see people, and a plain user.
class CsvLists : public ::testing::Test {
  protected:
    ApiHarness api;
    OrgId root = api.builder.root();
    UserId boss = api.builder.admin();
    OrgId client = api.builder.org(root, "client");
    OrgId sibling = api.builder.org(root, "sibling");
    UserId ann = api.builder.user(client, "ann", role_admin);
    UserId sam = api.builder.user(client, "sam", role_staff);
    UserId eve = api.builder.user(client, "eve");
    DeviceId pump = api.builder.device(client, "=pump", eve);
    DeviceId lamp = api.builder.device(client, "lamp, \"blue\"");
    DeviceId hidden = api.builder.device(sibling, "hidden");
    std::string boss_token = api.sign_in(boss);
    std::string ann_token = api.sign_in(ann);
    std::string sam_token = api.sign_in(sam);
    std::string eve_token = api.sign_in(eve);

    std::string of(OrgId org, const std::string& list) const {
        return "/api/v1/orgs/" + api.wire(org) + list;
    }
    HttpResponse get(const std::string& target, const std::string& token,
                     const std::string& accept = "text/csv") {
        return api.request("GET", target, token, "", {{"accept", accept}});
    }
    // The column's cells, without its name.
    Cells column(const HttpResponse& response, const std::string& name) {
        Cells cells;
        const auto rows = csv::parse(response.body, {.cell_size_bytes_max = 1 << 16});
        EXPECT_TRUE(rows.has_value() && !rows->empty()) << response.body;
        const auto& head = rows->front().cells;
        const auto at = std::find(head.begin(), head.end(), name) - head.begin();
        for (std::size_t i = 1; i < rows->size(); ++i) {
            EXPECT_EQ((*rows)[i].cells.size(), head.size());
            cells.push_back((*rows)[i].cells.at(static_cast<std::size_t>(at)));
        }
        return cells;
    }
};

TEST_F(CsvLists, REST_43_of_devices_have_safe_cells_and_a_header) {
    api.start();
    const HttpResponse response = get(of(client, "/devices"), ann_token);
    ASSERT_EQ(response.status, 200U);
    EXPECT_EQ(header_of(response, "Content-Type"), "text/csv; charset=utf-8; header=present");
    EXPECT_EQ(header_of(response, "Content-Disposition"), "attachment; filename=\"devices.csv\"");
    EXPECT_EQ(header_of(response, "X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(header_of(response, "Treeline-Next-Cursor"), "(absent)");
    EXPECT_TRUE(response.body.starts_with("id,org,owner,name,online,"));
    EXPECT_NE(response.body.find(",\"'=pump\","), std::string::npos);
    EXPECT_EQ(column(response, "name"), (Cells{"'=pump", "lamp, \"blue\""}));
    EXPECT_EQ(column(response, "owner"), (Cells{api.wire(eve), ""}));
    EXPECT_EQ(column(response, "online"), (Cells{"false", "false"}));
}

TEST_F(CsvLists, hold_only_devices_that_the_caller_may_export) {
    api.builder.permissions(client, role_user, {Permission::own_devices_view});
    api.builder.permissions(client, role_staff,
                            {Permission::org_devices_view, Permission::own_devices_view,
                             Permission::own_devices_export});
    const DeviceId own = api.builder.device(client, "own", sam);
    api.start();
    EXPECT_EQ(column(get("/api/v1/devices", eve_token), "id"), Cells{});
    EXPECT_EQ(text_of(get("/api/v1/devices", eve_token, "*/*"), "total"), "1");
    EXPECT_EQ(column(get("/api/v1/devices", sam_token), "id"), Cells{api.wire(own)});
    EXPECT_EQ(column(get(of(client, "/devices"), sam_token), "id"), Cells{api.wire(own)});
}

TEST_F(CsvLists, REST_08_hold_only_visible_rows) {
    api.start();
    EXPECT_EQ(column(get("/api/v1/devices", eve_token), "id"), Cells{api.wire(pump)});
    EXPECT_EQ(column(get("/api/v1/devices", boss_token), "name"),
              (Cells{"'=pump", "lamp, \"blue\"", "hidden"}));
    EXPECT_EQ(column(get("/api/v1/devices?org=" + api.wire(sibling), ann_token), "id"), Cells{});
}

TEST_F(CsvLists, REST_07_of_an_unseen_org_are_the_404_of_a_missing_one) {
    api.start();
    for (const char* list : {"/users", "/devices", "/audit"}) {
        const HttpResponse missing = get("/api/v1/orgs/77" + std::string(list), ann_token);
        EXPECT_EQ(missing.status, 404U);
        EXPECT_EQ(essence_of(get(of(root, list), ann_token)), essence_of(missing));
        EXPECT_EQ(essence_of(get(of(sibling, list), ann_token)), essence_of(missing));
        EXPECT_EQ(get(of(client, list), "").status, 401U);
    }
}

TEST_F(CsvLists, of_users_need_users_export_beside_users_view) {
    api.start();
    const HttpResponse all = get(of(client, "/users"), ann_token);
    ASSERT_EQ(all.status, 200U);
    EXPECT_EQ(column(all, "id"), (Cells{api.wire(ann), api.wire(sam), api.wire(eve)}));
    EXPECT_EQ(all.body.find("password"), std::string::npos);
    const HttpResponse staff = get(of(client, "/users"), sam_token);
    EXPECT_EQ(staff.status, 403U);
    EXPECT_EQ(header_of(staff, "Content-Type"), "application/problem+json");
    EXPECT_EQ(text_of(staff, "missing_permission"), "users.export");
    EXPECT_EQ(get(of(client, "/users"), sam_token, "application/json").status, 200U);
    EXPECT_EQ(text_of(get(of(client, "/users"), eve_token), "missing_permission"), "users.view");
}

TEST_F(CsvLists, hide_what_the_json_hides) {
    api.start();
    ASSERT_EQ(get("/api/v1/devices/" + api.wire(pump), boss_token).status, 200U);
    const HttpResponse json = get(of(client, "/audit") + "?limit=1000", ann_token, "*/*");
    const HttpResponse file = get(of(client, "/audit"), ann_token);
    ASSERT_EQ(file.status, 200U);
    Cells actors;
    const json::object list = object_of(json);
    for (const json::value& item : list.at("items").as_array()) {
        const json::value& actor = item.at("actor");
        actors.push_back(actor.is_string() ? std::string(actor.as_string())
                                           : json::serialize(actor));
    }
    EXPECT_EQ(column(file, "actor"), actors);
    EXPECT_NE(std::find(actors.begin(), actors.end(), "above"), actors.end());
    EXPECT_EQ(get(of(client, "/audit"), eve_token).status, 403U);
}

TEST_F(CsvLists, say_where_the_next_page_begins) {
    api.start();
    Cells names;
    std::string cursor;
    for (int page = 0; page < 4 && cursor != "&cursor=(absent)"; ++page) {
        const HttpResponse response = get("/api/v1/devices?limit=1" + cursor, boss_token);
        for (const std::string& name : column(response, "name")) {
            names.push_back(name);
        }
        cursor = "&cursor=" + header_of(response, "Treeline-Next-Cursor");
    }
    EXPECT_EQ(names, (Cells{"'=pump", "lamp, \"blue\"", "hidden"}));
}

TEST_F(CsvLists, come_whole_where_no_limit_is_asked_for) {
    for (int i = 0; i < 60; ++i) {
        api.builder.device(client, "more " + std::to_string(i));
    }
    api.start();
    EXPECT_EQ(column(get(of(client, "/devices"), ann_token), "id").size(), 62U);
}

TEST_F(CsvLists, are_json_for_every_other_accept) {
    api.start();
    for (const char* accept :
         {"", "*/*", "application/json", "text/html", "application/xml", "text/csv;q=0",
          "text/csv;q=0.5, application/json", "text/csvx", "application/json, text/plain, */*"}) {
        const HttpResponse response = get("/api/v1/devices", ann_token, accept);
        EXPECT_EQ(response.status, 200U) << accept;
        EXPECT_EQ(header_of(response, "Content-Type"), "application/json") << accept;
    }
    for (const char* accept : {"text/csv", "TEXT/CSV; charset=utf-8", "text/*", "text/csv, */*",
                               "application/json;q=0.9 , text/csv", "text/html,text/csv;q=0.3"}) {
        const HttpResponse response = get("/api/v1/devices", ann_token, accept);
        EXPECT_TRUE(header_of(response, "Content-Type").starts_with("text/csv")) << accept;
    }
    EXPECT_EQ(header_of(get("/api/v1/orgs", ann_token), "Content-Type"), "application/json");
}

TEST_F(CsvLists, TEN_22_taken_from_above_are_looks) {
    api.start();
    ASSERT_EQ(get(of(client, "/users"), boss_token).status, 200U);
    const HttpResponse audit = get(of(client, "/audit"), ann_token);
    const Cells outcomes = column(audit, "outcome");
    ASSERT_EQ(outcomes.front(), "looked");
    EXPECT_EQ(column(audit, "actor").front(), "above");
}

TEST(CsvRoutes, name_fields_of_their_shape_and_a_permission) {
    std::size_t found = 0;
    for (const Route& route : routes()) {
        if (route.csv.empty()) {
            continue;
        }
        ++found;
        EXPECT_TRUE(route.is_list) << route.pattern;
        std::istringstream columns{std::string(route.csv)};
        for (std::string column; columns >> column;) {
            EXPECT_NE(route.answer->field(column), nullptr) << route.pattern << ' ' << column;
        }
        EXPECT_TRUE(permission_named(route.csv_permission) ||
                    device_right_named(route.csv_permission));
    }
    EXPECT_EQ(found, 7U);
}

}  // namespace
}  // namespace treeline
