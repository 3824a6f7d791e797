// A device is transferred while it writes: one switch point each time, nothing lost, nothing twice.
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/time.hpp"
#include "tests/e2e/live/trace.hpp"
#include "tests/support/live/app.hpp"
#include "tests/support/live/device.hpp"
#include "tests/support/live/http.hpp"

namespace treeline::live {
namespace {

namespace json = boost::json;

constexpr unsigned transfers = 50;
constexpr std::uint64_t in_flight_max = 300;  // under what an outbox holds: nothing is folded
constexpr std::uint64_t values_between = 40;

// Watches an org and keeps the numbers that it was sent, in order.
class Listener {
  public:
    Listener(const Server& server, const std::string& token, std::uint64_t org,
             std::atomic<std::uint64_t>& heard)
        : app_(server, token), heard_(heard) {
        EXPECT_EQ(app_.watch_subtree(org).status(), wire::OK);
        thread_ = std::thread([this] { run(); });
    }
    ~Listener() { stop(); }
    void stop() {
        stop_ = true;
        if (thread_.joinable()) {
            thread_.join();
        }
    }
    std::vector<std::uint64_t> values;  // after stop()

  private:
    void run() {
        while (!stop_) {
            const auto message = app_.receive(Millis(20));
            if (message && message->has_value()) {
                values.push_back(
                    std::strtoull(message->value().values(0).text().c_str(), nullptr, 10));
                ++heard_;
            }
        }
    }

    App app_;
    std::atomic<std::uint64_t>& heard_;
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

bool reaches(const std::atomic<std::uint64_t>& count, std::uint64_t wanted) {
    const auto until = read_clock().steady + patience;
    while (count < wanted && read_clock().steady < until) {
        std::this_thread::yield();
    }
    return count >= wanted;
}

TEST(LiveTransfer, XFR_03_under_fire_every_value_goes_to_exactly_one_org_in_order) {
    Server server({.shards = 2, .config = trace_config()});
    server.start();
    Tenant tenant(server);
    const std::string admin = tenant.sign_in(admin_email, admin_password);
    const auto orgs = tenant.expect(200, "GET", "/orgs", admin);
    const std::uint64_t root = number_at(orgs.at("items").at(0), "id");
    const std::uint64_t a = tenant.org(admin, root, "a");
    const std::uint64_t b = tenant.org(admin, root, "b");
    tenant.user(admin, a, "ann@example.org", 2);
    tenant.user(admin, b, "bob@example.org", 2);
    const Tenant::NewDevice made = tenant.device(admin, a, "pump");

    std::atomic<std::uint64_t> heard{0};
    std::atomic<std::uint64_t> sent{0};
    std::atomic<bool> stop{false};
    Listener in_a(server, tenant.sign_in("ann@example.org", user_password), a, heard);
    Listener in_b(server, tenant.sign_in("bob@example.org", user_password), b, heard);
    Device device(server);
    ASSERT_EQ(device.login(made.token), 200U);
    std::atomic<bool> is_open{true};
    std::thread writer([&] {
        while (!stop && is_open) {
            if (sent < heard + in_flight_max) {
                is_open = device.write(5, std::to_string(sent + 1));
                ++sent;
            }
        }
    });
    for (unsigned round = 0; round < transfers; ++round) {
        // Values sent after the answer before are heard, so each ownership has some.
        EXPECT_TRUE(reaches(heard, sent + values_between)) << "round " << round;
        const json::object body{{"devices", json::array{made.id}},
                                {"to_org", round % 2 == 0 ? b : a},
                                {"expected_epoch", round + 1}};
        tenant.expect(201, "POST", "/transfers", admin, body);
    }
    EXPECT_TRUE(reaches(heard, heard + values_between));
    stop = true;
    writer.join();
    EXPECT_TRUE(reaches(heard, sent)) << heard << " of " << sent;
    in_a.stop();
    in_b.stop();
    EXPECT_TRUE(is_open && !device.closed());
    EXPECT_TRUE(std::ranges::is_sorted(in_a.values) && std::ranges::is_sorted(in_b.values));
    std::vector<std::uint64_t> all;
    std::ranges::merge(in_a.values, in_b.values, std::back_inserter(all));
    ASSERT_EQ(all.size(), sent);
    unsigned switches = 0;
    bool was_in_a = true;
    for (std::uint64_t value = 1; value <= sent; ++value) {
        ASSERT_EQ(all[value - 1], value);
        const bool is_in_a = std::ranges::binary_search(in_a.values, value);
        switches += is_in_a != was_in_a ? 1 : 0;
        was_in_a = is_in_a;
    }
    EXPECT_EQ(switches, transfers);
}

}  // namespace
}  // namespace treeline::live
