// Rights taken away over REST while a device writes at full speed: promise R1 on real sockets.
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <semaphore>
#include <thread>

#include <gtest/gtest.h>

#include "tests/e2e/live/trace.hpp"
#include "tests/support/live/app.hpp"
#include "tests/support/live/device.hpp"
#include "tests/support/live/http.hpp"

namespace treeline::live {
namespace {

namespace json = boost::json;

constexpr unsigned revocations = 210;

// The device's side: writes 1, 2, 3 … to pin 5 as fast as the broker takes them.
class Firehose {
  public:
    Firehose(const Server& server, const std::string& token) : device_(server) {
        EXPECT_EQ(device_.login(token), 200u);
        thread_ = std::thread([this] {
            while (!stop_ && device_.write(5, std::to_string(sent_.fetch_add(1) + 1))) {
            }
        });
    }
    ~Firehose() {
        stop_ = true;
        thread_.join();
    }
    // Values above this number were sent after the call.
    std::uint64_t sent() const { return sent_; }

  private:
    Device device_;
    std::atomic<std::uint64_t> sent_{0};
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

// The watcher's side: watches, reads until its watch ends, and says what came when.
class Watcher {
  public:
    Watcher(const Server& server, const std::string& token, std::uint64_t device)
        : app_(server, token), device_(device) {
        EXPECT_EQ(app_.status(), 101u);
        thread_ = std::thread([this] { run(); });
    }
    ~Watcher() {
        stop_ = true;
        go.release();
        thread_.join();
    }

    std::binary_semaphore go{0};                  // the right is there: watch
    std::binary_semaphore flowing{0};             // the first value has come
    std::binary_semaphore ended{0};               // watch_ended has come
    std::atomic<std::uint64_t> last{0};           // the greatest value received
    std::atomic<std::uint64_t> after_the_end{0};  // messages of the device after watch_ended

  private:
    void run() {
        for (;;) {
            bool may_watch = go.try_acquire();
            while (!may_watch) {
                expect_silence(app_.receive(Millis(5)));
                may_watch = go.try_acquire();
            }
            if (stop_) {
                return;
            }
            watch();
        }
    }

    // One life of a watch, from the request to watch_ended.
    void watch() {
        wire::ClientMessage request;
        request.mutable_watch()->set_device(device_);
        const std::uint32_t number = app_.send(std::move(request));
        bool live = false;
        bool first = true;
        for (;;) {
            const auto message = app_.receive();
            ASSERT_TRUE(message) << "the session ended with " << app_.close_code();
            if (message->has_reply() && message->reply().request() == number) {
                ASSERT_EQ(message->reply().status(), wire::OK);
                live = true;
            } else if (!live) {
                expect_silence(message);
            } else if (message->has_value()) {
                last = std::strtoull(message->value().values(0).text().c_str(), nullptr, 10);
                if (std::exchange(first, false)) {
                    flowing.release();
                }
            } else if (message->has_watch_ended()) {
                EXPECT_EQ(message->watch_ended().reason(), wire::REVOKED);
                ended.release();
                return;
            }
        }
    }

    void expect_silence(const std::optional<wire::ServerMessage>& message) {
        if (message && (message->has_value() || message->has_presence() || message->has_event())) {
            ++after_the_end;
        }
    }

    App app_;
    const std::uint64_t device_;
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

// A client org with one device, and a user who sees it by a Staff membership there.
struct World {
    explicit World(const Server& server) : tenant(server) {
        admin = tenant.sign_in(admin_email, admin_password);
        const auto orgs = tenant.expect(200, "GET", "/orgs", admin);
        root = number_at(orgs.at("items").at(0), "id");
        client = tenant.org(admin, root, "client");
        const std::uint64_t elsewhere = tenant.org(admin, root, "elsewhere");
        user = tenant.user(admin, elsewhere, "watcher@example.org", 3).id;
        membership = tenant.membership(admin, client, user, 2);
        device = tenant.device(admin, client, "pump");
        set = tenant.permissions(admin, client, 2);
        for (const std::string& name : set) {
            if (name != "org_devices.view") {
                blind.push_back(name);
            }
        }
        token = tenant.sign_in("watcher@example.org", user_password);
    }
    std::string path() const { return "/memberships/" + std::to_string(membership); }

    // Three ways to take `view` away, and back.
    void revoke(unsigned round) {
        switch (round % 3) {
            case 0:
                tenant.permissions(admin, client, 2, blind);
                break;
            case 1:
                tenant.expect(200, "PATCH", path(), admin, json::object{{"role", 3}});
                break;
            default:
                tenant.expect(200, "DELETE", path(), admin);
                break;
        }
    }
    void restore(unsigned round) {
        switch (round % 3) {
            case 0:
                tenant.permissions(admin, client, 2, set);
                break;
            case 1:
                tenant.expect(200, "PATCH", path(), admin, json::object{{"role", 2}});
                break;
            default:
                membership = tenant.membership(admin, client, user, 2);
                break;
        }
    }

    Tenant tenant;
    std::string admin, token;
    std::uint64_t root = 0, client = 0, user = 0, membership = 0;
    Tenant::NewDevice device;
    std::vector<std::string> set, blind;
};

TEST(LiveRevocation, cuts_a_watcher_before_the_rest_call_answers) {
    Server server({.shards = 2, .config = trace_config()});
    server.start();
    World world(server);
    Firehose device(server, world.device.token);
    Watcher watcher(server, world.token, world.device.id);
    for (unsigned round = 0; round < revocations; ++round) {
        watcher.go.release();
        ASSERT_TRUE(watcher.flowing.try_acquire_for(patience)) << "round " << round;
        world.revoke(round);
        const std::uint64_t sent_at_answer = device.sent();
        ASSERT_TRUE(watcher.ended.try_acquire_for(patience)) << "round " << round;
        ASSERT_LE(watcher.last, sent_at_answer) << "round " << round;
        world.restore(round);
    }
    EXPECT_EQ(watcher.after_the_end, 0u);
    EXPECT_GT(device.sent(), revocations * 10);
    std::printf("%u revocations while the device sent %llu values\n", revocations,
                static_cast<unsigned long long>(device.sent()));
    expect_no_write_after_acknowledgement(server, revocations);
}

}  // namespace
}  // namespace treeline::live
