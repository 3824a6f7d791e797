// The first second after a restart: everybody asks at once, and nobody's answer is in any cache.
#include <algorithm>
#include <cstdio>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "tests/property/random_world.hpp"
#include "tests/unit/api/api_harness.hpp"

namespace treeline::matrix {
namespace {

constexpr int people_count = 10'000;
constexpr int devices_count = 100;

struct Somebody {
    UserId id{};
    std::string token;
};

// 15 orgs, three deep. Each tenth has a second job elsewhere, some of them at an end by now or
// about to begin; each thirtieth is suspended; each third device is somebody's own.
struct Town : ApiHarness {
    std::vector<OrgId> orgs;
    std::vector<Somebody> people;
    std::vector<DeviceId> devices;

    Town() {
        limiter = nullptr;
        orgs.push_back(builder.root("root"));
        for (std::size_t at = 0; at < 14; ++at) {
            orgs.push_back(builder.org(orgs[at / 2], "org" + std::to_string(at)));
        }
        builder.permissions(orgs[3], role_user, {Permission::org_devices_view});
        builder.permissions(orgs[1], role_staff,
                            {Permission::suborgs_view, Permission::org_devices_view});
        for (int at = 0; at < people_count; ++at) {
            make(static_cast<std::size_t>(at));
        }
        for (std::size_t at = 0; at < devices_count; ++at) {
            const std::size_t org = at % orgs.size();
            const UserId owner = at % 3 == 0 ? people[org].id : UserId{};
            devices.push_back(builder.device(orgs[org], "device" + std::to_string(at), owner));
        }
        start();
    }
    void make(std::size_t at) {
        // Of the first fifteen, one is a User at home in each org: the owners.
        const RoleId role{at < orgs.size() ? 3U : at % 50 == 0 ? 1U : at % 7 == 0 ? 2U : 3U};
        const UserId id = builder.user(orgs[at % orgs.size()], "u" + std::to_string(at), role);
        if (at % 10 == 7) {
            const auto ended = at % 20 == 7 ? std::optional(builder.now + Millis(1)) : std::nullopt;
            const auto begins =
                at % 40 == 17 ? std::optional(builder.now + std::chrono::hours(1)) : std::nullopt;
            builder.member(id, orgs[(at / 10) % orgs.size()], role_staff, begins, ended);
        }
        people.push_back({id, sign_in(id)});
        if (at % 30 == 29) {
            builder.suspend(id);
        }
    }
};

// The naive model, asked about one user at a time: of the others it needs to know nothing.
class Model {
  public:
    explicit Model(const Directory& directory) : all_(property::model_of(directory)) {
        for (const model::Membership& membership : all_.memberships) {
            memberships_[membership.user].push_back(membership);
        }
        for (const model::User& user : all_.users) {
            status_[user.id] = user.status;
        }
        for (const model::Device& device : all_.devices) {
            owners_.insert(device.owner);
        }
        all_.users.clear();
        all_.memberships.clear();
    }
    using Rights = std::vector<model::Names>;  // by device, in the order of the world
    // Whoever owns nothing and has the same memberships as another is told the same.
    const Rights& rights(model::Id user, model::Instant now) {
        const std::string kind = owners_.contains(user) ? std::to_string(user) : kind_of(user);
        const auto [at, is_new] = by_kind_.try_emplace(kind);
        if (is_new) {
            model::World world = all_;
            world.users = {{user, status_.at(user)}};
            world.memberships = memberships_[user];
            for (const model::Device& device : world.devices) {
                at->second.push_back(model::device_rights(world, user, device.id, now));
            }
        }
        return at->second;
    }
    std::size_t kinds() const { return by_kind_.size(); }

  private:
    std::string kind_of(model::Id user) {
        std::string kind = status_.at(user);
        for (const model::Membership& m : memberships_[user]) {
            for (const std::int64_t part :
                 {static_cast<std::int64_t>(m.org), static_cast<std::int64_t>(m.role),
                  m.not_before.value_or(-1), m.not_after.value_or(-1)}) {
                kind += "," + std::to_string(part);
            }
        }
        return kind;
    }

    model::World all_;
    std::map<model::Id, std::vector<model::Membership>> memberships_;
    std::map<model::Id, std::string> status_;
    std::set<model::Id> owners_;
    std::map<std::string, Rights> by_kind_;
};

std::set<std::string> listed(const HttpResponse& response) {
    std::set<std::string> ids;
    const json::object page = object_of(response);
    for (const json::value& item : page.at("items").as_array()) {
        ids.insert(json::serialize(item.at("id")));
    }
    EXPECT_TRUE(page.at("next_cursor").is_null());
    return ids;
}

TEST(ColdStart, TEN_25_ten_thousand_users_by_a_hundred_devices_are_answered_as_the_model_says) {
    Town town;
    town.pass(Millis(5));
    const model::Instant now = to_unix_ms(town.now().wall);
    const Directory& directory = town.directory();
    Model model(directory);
    std::size_t wrong = 0, yes = 0, asked = 0;
    const std::int64_t begun_us = steady_micros();
    for (const Somebody& person : town.people) {
        const Model::Rights& expected = model.rights(number(person.id), now);
        std::set<std::string> visible;
        for (std::size_t at = 0; at < town.devices.size(); ++at) {
            const DeviceVerdict verdict =
                device_rights(directory, person.id, town.devices[at], town.now().wall);
            ++asked;
            yes += verdict.rights.any() ? 1U : 0U;
            wrong += property::names_of(verdict.rights) == expected[at] ? 0U : 1U;
            if (expected[at].contains("view")) {
                visible.insert(town.wire(town.devices[at]));
            }
        }
        const HttpResponse list = town.request("GET", "/api/v1/devices?limit=1000", person.token);
        if (asked % (100 * devices_count) == 0) {
            town.turn();  // the audit takes the looks
        }
        const bool is_known = list.status == 200;
        ASSERT_TRUE(is_known || (list.status == 401 && visible.empty())) << list.body;
        EXPECT_EQ(is_known ? listed(list) : std::set<std::string>(), visible);
    }
    const double took_s = static_cast<double>(steady_micros() - begun_us) / 1e6;
    EXPECT_EQ(wrong, 0U);
    EXPECT_EQ(asked, std::size_t{people_count} * devices_count);
    EXPECT_GT(yes, 10'000U);
    EXPECT_GT(model.kinds(), 30U);
    std::printf(
        "%zu rights of which %zu gave something, and %d lists, in %.1f s; %zu kinds of users\n",
        asked, yes, people_count, took_s, model.kinds());
}

}  // namespace
}  // namespace treeline::matrix
