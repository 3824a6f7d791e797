// What must not get out: tokens of mailed links, and what the admin listener tells.
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/live/http.hpp"
#include "tests/support/live/letters.hpp"
#include "tests/support/live/plain_http.hpp"

namespace treeline::live {
namespace {

namespace json = boost::json;

constexpr const char* config =
    "[admin]\nlisten = \"127.0.0.1:0\"\n[log]\nlevel = \"trace\"\nfile = \"LOG_FILE\"\n";

std::string log_of(const Server& server) {
    std::ostringstream text;
    text << std::ifstream(server.log_file()).rdbuf();
    return text.str();
}

TEST(LiveSecrecy, ACC_09_a_mailed_token_is_in_no_log_no_metric_no_audit_and_no_referrer) {
    Server server({.shards = 2, .config = config});
    server.start();
    Tenant tenant(server);
    const std::string admin = tenant.sign_in(admin_email, admin_password);
    const auto root = std::to_string(
        number_at(tenant.expect(200, "GET", "/orgs", admin).at("items").at(0), "id"));
    tenant.expect(201, "POST", "/orgs/" + root + "/invitations", admin,
                  json::object{{"email", "ina@example.org"}, {"role", 3}});
    const std::string invitation = await_mailed_token(server, "ina@example.org");
    ASSERT_FALSE(invitation.empty());
    std::vector<std::pair<std::string, Answer>> answers;
    const auto call = [&](const std::string& method, const std::string& path,
                          const json::value& body) {
        answers.emplace_back(method + " " + path,
                             tenant.http.request(method, "/api/v1" + path, "", body));
        return answers.back().second.status;
    };
    const json::object chosen{{"name", "Ina"}, {"password", user_password}};
    const std::string accept = "/invitations/" + invitation + "/accept";
    EXPECT_EQ(call("POST", accept, chosen) / 100, 2U);
    EXPECT_EQ(call("POST", accept, chosen), 410U);
    EXPECT_EQ(call("POST", "/password-resets", json::object{{"email", "ina@example.org"}}), 202U);
    const std::string reset = await_mailed_token(server, "ina@example.org", 1);
    ASSERT_FALSE(reset.empty());
    const json::object password{{"password", "another long password"}};
    EXPECT_EQ(call("PUT", "/password-resets/" + reset, json::object{{"password", "short"}}), 422U);
    EXPECT_EQ(call("DELETE", "/password-resets/" + reset, nullptr), 401U);
    EXPECT_EQ(call("PUT", "/password-resets/" + reset, password), 200U);
    EXPECT_EQ(call("PUT", "/password-resets/" + reset, password), 410U);
    answers.emplace_back("the page", tenant.http.request("GET", "/password-reset?token=" + reset,
                                                         "", std::string()));
    for (auto& [asked, answer] : answers) {
        EXPECT_EQ(answer.headers["referrer-policy"], "no-referrer") << asked;
        EXPECT_EQ(answer.headers["cache-control"], "no-store") << asked;
    }
    const std::string audit =
        tenant.http.request("GET", "/api/v1/orgs/" + root + "/audit?limit=1000", admin).body;
    EXPECT_NE(audit.find("finish_reset"), std::string::npos);
    const std::string metrics = plain_get(listener_port(server, "admin"), "/metrics");
    EXPECT_EQ(server.stop(), 0);
    const std::string log = log_of(server);
    EXPECT_NE(log.find("admin listener on"), std::string::npos);
    for (const std::string& token : {invitation, reset}) {
        for (const std::string& text : {log, audit, metrics}) {
            EXPECT_EQ(text.find(token), std::string::npos);
        }
    }
}

// Is anybody there, at the port of the address?
bool is_reachable(const char* address, std::uint16_t port) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    inet_pton(AF_INET, address, &to.sin_addr);
    const bool is_there = connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
    close(fd);
    return is_there;
}

TEST(LiveSecrecy, REST_49_the_admin_listener_is_at_its_one_address_and_names_no_tenant) {
    Server server({.shards = 2, .config = config});
    server.start();
    Tenant tenant(server);
    const std::string admin = tenant.sign_in(admin_email, admin_password);
    const auto root = number_at(tenant.expect(200, "GET", "/orgs", admin).at("items").at(0), "id");
    const auto org = tenant.org(admin, root, "Client Ltd");
    const auto user = tenant.user(admin, org, "somebody@example.org", 2);
    const auto device = tenant.device(admin, org, "lamp in the hall");
    const std::uint16_t port = listener_port(server, "admin");
    ASSERT_TRUE(is_reachable("127.0.0.1", port));
    EXPECT_FALSE(is_reachable("127.0.0.2", port)) << "another address of this machine";
    const std::string metrics = plain_get(port, "/metrics");
    ASSERT_NE(metrics.find("treeline_"), std::string::npos);
    for (const std::string& word :
         {std::string("Client Ltd"), std::string("somebody"), std::string("lamp in the hall"),
          std::to_string(org), std::to_string(user.id), std::to_string(device.id), device.token}) {
        EXPECT_EQ(metrics.find(word), std::string::npos) << word;
    }
    const std::regex label("[{,]([a-z_]+)=\"");
    std::set<std::string> labels;
    for (std::sregex_iterator at(metrics.begin(), metrics.end(), label), end; at != end; ++at) {
        labels.insert((*at)[1]);
    }
    EXPECT_EQ(labels, (std::set<std::string>{"le", "shard"}));
    for (const std::string& token : {std::string(), admin}) {
        const Answer answer = tenant.http.request("GET", "/metrics", token, std::string());
        EXPECT_EQ(answer.status, 404U) << "on the public port";
        EXPECT_EQ(answer.body.find("treeline_"), std::string::npos);
    }
}

}  // namespace
}  // namespace treeline::live
