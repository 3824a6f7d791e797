// Every relation × {view, control, read, list, explain} × {REST, WebSocket}, against the naive
// model.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/e2e/live/fixture_tree.hpp"
#include "tests/support/live/app.hpp"
#include "tests/support/live/plain_http.hpp"

namespace treeline::live {
namespace {

namespace json = boost::json;

class Matrix {
  public:
    explicit Matrix(const Server& server) : tree(server), http_(server) {
        for (const Person& person : tree.people) {
            apps_.push_back(std::make_unique<App>(server, person.token));
            EXPECT_EQ(apps_.back()->status(), person.suspended ? 401u : 101u) << person.name;
        }
    }

    // All cells under the sets of now; `phase` says which those are.
    void check(const std::string& phase) {
        const model::Instant now = to_unix_ms(read_clock().wall);
        for (std::size_t i = 0; i < tree.people.size(); ++i) {
            const Person& person = tree.people[i];
            SCOPED_TRACE(phase + ": " + person.name);
            const auto visible = model::visible_devices(tree.model, person.id, now);
            list_over_rest(person, visible);
            if (!person.suspended) {
                list_over_websocket(*apps_[i], visible);
            }
            for (const Thing& thing : tree.devices) {
                SCOPED_TRACE(thing.name);
                const auto rights = model::device_rights(tree.model, person.id, thing.id, now);
                over_rest(person, thing.id, rights);
                if (!person.suspended) {
                    over_websocket(*apps_[i], thing.id, rights);
                }
            }
        }
    }

    unsigned cells() const { return cells_; }

  private:
    template <class Got, class Expected>
    void cell(Got got, Expected expected, const char* what) {
        ++cells_;
        EXPECT_EQ(got, expected) << what;
    }

    void over_rest(const Person& person, std::uint64_t device, const model::Names& rights) {
        const bool view = rights.contains("view");
        const bool control = rights.contains("control");
        const auto expected = [&](unsigned visible) {
            return person.suspended ? 401u : view ? visible : 404u;
        };
        const std::string path = "/api/v1/devices/" + std::to_string(device);
        cell(http_.request("GET", path, person.token).status, expected(200), "REST view");
        cell(http_.request("GET", path + "/pins", person.token).status, expected(200), "REST read");
        cell(
            http_.request("PUT", path + "/pins/5", person.token, std::string(R"({"values":["1"]})"))
                .status,
            expected(control ? 200 : 403), "REST control");
        const Answer why = http_.request(
            "POST", "/api/v1/explain", person.token,
            json::object{{"user", person.id}, {"device", device}, {"action", "control"}});
        cell(why.status, expected(200), "REST explain");
        if (why.status == 200) {
            cell(why.json().at("allowed").as_bool(), control, "REST explained");
        }
    }

    void over_websocket(App& app, std::uint64_t device, const model::Names& rights) {
        const bool view = rights.contains("view");
        const bool control = rights.contains("control");
        const wire::Status seen = view ? wire::OK : wire::NOT_FOUND;
        const wire::Reply watch = app.watch_device(device);
        cell(watch.status(), seen, "WebSocket view");
        if (watch.status() == wire::OK) {
            wire::ClientMessage unwatch;
            unwatch.mutable_unwatch()->set_watch(watch.watch());
            EXPECT_EQ(app.ask(std::move(unwatch)).status(), wire::OK);
        }
        cell(app.read(device).status(), seen, "WebSocket read");
        cell(app.write(device, 5, "1").status(), view && !control ? wire::FORBIDDEN : seen,
             "WebSocket control");
        const wire::Reply why = app.explain(device, "control");
        cell(why.status(), seen, "WebSocket explain");
        if (why.status() == wire::OK) {
            cell(why.explanation().allowed(), control, "WebSocket explained");
        }
    }

    void list_over_rest(const Person& person, const std::vector<model::Id>& visible) {
        const Answer answer = http_.request("GET", "/api/v1/devices?limit=1000", person.token);
        cell(answer.status, person.suspended ? 401u : 200u, "REST list");
        if (answer.status != 200) {
            return;
        }
        std::vector<model::Id> listed;
        const auto page = answer.json();
        for (const json::value& item : page.at("items").as_array()) {
            listed.push_back(number_at(item, "id"));
        }
        std::sort(listed.begin(), listed.end());
        ++cells_;
        EXPECT_EQ(listed, visible);
        EXPECT_EQ(number_at(page, "total"), visible.size());
    }

    void list_over_websocket(App& app, const std::vector<model::Id>& visible) {
        auto listed = app.devices();
        std::sort(listed.begin(), listed.end());
        ++cells_;
        EXPECT_EQ(listed, visible);
    }

  public:
    FixtureTree tree;

  private:
    Http http_;
    std::vector<std::unique_ptr<App>> apps_;
    unsigned cells_ = 0;
};

// Waits for the window of "until just now" to close: its watch of a device in A ends by itself.
void await_the_end_of_the_window(const Server& server, FixtureTree& tree) {
    const auto late = std::find_if(tree.people.begin(), tree.people.end(), [](const Person& p) {
        return p.name.find("until just now") != std::string::npos;
    });
    const auto device = std::find_if(tree.devices.begin(), tree.devices.end(),
                                     [](const Thing& t) { return t.name == "device of A"; });
    App app(server, late->token);
    if (app.watch_device(device->id).status() != wire::OK) {
        return;  // closed already
    }
    while (const auto message = app.receive()) {
        if (message->has_watch_ended()) {
            EXPECT_EQ(message->watch_ended().reason(), wire::EXPIRED);
            return;
        }
    }
    ADD_FAILURE() << "the watch outlived the membership";
}

// What the operator's scraper and log keep must name nobody's things: neither a device, nor a
// person, nor a token.
void expect_no_names_outside(const Server& server, const FixtureTree& tree) {
    std::ostringstream log;
    log << std::ifstream(server.log_file()).rdbuf();
    const std::string text = log.str() + plain_get(listener_port(server, "admin"), "/metrics");
    EXPECT_NE(text.find("treeline_settle_seconds"), std::string::npos);
    for (const Thing& thing : tree.devices) {
        EXPECT_EQ(text.find(thing.name), std::string::npos) << thing.name;
    }
    EXPECT_EQ(text.find("@example.org"), std::string::npos);
    for (const Person& person : tree.people) {
        EXPECT_EQ(text.find(person.token), std::string::npos) << person.name;
    }
}

TEST(LiveMatrix, TEN_27_TEN_29_equals_the_naive_model_for_every_relation_action_and_channel) {
    Server server({.shards = 2,
                   .config = "[admin]\nlisten = \"127.0.0.1:0\"\n[log]\nlevel = \"debug\"\n"
                             "file = \"LOG_FILE\"\n"});
    server.start();
    Matrix matrix(server);
    await_the_end_of_the_window(server, matrix.tree);
    matrix.check("defaults");
    const auto staff = model::default_permissions(2);
    const auto without = [&](std::vector<std::string> names) {
        model::Names set = staff;
        for (const std::string& name : names) {
            set.erase(name);
        }
        return set;
    };
    matrix.tree.permissions("A", 2, without({"suborgs.enter"}));
    matrix.check("A's staff without suborgs.enter");
    matrix.tree.permissions("A", 2, without({"suborgs.view"}));
    matrix.check("A's staff without suborgs.view");
    matrix.tree.permissions("A1", 2, without({"org_devices.view"}));
    matrix.check("A1's staff without org_devices.view");
    matrix.tree.permissions("A1", 3, {"own_devices.view"});
    matrix.tree.permissions("A", 3, {"org_devices.view", "suborgs.view", "suborgs.enter"});
    matrix.check("users who may look");
    std::printf("%u cells, compared with the naive model\n", matrix.cells());
    expect_no_names_outside(server, matrix.tree);
}

}  // namespace
}  // namespace treeline::live
