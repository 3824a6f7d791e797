// A device's history, timeline and the history that an org kept: who reads which ownerships.
#include <gmock/gmock.h>

#include "tests/unit/api/api_harness.hpp"

namespace treeline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// a (boss, viewer) and b (chief) are below root; the lamp is in a.
struct HistoryApi : ApiHarness {
    OrgId root, a, b;
    DeviceId lamp;
    std::string top_token, boss_token, chief_token, viewer_token, blind_token;

    HistoryApi() {
        root = builder.root("root");
        a = builder.org(root, "a");
        b = builder.org(root, "b");
        lamp = builder.device(a, "lamp");
        builder.permissions(a, role_user, {Permission::org_devices_view});
        builder.permissions(b, role_user, {Permission::org_devices_view});
        top_token = sign_in(builder.admin());
        boss_token = sign_in(builder.user(a, "boss", role_admin));
        chief_token = sign_in(builder.user(b, "chief", role_admin));
        viewer_token = sign_in(builder.user(a, "viewer", role_user));
        const UserId blind = builder.user(a, "blind", role_staff);
        builder.permissions(a, role_staff, {Permission::org_settings});
        blind_token = sign_in(blind);
        start();
    }
    void store(std::uint64_t epoch, std::int64_t second, const std::string& bytes, Pin pin = 5) {
        const UnixTime at = from_unix_ms(1'700'000'000'000 + second * 1'000);
        write(encode_series_key({SeriesKind::values, lamp, epoch, pin, series_place(at, epoch)}),
              encode_stored_value({pin, bytes, at, Origin::device}));
    }
    void store_event(std::uint64_t epoch, std::int64_t second, const StoredEvent& event) {
        const UnixTime at = from_unix_ms(1'700'000'000'000 + second * 1'000);
        write(encode_series_key({SeriesKind::events, lamp, epoch, 0, series_place(at, 1)}),
              encode_stored_event(event));
    }
    void write(const std::string& key, const std::string& value) {
        ASSERT_TRUE(series.store->write({{key, value}}, storage::Durability::synced));
    }
    HttpResponse get(const std::string& path, const std::string& token, bool as_csv = false) {
        return request(
            "GET", "/api/v1/" + path, token, "",
            as_csv ? std::vector<std::pair<std::string, std::string>>{{"accept", "text/csv"}}
                   : std::vector<std::pair<std::string, std::string>>{});
    }
    std::string history(const std::string& more = "") {
        return "devices/" + wire(lamp) + "/history?pin=5" + more;
    }
    std::string kept(OrgId org) {
        return "orgs/" + wire(org) + "/devices/" + wire(lamp) + "/history?pin=5";
    }
    std::vector<std::string> values(const HttpResponse& response) {
        std::vector<std::string> found;
        const json::object object = object_of(response);
        if (const json::value* const items = object.if_contains("items")) {
            for (const json::value& item : items->get_array()) {
                found.emplace_back(item.at("values").at(0).get_string());
            }
        }
        return found;
    }
    void transfer(OrgId to, const std::string& mode) {
        const HttpResponse made =
            request("POST", "/api/v1/transfers", top_token,
                    R"({"devices":[)" + wire(lamp) + R"(],"to_org":)" + wire(to) +
                        R"(,"contract":{"history":")" + mode + R"("}})");
        EXPECT_EQ(made.status, 201U) << made.body;
    }
};

TEST(History, tells_what_a_pin_was_worth_by_pages) {
    HistoryApi api;
    api.store(1, 1, "one");
    api.store(1, 2, "two");
    api.store(1, 3, "three");
    api.store(1, 2, "other pin", 6);
    const HttpResponse all = api.get(api.history(), api.viewer_token);
    EXPECT_THAT(api.values(all), ElementsAre("one", "two", "three"));
    EXPECT_EQ(text_of(all, "total"), "3");
    EXPECT_EQ(text_of(all, "next_cursor"), "null");
    const HttpResponse first = api.get(api.history("&limit=2"), api.viewer_token);
    EXPECT_THAT(api.values(first), ElementsAre("one", "two"));
    EXPECT_EQ(text_of(first, "total"), "3");
    const HttpResponse rest =
        api.get(api.history("&limit=2&cursor=" + text_of(first, "next_cursor")), api.viewer_token);
    EXPECT_THAT(api.values(rest), ElementsAre("three"));
    const HttpResponse some = api.get(
        api.history("&from=2023-11-14T22:13:22.000Z&to=2023-11-14T22:13:23Z"), api.viewer_token);
    EXPECT_THAT(api.values(some), ElementsAre("two"));
}

TEST(History, is_read_by_those_who_may_and_looks_missing_to_the_others) {
    HistoryApi api;
    api.store(1, 1, "one");
    const HttpResponse unseen = api.get(api.history(), api.chief_token);
    EXPECT_EQ(unseen.status, 404U);
    EXPECT_EQ(essence_of(unseen), essence_of(api.get("devices/77/history?pin=5", api.chief_token)));
    EXPECT_EQ(api.get(api.history(), api.blind_token).status, 404U);
    const HttpResponse as_csv = api.get(api.history(), api.viewer_token, true);
    EXPECT_EQ(as_csv.status, 403U);
    EXPECT_EQ(text_of(as_csv, "missing_permission"), "org_devices.export");
}

TEST(History, is_a_file_for_those_who_may_export) {
    HistoryApi api;
    api.store(1, 1, "=1+1");
    const HttpResponse file = api.get(api.history(), api.boss_token, true);
    EXPECT_EQ(file.status, 200U);
    EXPECT_EQ(file.body, "at,pin,values\r\n2023-11-14T22:13:21.000Z,5,\"[\"\"=1+1\"\"]\"\r\n");
}

TEST(History, refuses_what_it_can_not_read) {
    HistoryApi api;
    const std::string path = "devices/" + api.wire(api.lamp) + "/history";
    for (const std::string query :
         {"", "?pin=256", "?pin=x", "?pin=5&cursor=x", "?pin=5&limit=1001"}) {
        EXPECT_EQ(api.get(path + query, api.viewer_token).status, 400U) << query;
    }
    api.series.is_full = true;
    EXPECT_EQ(api.get(api.history(), api.viewer_token).status, 503U);
}

TEST(History, REST_48_refuses_ranges_that_can_not_be) {
    HistoryApi api;
    for (const std::string list : {"/history?pin=5&", "/timeline?"}) {
        const std::string path = "devices/" + api.wire(api.lamp) + list;
        for (const std::string range :
             {"from=2024-01-02T00:00:00Z&to=2024-01-01T00:00:00Z",
              "from=292277026596-12-04T15:30:07Z", "to=292277026596-12-04T15:30:07Z",
              "from=1969-12-31T23:59:59Z", "from=2024-13-01T00:00:00Z", "from=9223372036854775807",
              "from=now", "to="}) {
            const HttpResponse refused = api.get(path + range, api.boss_token);
            EXPECT_EQ(refused.status, 422U) << path << range;
            EXPECT_EQ(code_of(refused), "invalid");
        }
    }
    EXPECT_EQ(api.get("devices/" + api.wire(api.lamp) + "/history?pin=5&from=now", api.chief_token)
                  .status,
              404U)
        << "to whom it is out of sight";
}

// As much as a pin keeps of one ownership (values.history_points and the quarter that trimming lets
// it run over), asked for from the first year to the last: no step asked for makes more of it.
TEST(History, REST_48_gives_a_thousand_points_at_most_of_the_longest_series_and_soon) {
    HistoryApi api;
    constexpr int points = 12'500;
    for (int at = 0; at < points; ++at) {
        api.store(1, at, std::to_string(at));
    }
    const std::int64_t begun_us = steady_micros();
    for (const std::string more : {"", "&step=1ns", "&limit=1000&step=1ns"}) {
        const HttpResponse page =
            api.get(api.history("&from=1970-01-01T00:00:00Z&to=9999-12-31T23:59:59.999Z" + more),
                    api.boss_token);
        EXPECT_EQ(text_of(page, "total"), std::to_string(points));
        EXPECT_EQ(api.values(page).size(), more.starts_with("&limit") ? 1'000U : 50U);
    }
    const HttpResponse file = api.get(api.history(), api.boss_token, true);
    EXPECT_EQ(std::ranges::count(file.body, '\n'), 1'001);
    EXPECT_LT(steady_micros() - begun_us, 4 * 2'000'000) << "four answers";
}

TEST(History, XFR_13_goes_along_with_move_and_starts_empty_after_cut) {
    HistoryApi api;
    api.store(1, 1, "in a");
    api.transfer(api.b, "move");
    api.store(2, 2, "in b");
    EXPECT_THAT(api.values(api.get(api.history(), api.chief_token)), ElementsAre("in a", "in b"));
    EXPECT_EQ(api.get(api.history(), api.boss_token).status, 404U);
    EXPECT_EQ(api.get(api.kept(api.a), api.boss_token).status, 404U);
    api.transfer(api.a, "cut");
    api.store(3, 3, "in a again");
    EXPECT_THAT(api.values(api.get(api.history(), api.boss_token)), ElementsAre("in a again"));
    EXPECT_THAT(api.values(api.get(api.history(), api.top_token)), ElementsAre("in a again"));
    EXPECT_EQ(api.get(api.kept(api.b), api.chief_token).status, 404U);
}

TEST(History, XFR_13_that_was_kept_is_read_by_the_old_org_and_nobody_else) {
    HistoryApi api;
    api.store(1, 1, "in a");
    api.transfer(api.b, "keep");
    api.store(2, 2, "in b");
    EXPECT_THAT(api.values(api.get(api.history(), api.chief_token)), ElementsAre("in b"));
    EXPECT_EQ(api.get(api.history(), api.boss_token).status, 404U);
    for (const std::string& token : {api.boss_token, api.viewer_token, api.top_token}) {
        EXPECT_THAT(api.values(api.get(api.kept(api.a), token)), ElementsAre("in a"));
    }
    EXPECT_EQ(api.get(api.kept(api.a), api.chief_token).status, 404U);
    EXPECT_EQ(api.get(api.kept(api.b), api.chief_token).status, 404U);
    EXPECT_EQ(api.get(api.kept(api.a), api.blind_token).status, 404U);
    const HttpResponse missing =
        api.get("orgs/" + api.wire(api.a) + "/devices/77/history?pin=5", api.boss_token);
    EXPECT_EQ(essence_of(missing), essence_of(api.get(api.kept(api.b), api.boss_token)));
    EXPECT_EQ(api.get(api.kept(api.a), api.viewer_token, true).status, 403U);
    EXPECT_THAT(api.get(api.kept(api.a), api.boss_token, true).body, HasSubstr("in a"));
}

TEST(History, XFR_13_kept_twice_shows_both_stays_and_nothing_between) {
    HistoryApi api;
    api.store(1, 1, "first stay");
    api.transfer(api.b, "keep");
    api.store(2, 2, "in b");
    api.transfer(api.a, "cut");
    api.store(3, 3, "second stay");
    api.transfer(api.b, "keep");
    EXPECT_THAT(api.values(api.get(api.kept(api.a), api.boss_token)),
                ElementsAre("first stay", "second stay"));
}

TEST(History, XFR_13_cut_while_it_is_read_is_not_shown) {
    HistoryApi api;
    api.store(1, 1, "before");
    api.series.meanwhile = [&api] {
        std::vector<HttpResponse> answers;
        api.ask("POST", "/api/v1/transfers", api.top_token,
                R"({"devices":[)" + api.wire(api.lamp) + R"(],"to_org":)" + api.wire(api.b) +
                    R"(,"contract":{"history":"cut"}})",
                answers);
        api.until([&] { return !answers.empty(); });
        EXPECT_EQ(answers.front().status, 201U);
    };
    EXPECT_THAT(api.values(api.get(api.history(), api.top_token)), IsEmpty());
}

TEST(History, a_look_from_above_is_recorded_where_it_was_kept_too) {
    HistoryApi api;
    api.store(1, 1, "in a");
    EXPECT_EQ(api.get(api.history(), api.top_token).status, 200U);
    const std::string audit = "orgs/" + api.wire(api.a) + "/audit?limit=1000";
    EXPECT_THAT(api.get(audit, api.boss_token).body, HasSubstr("\"values\""));
}

TEST(Timeline, tells_what_the_device_has_logged_to_those_who_may_see_it) {
    HistoryApi api;
    api.store_event(1, 1, {"boot", "cold start", false});
    api.store_event(1, 2, {"boot", "", true});
    const std::string path = "devices/" + api.wire(api.lamp) + "/timeline";
    const HttpResponse seen = api.get(path, api.boss_token);
    EXPECT_THAT(seen.body, HasSubstr(R"("code":"boot","text":"cold start","cleared":false)"));
    EXPECT_EQ(text_of(seen, "total"), "2");
    EXPECT_EQ(text_of(api.get(path, api.viewer_token), "missing_permission"),
              "org_devices.timeline_view");
    EXPECT_EQ(api.get(path, api.chief_token).status, 404U);
    api.transfer(api.b, "cut");
    EXPECT_EQ(text_of(api.get(path, api.chief_token), "total"), "0");
}

}  // namespace
}  // namespace treeline
