// A push on a real server: how many live sessions it cuts, foretold and as it comes.
#include <gtest/gtest.h>

#include "tests/support/live/app.hpp"
#include "tests/support/live/http.hpp"

namespace treeline::live {
namespace {

namespace json = boost::json;

// root ─ client ─ branch; a lamp and two staff in the branch, of whom all may see it.
struct Town {
    Tenant tenant;
    std::string boss;
    std::uint64_t root = 0, client = 0, branch = 0, lamp = 0;

    explicit Town(const Server& server) : tenant(server) {
        boss = tenant.sign_in(admin_email, admin_password);
        root = number_at(tenant.expect(200, "GET", "/orgs", boss).at("items").at(0), "id");
        client = tenant.org(boss, root, "client");
        branch = tenant.org(boss, client, "branch");
        lamp = tenant.device(boss, branch, "lamp").id;
        tenant.permissions(boss, client, 2, {});
    }
    std::string staff(const std::string& email) {
        tenant.user(boss, branch, email, 2);
        return tenant.sign_in(email, user_password);
    }
    json::value push(bool dry_run) {
        return tenant.expect(
            200, "POST", "/orgs/" + std::to_string(client) + "/permissions/push", boss,
            json::object{{"mode", "overwrite"}, {"roles", json::array{2}}, {"dry_run", dry_run}});
    }
};

bool hears_that_it_ended(App& app) {
    while (const auto message = app.receive()) {
        if (message->has_watch_ended()) {
            return true;
        }
    }
    return false;
}

TEST(LivePush, tells_how_many_sessions_lose_a_watch_on_any_shard) {
    Server server({.shards = 2, .config = {}});
    server.start();
    Town town(server);
    const std::string ann = town.staff("ann@example.org");
    const std::string bob = town.staff("bob@example.org");
    std::vector<std::unique_ptr<App>> losing;
    for (int i = 0; i < 4; ++i) {  // connections go to the shards in turn
        losing.push_back(std::make_unique<App>(server, i % 2 == 0 ? ann : bob));
        ASSERT_EQ(losing.back()->watch_device(town.lamp).status(), wire::OK);
    }
    App idle(server, ann);
    App boss(server, town.boss);
    ASSERT_EQ(boss.watch_device(town.lamp).status(), wire::OK);
    EXPECT_EQ(number_at(town.push(true), "sessions_cut"), losing.size());
    EXPECT_EQ(number_at(town.push(false), "sessions_cut"), losing.size());
    for (const auto& app : losing) {
        EXPECT_TRUE(hears_that_it_ended(*app));
    }
    EXPECT_EQ(idle.explain(town.lamp, "view").status(), wire::NOT_FOUND);
    EXPECT_EQ(boss.explain(town.lamp, "view").status(), wire::OK);
    EXPECT_FALSE(idle.receive(Millis(0)).has_value());
    EXPECT_EQ(number_at(town.push(true), "sessions_cut"), 0U);
}

}  // namespace
}  // namespace treeline::live
