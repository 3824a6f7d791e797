// Transfers of the same devices by two admins at once, also with kill -9 between: after it, the
// history of each device, its owner and the lists of the orgs agree. Never two owners, never none.
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <semaphore>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "tests/support/live/http.hpp"

namespace treeline::live {
namespace {

namespace json = boost::json;

constexpr std::size_t devices_count = 4;

// What the environment says, so that the full count is one command away.
unsigned rounds(const char* name, unsigned usual) {
    const char* wanted = std::getenv(name);
    return wanted != nullptr ? static_cast<unsigned>(std::atoi(wanted)) : usual;
}

struct Place {
    std::uint64_t org = 0;
    std::uint64_t owner = 0;
    friend bool operator==(const Place&, const Place&) = default;
};

// Where a device is by its record.
struct Held {
    Place place;
    std::uint64_t epoch = 0;
};

std::uint64_t id_or_0(const json::value& value) {
    return value.is_null() ? 0 : value.to_number<std::uint64_t>();
}

class Race {
  public:
    Race()
        : server({.shards = 2,
                  .config = "[limits]\nrest_per_user_minute = 0\n"
                            "rest_per_org_minute = 0\n"}) {
        server.start();
        Tenant tenant(server);
        admin = tenant.sign_in(admin_email, admin_password);
        const auto orgs = tenant.expect(200, "GET", "/orgs", admin);
        const std::uint64_t root = number_at(orgs.at("items").at(0), "id");
        for (const std::string name : {"a", "b", "c"}) {
            const std::uint64_t org = tenant.org(admin, root, name);
            places.push_back({org, tenant.user(admin, org, name + "@example.org", 3).id});
        }
        for (std::size_t i = 0; i < devices_count; ++i) {
            devices.push_back(
                tenant.device(admin, places[0].org, "d" + std::to_string(i), places[0].owner).id);
        }
    }

    Answer transfer(Http& http, std::uint64_t device, const Place& to,
                    std::uint64_t expected_epoch) const {
        const json::object body{{"devices", json::array{device}},
                                {"to_org", to.org},
                                {"to_user", to.owner},
                                {"expected_epoch", expected_epoch}};
        return http.request("POST", "/api/v1/transfers", admin, json::value(body));
    }
    Held held(Http& http, std::uint64_t device) const {
        const auto found =
            http.request("GET", "/api/v1/devices/" + std::to_string(device), admin).json();
        return {{number_at(found, "org"), id_or_0(found.at("owner"))},
                number_at(found, "ownership_epoch")};
    }
    template <class Visit>
    void pages(Http& http, const std::string& path, Visit&& visit) const {
        std::string cursor;
        do {
            const auto page =
                http.request("GET",
                             path + "?limit=1000" + (cursor.empty() ? "" : "&cursor=" + cursor),
                             admin)
                    .json();
            for (const json::value& item : page.at("items").as_array()) {
                visit(item);
            }
            const json::value& next = page.at("next_cursor");
            cursor = next.is_null() ? "" : std::string(next.as_string());
        } while (!cursor.empty());
    }
    // The fold of its history: one change of hands after the other, each from where it was.
    Held fold(Http& http, std::uint64_t device) const {
        Held folded{places[0], 1};
        pages(http, "/api/v1/devices/" + std::to_string(device) + "/transfers",
              [&](const json::value& transfer) {
                  EXPECT_EQ(transfer.at("state").as_string(), "accepted");
                  const Place from{number_at(transfer.at("from"), "org"),
                                   id_or_0(transfer.at("from").at("owner"))};
                  EXPECT_EQ(from, folded.place);
                  folded.place = {number_at(transfer.at("to"), "org"),
                                  id_or_0(transfer.at("to").at("owner"))};
                  ++folded.epoch;
              });
        return folded;
    }
    // fold(history) == owner table == org index, for every device.
    void expect_agreement(Http& http) const {
        std::multiset<std::pair<std::uint64_t, std::uint64_t>> listed;  // device, org
        for (const Place& place : places) {
            pages(http, "/api/v1/orgs/" + std::to_string(place.org) + "/devices",
                  [&](const json::value& device) {
                      listed.emplace(number_at(device, "id"), place.org);
                  });
        }
        EXPECT_EQ(listed.size(), devices.size());
        for (const std::uint64_t device : devices) {
            const Held now = held(http, device);
            const Held folded = fold(http, device);
            EXPECT_EQ(folded.place, now.place);
            EXPECT_EQ(folded.epoch, now.epoch);
            EXPECT_EQ(listed.count({device, now.place.org}), 1U);
            EXPECT_NE(now.place.owner, 0U);
        }
    }

    Server server;
    std::string admin;
    std::vector<Place> places;
    std::vector<std::uint64_t> devices;
};

TEST(LiveTransferRace, XFR_01_of_two_admins_at_once_one_wins_and_one_is_told_so) {
    Race race;
    Http first(race.server);
    Http second(race.server);
    const unsigned count = rounds("TREELINE_RACE_ROUNDS", 300);
    std::uint64_t epoch = 1;
    std::size_t at = 0;  // where the device is
    for (unsigned round = 0; round < count; ++round, ++epoch) {
        const std::size_t one = (at + 1) % race.places.size();
        const std::size_t other = (at + 2) % race.places.size();
        Answer answers[2];
        std::thread rival(
            [&] { answers[0] = race.transfer(first, race.devices[0], race.places[one], epoch); });
        answers[1] = race.transfer(second, race.devices[0], race.places[other], epoch);
        rival.join();
        const bool first_won = answers[0].status == 201;
        ASSERT_EQ(answers[first_won ? 1 : 0].status, 409U) << answers[first_won ? 1 : 0].body;
        ASSERT_EQ(answers[first_won ? 0 : 1].status, 201U) << answers[first_won ? 0 : 1].body;
        ASSERT_EQ(answers[first_won ? 1 : 0].json().at("code").as_string(), "epoch_moved");
        at = first_won ? one : other;
        const Held now = race.held(first, race.devices[0]);
        ASSERT_EQ(now.place, race.places[at]);
        ASSERT_EQ(now.epoch, epoch + 1);
    }
    race.expect_agreement(first);
    EXPECT_EQ(race.fold(first, race.devices[0]).epoch, count + 1);
}

// Transfers at random, from the epochs that it believes in, until the connection breaks. What was
// acknowledged is the least that each device's epoch may be afterwards.
void work(const Race& race, unsigned seed, std::vector<std::uint64_t> epochs,
          std::vector<std::atomic<std::uint64_t>>& acknowledged, std::counting_semaphore<>& made) {
    std::mt19937 random(seed);
    Http http(race.server);
    for (;;) {
        const std::size_t which = random() % race.devices.size();
        const Place& to = race.places[random() % race.places.size()];
        const Answer answer = race.transfer(http, race.devices[which], to, epochs[which]);
        if (answer.status == 201) {
            auto& least = acknowledged[which];
            ++epochs[which];
            for (auto seen = least.load(); seen < epochs[which];) {
                least.compare_exchange_weak(seen, epochs[which]);
            }
            made.release();
        } else if (answer.status != 409) {
            EXPECT_TRUE(answer.status == 0 || answer.status == 503) << answer.body;
            break;
        } else if (answer.json().at("code").as_string() == "epoch_moved") {
            ++epochs[which];
        }
    }
    made.release(1000);  // the killer must not wait for a worker that has ended
}

TEST(LiveTransferRace, XFR_28_in_a_loop_of_kill_9_history_owner_and_lists_agree) {
    const unsigned seed = std::random_device{}();
    std::printf("seed %u\n", seed);
    std::mt19937 random(seed);
    Race race;
    const unsigned count = rounds("TREELINE_RACE_KILLS", 8);
    std::vector<std::atomic<std::uint64_t>> acknowledged(devices_count);
    for (unsigned round = 0; round < count; ++round) {
        std::counting_semaphore<> made(0);
        std::vector<std::uint64_t> epochs;
        Http before(race.server);
        for (const std::uint64_t device : race.devices) {
            epochs.push_back(race.held(before, device).epoch);
        }
        const unsigned seeds[2]{static_cast<unsigned>(random()), static_cast<unsigned>(random())};
        std::thread first([&] { work(race, seeds[0], epochs, acknowledged, made); });
        std::thread second([&] { work(race, seeds[1], epochs, acknowledged, made); });
        for (unsigned wait = 1 + random() % 30; wait > 0; --wait) {
            made.acquire();
        }
        race.server.kill9();
        first.join();
        second.join();
        race.server.start();
        Http http(race.server);
        for (std::size_t i = 0; i < devices_count; ++i) {
            ASSERT_GE(race.held(http, race.devices[i]).epoch, acknowledged[i]) << "round " << round;
        }
        ASSERT_NO_FATAL_FAILURE(race.expect_agreement(http));
        ASSERT_FALSE(testing::Test::HasFailure()) << "round " << round;
    }
    std::uint64_t changes = 0;
    Http http(race.server);
    for (const std::uint64_t device : race.devices) {
        changes += race.held(http, device).epoch - 1;
    }
    std::printf("%u rounds of kill -9, %llu transfers, %zu devices agree\n", count,
                static_cast<unsigned long long>(changes), devices_count);
}

}  // namespace
}  // namespace treeline::live
