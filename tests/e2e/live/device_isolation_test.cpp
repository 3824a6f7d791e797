// No frame of one device touches another: every command there is, with bodies that name the other
// one's token and id in each way that firmware ever did.
#include <gtest/gtest.h>

#include "tests/support/live/app.hpp"
#include "tests/support/live/device.hpp"
#include "tests/support/live/http.hpp"

namespace treeline::live {
namespace {

constexpr unsigned command_ping = 6;
constexpr unsigned command_hardware = 20;

std::string joined(std::initializer_list<std::string> parts) {
    std::string body;
    for (const std::string& part : parts) {
        body += (body.empty() ? "" : std::string(1, '\0')) + part;
    }
    return body;
}

// Bridge frames, second logins, writes with an address in front, and words of later protocols.
std::vector<std::string> bodies_about(const Tenant::NewDevice& other) {
    const std::string id = std::to_string(other.id);
    return {other.token,
            id,
            joined({"1", "i", other.token}),
            joined({"1", "vw", "5", "stolen"}),
            joined({"128", "i", other.token}),
            joined({"128", "vw", "5", "stolen"}),
            joined({id, "vw", "5", "stolen"}),
            joined({other.token, "vw", "5", "stolen"}),
            joined({"vw", "5", "stolen", other.token}),
            joined({"vw", "5", "stolen", id}),
            joined({"vr", "5", other.token}),
            joined({"vw", id + "/5", "stolen"}),
            joined({"5", "label", "stolen", other.token}),
            joined({"meta", "set", "owner", other.token}),
            joined({"set", "Device Name", id}),
            R"({"device":)" + id + R"(,"pin":5,"value":"stolen"})"};
}

// Logs in when the last frame cost the connection.
class Attacker {
  public:
    Attacker(const Server& server, std::string token) : server_(server), token_(std::move(token)) {}

    void send_all(unsigned command, const std::vector<std::string>& bodies) {
        for (const std::string& body : bodies) {
            if (!device_ || device_->closed()) {
                device_ = std::make_unique<Device>(server_);
                ASSERT_EQ(device_->login(token_), 200U) << "command " << command;
            }
            device_->send(command, 7, body);
            await_the_end_of_it();
        }
    }

  private:
    // A ping behind it is answered when the frame has been dealt with; else the connection is gone.
    void await_the_end_of_it() {
        constexpr unsigned ping_id = 9;
        device_->send(command_ping, ping_id, "");
        while (const auto frame = device_->receive()) {
            if (frame->command == 0 && frame->id == ping_id) {
                return;
            }
        }
    }

    const Server& server_;
    const std::string token_;
    std::unique_ptr<Device> device_;
};

TEST(LiveIsolation, no_frame_of_one_device_touches_another) {
    Server server({.shards = 2,
                   .config = "[device]\nflood_per_second = 0\nlogins_per_minute = 0\n[limits]\n"
                             "unauthenticated_per_ip = 0\nhandshakes_per_ip = 0\n"});
    server.start();
    Tenant tenant(server);
    const std::string admin = tenant.sign_in(admin_email, admin_password);
    const auto orgs = tenant.expect(200, "GET", "/orgs", admin);
    const std::uint64_t root = number_at(orgs.at("items").at(0), "id");
    const std::uint64_t mine = tenant.org(admin, root, "mine");
    const std::uint64_t other = tenant.org(admin, root, "other");
    const auto attacker = tenant.device(admin, mine, "attacker");
    const auto victim = tenant.device(admin, other, "victim");
    const auto sibling = tenant.device(admin, mine, "sibling");
    Device listening(server);
    ASSERT_EQ(listening.login(victim.token), 200U);
    App app(server, admin);
    ASSERT_EQ(app.watch_device(victim.id).status(), wire::OK);
    ASSERT_EQ(app.watch_device(sibling.id).status(), wire::OK);

    Attacker attack(server, attacker.token);
    std::vector<std::string> bodies = bodies_about(victim);
    for (std::string& body : bodies_about(sibling)) {
        bodies.push_back(std::move(body));
    }
    for (unsigned command = 1; command < 256; ++command) {  // 0, RESPONSE, has no body
        attack.send_all(command, bodies);
    }

    // What the others' watchers hear first is what the others say themselves.
    listening.send(command_hardware, 3, joined({"vw", "5", "own"}));
    while (const auto message = app.receive()) {
        if (message->has_presence()) {
            EXPECT_EQ(message->presence().online(), message->presence().device() == victim.id);
            continue;
        }
        ASSERT_TRUE(message->has_value()) << message->ShortDebugString();
        EXPECT_EQ(message->value().device(), victim.id);
        EXPECT_EQ(message->value().values(0).text(), "own");
        break;
    }
    listening.send(command_ping, 4, "");
    const auto answer = listening.receive();
    ASSERT_TRUE(answer) << "the victim was disconnected";
    EXPECT_EQ(answer->id, 4U) << "the victim was sent something";
    const auto pins = [&](std::uint64_t device) {
        return tenant.expect(200, "GET", "/devices/" + std::to_string(device) + "/pins", admin)
            .at("items")
            .as_array();
    };
    EXPECT_FALSE(pins(attacker.id).empty()) << "what it was allowed to write has not come";
    EXPECT_EQ(pins(victim.id).size(), 1U);
    EXPECT_TRUE(pins(sibling.id).empty());
}

}  // namespace
}  // namespace treeline::live
