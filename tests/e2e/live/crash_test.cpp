// kill -9 in a loop while users, devices and memberships are made: nothing acknowledged is lost.
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <semaphore>
#include <thread>

#include <gtest/gtest.h>

#include "tests/support/live/http.hpp"

namespace treeline::live {
namespace {

namespace json = boost::json;

enum class Kind { user, device, membership };

// What one worker was told is done: the thing → its name, its e-mail, or its user's id.
using Acknowledged = std::map<std::pair<Kind, std::uint64_t>, std::string>;

struct Job {
    Kind kind{};
    std::string collection;  // where it is made, below the org
    json::object body;
    const char* field = "";  // what must read the same afterwards
};

std::string text_of(const json::value& value) {
    return value.is_string() ? std::string(value.as_string()) : json::serialize(value);
}

class Fixture {
  public:
    Fixture() : server_({.shards = 2, .config = ""}) {}

    void prepare() {
        server_.start();
        Tenant tenant(server_);
        admin_ = tenant.sign_in(admin_email, admin_password);
        const auto orgs = tenant.expect(200, "GET", "/orgs", admin_);
        root_ = number_at(orgs.at("items").at(0), "id");
        org_ = tenant.org(admin_, root_, "client");
    }

    // Makes things until the connection breaks; counts each acknowledgement on `made`.
    void work(unsigned round, unsigned worker, Acknowledged& done,
              std::counting_semaphore<>& made) {
        Http http(server_);
        std::uint64_t user = 0;  // of ours in the root, not yet a member of the client
        for (unsigned n = 0;; ++n) {
            const Job job = next_job(round, worker, n, user);
            const Answer answer = http.request("POST", job.collection, admin_, job.body);
            if (answer.status != 201) {
                EXPECT_TRUE(answer.status == 0 || answer.status == 503) << answer.body;
                break;
            }
            const auto id = number_at(answer.json(), "id");
            done[{job.kind, id}] = text_of(answer.json().at(job.field));
            user = job.kind == Kind::user ? id : job.kind == Kind::membership ? 0 : user;
            made.release();
        }
        made.release(1000);  // the killer must not wait for a worker that has ended
    }

    void expect_all(const Acknowledged& done) {
        Http http(server_);
        const auto members = all_memberships(http);
        for (const auto& [thing, value] : done) {
            if (thing.first == Kind::membership) {
                ASSERT_TRUE(members.contains(thing.second)) << "a membership is gone";
                EXPECT_EQ(members.at(thing.second), value);
                continue;
            }
            const bool user = thing.first == Kind::user;
            const std::string path =
                (user ? "/api/v1/users/" : "/api/v1/devices/") + std::to_string(thing.second);
            const Answer answer = http.request("GET", path, admin_);
            ASSERT_EQ(answer.status, 200u) << path << " was acknowledged and is gone";
            EXPECT_EQ(text_of(answer.json().at(user ? "email" : "name")), value);
        }
    }

    Server& server() { return server_; }

  private:
    // id → user, over all pages.
    std::map<std::uint64_t, std::string> all_memberships(Http& http) {
        std::map<std::uint64_t, std::string> found;
        std::string cursor;
        do {
            const std::string path = "/api/v1/orgs/" + std::to_string(org_) +
                                     "/memberships?limit=1000" +
                                     (cursor.empty() ? "" : "&cursor=" + cursor);
            const auto page = http.request("GET", path, admin_).json();
            for (const json::value& item : page.at("items").as_array()) {
                found[number_at(item, "id")] = text_of(item.at("user"));
            }
            const json::value& next = page.at("next_cursor");
            cursor = next.is_null() ? "" : text_of(next);
        } while (!cursor.empty());
        return found;
    }

    // Worker 0 makes users and then their memberships, worker 1 devices.
    Job next_job(unsigned round, unsigned worker, unsigned n, std::uint64_t user) const {
        const std::string name =
            "r" + std::to_string(round) + "w" + std::to_string(worker) + "n" + std::to_string(n);
        const std::string client = "/api/v1/orgs/" + std::to_string(org_);
        if (worker == 1) {
            return {Kind::device, client + "/devices", {{"name", name}}, "name"};
        }
        if (user != 0) {
            return {
                Kind::membership, client + "/memberships", {{"user", user}, {"role", 3}}, "user"};
        }
        const std::string root = "/api/v1/orgs/" + std::to_string(root_);
        return {Kind::user,
                root + "/users",
                {{"email", name + "@example.org"},
                 {"name", name},
                 {"role", 3},
                 {"password", user_password}},
                "email"};
    }

    Server server_;
    std::string admin_;
    std::uint64_t root_ = 0;
    std::uint64_t org_ = 0;
};

unsigned rounds() {
    const char* wanted = std::getenv("TREELINE_CRASH_ROUNDS");
    return wanted != nullptr ? static_cast<unsigned>(std::atoi(wanted)) : 50;
}

TEST(LiveCrash, loses_nothing_acknowledged_in_a_loop_of_kill_9) {
    const unsigned seed = std::random_device{}();
    std::printf("seed %u\n", seed);
    std::mt19937 random(seed);
    Fixture fixture;
    fixture.prepare();
    Acknowledged all;
    for (unsigned round = 0; round < rounds(); ++round) {
        std::counting_semaphore<> made(0);
        Acknowledged done[2];
        std::thread first([&] { fixture.work(round, 0, done[0], made); });
        std::thread second([&] { fixture.work(round, 1, done[1], made); });
        for (unsigned wait = 1 + random() % 40; wait > 0; --wait) {
            made.acquire();
        }
        fixture.server().kill9();
        first.join();
        second.join();
        fixture.server().start();
        for (Acknowledged& some : done) {
            ASSERT_NO_FATAL_FAILURE(fixture.expect_all(some)) << "round " << round;
            all.merge(some);
        }
    }
    ASSERT_NO_FATAL_FAILURE(fixture.expect_all(all));
    std::printf("%u rounds of kill -9, %zu acknowledged things, none missing\n", rounds(),
                all.size());
}

}  // namespace
}  // namespace treeline::live
