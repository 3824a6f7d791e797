// The token is rotated in a transfer while the device writes, and while the broker is killed.
#include <atomic>
#include <cstdio>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "base/mailbox.hpp"
#include "tests/support/live/app.hpp"
#include "tests/support/live/device.hpp"
#include "tests/support/live/http.hpp"

namespace treeline::live {
namespace {

namespace json = boost::json;

constexpr unsigned rotations = 8;  // fewer than the logins a minute that one device may make
constexpr unsigned kills = 6;
constexpr unsigned status_invalid_token = 9;
const std::string fast_device = "[device]\nflood_per_second = 0\nlogins_per_minute = 0\n";

struct Pump {
    explicit Pump(Server& server) : tenant(server) {
        admin = tenant.sign_in(admin_email, admin_password);
        const auto orgs = tenant.expect(200, "GET", "/orgs", admin);
        const std::uint64_t root = number_at(orgs.at("items").at(0), "id");
        a = tenant.org(admin, root, "a");
        b = tenant.org(admin, root, "b");
        device = tenant.device(admin, a, "pump");
    }
    json::object transfer(std::uint64_t to) const {
        return {{"devices", json::array{device.id}},
                {"to_org", to},
                {"contract", json::object{{"rotate_token", true}}}};
    }
    std::uint64_t org(Http& http) const {
        const Answer answer =
            http.request("GET", "/api/v1/devices/" + std::to_string(device.id), admin);
        return number_at(answer.json(), "org");
    }

    Tenant tenant;
    std::string admin;
    std::uint64_t a = 0, b = 0;
    Tenant::NewDevice device;
};

unsigned login_status(const Server& server, const std::string& token) {
    return Device(server).login(token);
}

// Writes without a pause, takes the tokens it is sent, hands them on.
class Writer {
  public:
    Writer(const Server& server, const std::string& token) : device_(server) {
        EXPECT_EQ(device_.login(token), 200U);
        EXPECT_TRUE(device_.introduce());
        thread_ = std::thread([this] { run(); });
    }
    ~Writer() { stop(); }
    bool stop() {
        stop_ = true;
        if (thread_.joinable()) {
            thread_.join();
        }
        return is_open_ && !device_.closed();
    }
    std::string next_token() {
        std::vector<std::string> taken;
        tokens_.take_or_wait(taken, patience);
        return taken.empty() ? std::string() : taken.front();
    }
    std::atomic<std::uint64_t> sent{0};
    std::atomic<std::uint64_t> heard{0};

  private:
    void run() {
        while (!stop_ && is_open_) {
            if (sent < heard + 200) {
                is_open_ = device_.write(5, std::to_string(sent + 1));
                ++sent;
            }
            if (auto token = device_.take_token(true, Millis(0))) {
                EXPECT_TRUE(tokens_.push(std::move(*token)));
            }
        }
    }

    Device device_;
    Mailbox<std::string> tokens_{16};
    std::atomic<bool> stop_{false};
    std::atomic<bool> is_open_{true};
    std::thread thread_;
};

TEST(LiveRotation, XFR_03_a_device_keeps_writing_while_its_token_changes_and_the_old_one_dies) {
    Server server({.shards = 2, .config = fast_device});
    server.start();
    Pump pump(server);
    App watcher(server, pump.admin);
    ASSERT_EQ(watcher.watch_subtree(pump.a).status(), wire::OK);
    ASSERT_EQ(watcher.watch_subtree(pump.b).status(), wire::OK);
    Writer writer(server, pump.device.token);
    std::atomic<bool> stop{false};
    std::uint64_t in_order = 0;
    std::thread listener([&] {
        while (!stop || writer.heard < writer.sent) {
            const auto message = watcher.receive(Millis(200));
            if (message && message->has_value()) {
                in_order += message->value().values(0).text() == std::to_string(in_order + 1);
                ++writer.heard;
            } else if (stop && !message) {
                return;
            }
        }
    });
    std::string token = pump.device.token;
    for (unsigned round = 0; round < rotations; ++round) {
        pump.tenant.expect(201, "POST", "/transfers", pump.admin,
                           pump.transfer(round % 2 == 0 ? pump.b : pump.a));
        EXPECT_EQ(login_status(server, token), status_invalid_token) << round;
        token = writer.next_token();
        ASSERT_EQ(token.size(), 32U);
    }
    EXPECT_TRUE(writer.stop());
    stop = true;
    listener.join();
    EXPECT_EQ(in_order, writer.sent);
    EXPECT_GT(writer.sent, rotations);
    EXPECT_EQ(login_status(server, token), 200U);
}

TEST(LiveRotation, XFR_05_killed_between_staging_and_commit_both_tokens_log_in) {
    Server server({.shards = 2, .config = fast_device});
    server.start();
    Pump pump(server);
    const std::string old = pump.device.token;
    std::string staged;
    {
        Device device(server);
        ASSERT_EQ(device.login(old), 200U);
        ASSERT_TRUE(device.introduce());
        std::thread client([&] {
            Http http(server);
            const Answer answer = http.request("POST", "/api/v1/transfers", pump.admin,
                                               json::value(pump.transfer(pump.b)));
            EXPECT_EQ(answer.status, 0U);
        });
        staged = device.take_token(false).value_or("");
        server.kill9();
        client.join();
    }
    ASSERT_EQ(staged.size(), 32U);
    server.start();
    Http http(server);
    EXPECT_EQ(pump.org(http), pump.a);
    EXPECT_EQ(login_status(server, old), 200U);
    Device device(server);
    ASSERT_EQ(device.login(staged), 200U);
    ASSERT_TRUE(device.introduce());
    std::string fresh;
    std::thread firmware([&] { fresh = device.take_token(true).value_or(""); });
    EXPECT_EQ(
        http.request("POST", "/api/v1/transfers", pump.admin, json::value(pump.transfer(pump.b)))
            .status,
        201U);
    firmware.join();
    EXPECT_EQ(login_status(server, old), status_invalid_token);
    EXPECT_EQ(login_status(server, staged), status_invalid_token);
    EXPECT_EQ(login_status(server, fresh), 200U);
}

TEST(LiveRotation, XFR_05_killed_anywhere_in_it_the_device_gets_in_again) {
    const unsigned seed = std::random_device{}();
    std::printf("seed %u\n", seed);
    std::mt19937 random(seed);
    Server server({.shards = 2, .config = fast_device});
    server.start();
    Pump pump(server);
    std::string token = pump.device.token;
    unsigned carried_out = 0;
    for (unsigned round = 0; round < kills; ++round) {
        Http before(server);
        const std::uint64_t from = pump.org(before);
        const std::uint64_t to = from == pump.a ? pump.b : pump.a;
        unsigned told = 0;
        Device device(server);
        ASSERT_EQ(device.login(token), 200U) << round;
        ASSERT_TRUE(device.introduce());
        std::thread client([&] {
            Http http(server);
            told = http.request("POST", "/api/v1/transfers", pump.admin,
                                json::value(pump.transfer(to)))
                       .status;
        });
        const std::string fresh = device.take_token(true).value_or("");
        ASSERT_EQ(fresh.size(), 32U);
        for (unsigned looks = random() % 12; looks > 0; --looks) {
            pump.org(before);  // the kill comes somewhere in it
        }
        server.kill9();
        client.join();
        server.start();
        Http after(server);
        const std::uint64_t now_in = pump.org(after);
        EXPECT_TRUE(now_in == to || (now_in == from && told != 201)) << "told " << told;
        EXPECT_EQ(login_status(server, token), now_in == to ? status_invalid_token : 200U);
        carried_out += now_in == to ? 1 : 0;
        token = fresh;  // it has stored that one, whatever became of the transfer
    }
    EXPECT_EQ(login_status(server, token), 200U);
    std::printf("%u kills, %u transfers carried out\n", kills, carried_out);
}

}  // namespace
}  // namespace treeline::live
