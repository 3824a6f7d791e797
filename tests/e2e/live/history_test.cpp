// Value history and timeline end to end: written behind, read by those who may, cut, kept, durable.
#include <gtest/gtest.h>

#include "base/time.hpp"
#include "tests/support/live/device.hpp"
#include "tests/support/live/http.hpp"

namespace treeline::live {
namespace {

namespace json = boost::json;

constexpr unsigned command_event_log = 64;

class HistoryLive {
  public:
    HistoryLive() : server({.shards = 2, .config = ""}) {
        server.start();
        Tenant tenant(server);
        admin = tenant.sign_in(admin_email, admin_password);
        const auto orgs = tenant.expect(200, "GET", "/orgs", admin);
        const std::uint64_t root = number_at(orgs.at("items").at(0), "id");
        a = tenant.org(admin, root, "a");
        b = tenant.org(admin, root, "b");
        device = tenant.device(admin, a, "lamp");
    }
    std::string history() const { return "/devices/" + std::to_string(device.id) + "/history"; }
    std::string kept() const { return "/orgs/" + std::to_string(a) + history(); }
    // The texts of pin 5 once there are `count` of them: they are written at most 100 ms behind.
    std::vector<std::string> values(const std::string& path, std::size_t count) const {
        Tenant tenant(server);
        std::vector<std::string> found;
        const auto until = read_clock().steady + patience;
        do {
            found.clear();
            const auto page = tenant.expect(200, "GET", path + "?pin=5", admin);
            for (const json::value& item : page.at("items").as_array()) {
                found.emplace_back(item.at("values").at(0).as_string());
            }
        } while (found.size() < count && read_clock().steady < until);
        return found;
    }

    Server server;
    std::string admin;
    std::uint64_t a = 0, b = 0;
    Tenant::NewDevice device;
};

using Texts = std::vector<std::string>;

void write(Device& device, const std::string& text) {
    ASSERT_TRUE(device.write(5, text));
    device.send(6, 9, "");  // a ping: its answer says that the value has been taken
    ASSERT_TRUE(device.receive());
}

TEST(LiveHistory, XFR_13_is_kept_by_the_old_org_cut_for_the_new_one_and_survives_kill_9) {
    HistoryLive live;
    Device lamp(live.server);
    ASSERT_EQ(lamp.login(live.device.token), 200U);
    write(lamp, "one");
    EXPECT_EQ(live.values(live.history(), 1), Texts{"one"});  // else the next may take its place
    write(lamp, "two");
    EXPECT_EQ(live.values(live.history(), 2), (Texts{"one", "two"}));
    Tenant(live.server)
        .expect(201, "POST", "/transfers", live.admin,
                json::object{{"devices", json::array{live.device.id}},
                             {"to_org", live.b},
                             {"contract", json::object{{"history", "keep"}}}});
    write(lamp, "three");
    EXPECT_EQ(live.values(live.history(), 1), Texts{"three"});
    EXPECT_EQ(live.values(live.kept(), 2), (Texts{"one", "two"}));
    live.server.kill9();
    live.server.start();
    EXPECT_EQ(live.values(live.history(), 1), Texts{"three"});
    EXPECT_EQ(live.values(live.kept(), 2), (Texts{"one", "two"}));
}

TEST(LiveHistory, tells_the_timeline) {
    HistoryLive live;
    Device lamp(live.server);
    ASSERT_EQ(lamp.login(live.device.token), 200U);
    lamp.send(command_event_log, 7, std::string("boot\0cold start", 15));
    const std::string path = "/devices/" + std::to_string(live.device.id) + "/timeline";
    Tenant tenant(live.server);
    json::value page;
    const auto until = read_clock().steady + patience;
    do {
        page = tenant.expect(200, "GET", path, live.admin);
    } while (number_at(page, "total") == 0 && read_clock().steady < until);
    ASSERT_EQ(number_at(page, "total"), 1U);
    EXPECT_EQ(page.at("items").at(0).at("code").as_string(), "boot");
    EXPECT_EQ(page.at("items").at(0).at("text").as_string(), "cold start");
}

}  // namespace
}  // namespace treeline::live
