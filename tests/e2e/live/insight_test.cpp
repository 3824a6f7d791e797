// Looking into a tree on a real server: looks of apps in the audit, the past across a restart,
// reads that wait for a revision.
#include <algorithm>
#include <map>
#include <thread>

#include <gtest/gtest.h>

#include "tests/support/live/app.hpp"
#include "tests/support/live/http.hpp"

namespace treeline::live {
namespace {

namespace json = boost::json;

// root ─ client, with an admin; a pump there.
struct Client {
    Tenant tenant;
    std::string boss, ann;
    std::uint64_t root = 0, org = 0, pump = 0;

    explicit Client(const Server& server) : tenant(server) {
        boss = tenant.sign_in(admin_email, admin_password);
        root = number_at(tenant.expect(200, "GET", "/orgs", boss).at("items").at(0), "id");
        org = tenant.org(boss, root, "client");
        tenant.user(boss, org, "ann@example.org", 1);
        ann = tenant.sign_in("ann@example.org", user_password);
        pump = tenant.device(boss, org, "pump").id;
    }
    json::value get(const std::string& path, const std::string& token) {
        return tenant.expect(200, "GET", path, token);
    }
    std::string device() const { return "/devices/" + std::to_string(pump); }
    void rename(const std::string& name) {
        tenant.expect(200, "PATCH", device(), boss, json::object{{"name", name}});
    }
};

TEST(LiveInsight, TEN_22_an_app_that_watches_from_above_stands_in_the_audit) {
    Server server({.shards = 2, .config = {}});
    server.start();
    Client client(server);
    App boss(server, client.boss);
    App ann(server, client.ann);
    EXPECT_EQ(boss.watch_subtree(client.root).status(), wire::OK);
    EXPECT_EQ(boss.read(client.pump).status(), wire::OK);
    EXPECT_EQ(ann.watch_subtree(client.org).status(), wire::OK);
    std::vector<std::string> looks;
    const auto audit =
        client.get("/orgs/" + std::to_string(client.org) + "/audit?action=look", client.ann);
    for (const json::value& entry : audit.at("items").as_array()) {
        EXPECT_EQ(entry.at("actor"), "above");
        looks.push_back(json::value_to<std::string>(entry.at("kind")) + " " +
                        json::value_to<std::string>(entry.at("object")));
    }
    std::ranges::sort(looks);
    EXPECT_EQ(looks, (std::vector<std::string>{"values device/" + std::to_string(client.pump),
                                               "watch org/" + std::to_string(client.org)}));
}

TEST(LiveInsight, what_an_app_is_denied_stands_in_the_audit_of_its_users_home) {
    Server server({.shards = 2, .config = {}});
    server.start();
    Client client(server);
    const std::uint64_t sibling = client.tenant.org(client.boss, client.root, "sibling");
    const std::uint64_t hidden = client.tenant.device(client.boss, sibling, "hidden").id;
    App ann(server, client.ann);
    EXPECT_EQ(ann.read(hidden).status(), wire::NOT_FOUND);
    EXPECT_EQ(ann.read(hidden).status(), wire::NOT_FOUND);
    EXPECT_EQ(ann.write(hidden + 1, 1, "on").status(), wire::NOT_FOUND);
    EXPECT_EQ(ann.watch_subtree(client.root).status(), wire::NOT_FOUND);
    std::map<std::string, std::uint64_t> denied;
    const auto audit =
        client.get("/orgs/" + std::to_string(client.org) + "/audit?limit=1000", client.ann);
    for (const json::value& entry : audit.at("items").as_array()) {
        if (entry.at("outcome") == "denied") {
            EXPECT_EQ(number_at(entry, "status"), 404U);
            denied[json::value_to<std::string>(entry.at("action")) + " " +
                   json::value_to<std::string>(entry.at("object"))] += number_at(entry, "count");
        }
    }
    EXPECT_EQ(denied, (std::map<std::string, std::uint64_t>{
                          {"app read device/" + std::to_string(hidden), 2},
                          {"app watch org/" + std::to_string(client.root), 1},
                          {"app write device/" + std::to_string(hidden + 1), 1}}));
}

TEST(LiveInsight, the_past_is_the_same_before_and_after_a_restart) {
    Server server({.shards = 2, .config = {}});
    server.start();
    Client client(server);
    const std::uint64_t first = number_at(client.get(client.device(), client.ann), "revision");
    client.rename("renamed");
    const std::string as_of = "?as_of=" + std::to_string(first);
    const std::string visible =
        "/visibility?device=" + std::to_string(client.pump) + "&at=" + std::to_string(first);
    const json::value devices = client.get("/devices" + as_of, client.ann);
    EXPECT_EQ(devices.at("items").at(0).at("name"), "pump");
    const json::value who = client.get(visible, client.boss);
    EXPECT_EQ(who.at("items").as_array().size(), 2U);
    EXPECT_EQ(server.stop(), 0);
    server.start();
    Tenant again(server);
    EXPECT_EQ(again.expect(200, "GET", "/devices" + as_of, client.ann), devices);
    EXPECT_EQ(again.expect(200, "GET", visible, client.boss), who);
    EXPECT_EQ(again.expect(200, "GET", "/devices", client.ann).at("items").at(0).at("name"),
              "renamed");
}

TEST(LiveInsight, a_read_waits_for_the_revision_that_another_connection_makes) {
    Server server({.shards = 2, .config = {}});
    server.start();
    Client client(server);
    const std::uint64_t now = number_at(client.get(client.device(), client.ann), "revision");
    const std::string ahead =
        "/api/v1" + client.device() + "?at_least_revision=" + std::to_string(now + 1);
    Http waiting(server);
    Answer found;
    std::thread reader([&] { found = waiting.request("GET", ahead, client.ann); });
    client.rename("renamed");
    reader.join();
    EXPECT_EQ(found.status, 200U) << found.body;
    EXPECT_EQ(found.json().at("name"), "renamed");
    const std::string never =
        "/api/v1" + client.device() + "?at_least_revision=" + std::to_string(now + 9);
    const Answer late = waiting.request("GET", never, client.ann);
    EXPECT_EQ(late.status, 503U);
    EXPECT_EQ(late.json().at("code"), "revision_ahead");
}

}  // namespace
}  // namespace treeline::live
