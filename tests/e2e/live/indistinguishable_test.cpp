// What one may not see and what does not exist get the same answer, on every route and message.
#include <algorithm>
#include <cstdio>

#include <gtest/gtest.h>

#include "tests/support/live/app.hpp"
#include "tests/support/live/http.hpp"

namespace treeline::live {
namespace {

namespace json = boost::json;

// Two client orgs side by side; the caller is the admin of the first and may not see the other.
struct Siblings {
    explicit Siblings(const Server& server) : tenant(server) {
        const std::string admin = tenant.sign_in(admin_email, admin_password);
        const auto orgs = tenant.expect(200, "GET", "/orgs", admin);
        const std::uint64_t root = number_at(orgs.at("items").at(0), "id");
        const std::uint64_t mine = tenant.org(admin, root, "mine");
        const std::uint64_t other = tenant.org(admin, root, "other");
        tenant.user(admin, mine, "caller@example.org", 1);
        const auto stranger = tenant.user(admin, other, "stranger@example.org", 1);
        const auto above = tenant.user(admin, root, "above@example.org", 2);
        hidden["orgs"] = {other, root};
        hidden["users"] = {stranger.id, above.id};
        hidden["memberships"] = {stranger.membership, above.membership};
        hidden["devices"] = {tenant.device(admin, other, "lamp").id,
                             tenant.device(admin, root, "mast").id};
        caller = tenant.sign_in("caller@example.org", user_password);
    }
    Tenant tenant;
    std::string caller;
    std::map<std::string, std::vector<std::uint64_t>> hidden;  // by the path's first segment
};

constexpr std::uint64_t missing_id = 7'766'554'433'221;

// Everything an outsider can compare, without what differs on every answer.
std::string observable(const Answer& answer) {
    std::string text = std::to_string(answer.status) + "\n";
    for (const auto& [name, value] : answer.headers) {
        if (name != "x-request-id" && name != "date") {
            text += name + ": " + value + "\n";
        }
    }
    return text + "\n" + answer.body;
}

// "/api/v1/devices/{id}/pins/{pin}" with the id and harmless other values.
std::string filled(std::string path, std::uint64_t id) {
    bool first = true;
    for (std::size_t at = 0; (at = path.find('{')) != std::string::npos; first = false) {
        path.replace(at, path.find('}') - at + 1, first ? std::to_string(id) : "1");
    }
    return path;
}

// False: its body is another type, so that what is sent here is refused before anything is looked
// at; tests/matrix sends such a route what it takes.
bool takes_json(const boost::json::value& operation) {
    const auto* body = operation.as_object().if_contains("requestBody");
    return body == nullptr || body->at("content").as_object().contains("application/json");
}

TEST(Indistinguishable, rest_answers_for_invisible_and_missing_ids_on_every_route) {
    Server server({.shards = 2, .config = ""});
    server.start();
    Siblings siblings(server);
    Http http(server);
    const auto api = http.request("GET", "/api/v1/openapi.json", "").json();
    unsigned compared = 0;
    for (const auto& [path, operations] : api.at("paths").as_object()) {
        const std::string full =
            path.starts_with("/api/v1") ? std::string(path) : "/api/v1" + std::string(path);
        const std::string kind = full.substr(8, full.find('/', 8) - 8);
        if (full.find('{') == std::string::npos || !siblings.hidden.contains(kind)) {
            continue;
        }
        for (const auto& [name, operation] : operations.as_object()) {
            std::string method(name);
            std::transform(method.begin(), method.end(), method.begin(), ::toupper);
            const bool body = method != "GET" && method != "DELETE";
            const std::string text = body ? "{}" : "";
            const std::string missing =
                observable(http.request(method, filled(full, missing_id), siblings.caller, text));
            EXPECT_TRUE(missing.starts_with(takes_json(operation) ? "404" : "415"))
                << method << " " << full << "\n"
                << missing;
            for (const std::uint64_t id : siblings.hidden.at(kind)) {
                EXPECT_EQ(observable(http.request(method, filled(full, id), siblings.caller, text)),
                          missing)
                    << method << " " << full;
                ++compared;
            }
        }
    }
    EXPECT_GT(compared, 40u);
    std::printf("%u pairs of answers compared\n", compared);
}

std::string comparable(wire::Reply reply) {
    reply.set_request(0);
    return reply.ShortDebugString();
}

TEST(Indistinguishable, websocket_replies_for_invisible_and_missing_ids) {
    Server server({.shards = 2, .config = ""});
    server.start();
    Siblings siblings(server);
    App app(server, siblings.caller);
    ASSERT_EQ(app.status(), 101u);
    const auto replies = [&app](std::uint64_t id) {
        wire::ClientMessage by_org;
        by_org.mutable_watch()->set_org(id);
        wire::ClientMessage listed;
        listed.mutable_devices()->set_org(id);
        return std::vector<std::string>{
            comparable(app.watch_device(id)),
            comparable(app.watch_subtree(id)),
            comparable(app.ask(by_org)),
            comparable(app.ask(listed)),
            comparable(app.write(id, 1, "1")),
            comparable(app.read(id)),
            comparable(app.explain(id, "control")),
        };
    };
    const auto missing = replies(missing_id);
    for (const auto& [kind, ids] : siblings.hidden) {
        for (const std::uint64_t id : ids) {
            EXPECT_EQ(replies(id), missing) << kind;
        }
    }
    for (const std::string& reply : missing) {
        EXPECT_NE(reply.find("NOT_FOUND"), std::string::npos) << reply;
    }
}

}  // namespace
}  // namespace treeline::live
