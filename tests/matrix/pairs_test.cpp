// What a caller may not see and what does not exist get the same answer on every route of the
// table: the same bytes, and in the same time.
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <gtest/gtest.h>

#include "broker/api/route.hpp"
#include "tests/matrix/rows.hpp"

namespace treeline::matrix {
namespace {

// A caller who sees one org only, and for each kind what lies above, beside and outside it.
struct Outsider {
    Relations& world;
    Person caller;

    explicit Outsider(Relations& relations)
        : world(relations),
          caller(*std::ranges::find(relations.people, "A1 role 1", &Person::name)) {}

    std::vector<std::string> hidden(Kind kind) const {
        const auto now = world.instant();
        const model::Id me = number(caller.id);
        std::vector<std::string> ids;
        const auto add = [&](const auto& all, auto sees) {
            for (const auto& one : all) {
                if (!sees(number(one))) {
                    ids.push_back(world.wire(one));
                }
            }
        };
        switch (kind) {
            case Kind::org:
                add(world.orgs,
                    [&](model::Id id) { return model::sees_org(world.model, me, id, now); });
                break;
            case Kind::device:
                add(world.devices,
                    [&](model::Id id) { return model::sees_device(world.model, me, id, now); });
                break;
            case Kind::membership:
                add(world.memberships,
                    [&](model::Id id) { return model::sees_membership(world.model, me, id, now); });
                break;
            case Kind::user: {
                std::vector<UserId> users;
                for (const Person& person : world.people) {
                    users.push_back(person.id);
                }
                add(users,
                    [&](model::Id id) { return model::sees_user(world.model, me, id, now); });
                break;
            }
            case Kind::invitation:
                for (const MembershipId id : world.invitations) {
                    if (!model::sees_membership(world.model, me, number(id), now)) {
                        ids.push_back(world.wire(world.directory().membership(id)->org) +
                                      "/invitations/" + world.wire(id));
                    }
                }
                break;
            default:
                ids = {world.wire(world.hidden_offer)};
                break;
        }
        return ids;
    }

    HttpResponse ask(const Row& row, const std::string& id) const {
        const Asked what = asked(row, id, world.wire(caller.id));
        return world.request(std::string(row.method), what.target, caller.token, what.body,
                             {{"content-type", std::string(row.content_type)}});
    }
    // The same route with a body that could be meant: what is wrong with it must not be told.
    HttpResponse ask_bare(const Row& row, const std::string& id) const {
        const Asked what = asked(row, id, world.wire(caller.id));
        return world.request(std::string(row.method), what.target, caller.token, "{}");
    }
};

TEST(Indistinguishable, TEN_28_REST_04_on_every_route_in_every_byte) {
    Relations world(0);
    const Outsider outsider(world);
    unsigned compared = 0;
    for (const Row& row : rows()) {
        if (row.kind == Kind::none) {
            continue;
        }
        const std::string missing = essence_of(outsider.ask(row, missing_id(row.kind)));
        EXPECT_TRUE(missing.starts_with("404")) << row.method << ' ' << row.pattern << missing;
        const auto hidden = outsider.hidden(row.kind);
        EXPECT_FALSE(hidden.empty()) << row.method << ' ' << row.pattern;
        for (const std::string& id : hidden) {
            EXPECT_EQ(essence_of(outsider.ask(row, id)), missing)
                << row.method << ' ' << row.pattern << ' ' << id;
            ++compared;
        }
        const bool takes_json = row.content_type == "application/json";
        if (row.method != "GET" && takes_json && row.pattern.find('{') != std::string_view::npos) {
            EXPECT_TRUE(essence_of(outsider.ask_bare(row, hidden.front())).starts_with("404"))
                << row.method << ' ' << row.pattern << " looks at the body first";
        }
    }
    std::printf("%u pairs of answers are equal\n", compared);
}

// ---- time

double median(std::vector<double> values) {
    std::ranges::nth_element(values,
                             values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2));
    return values[values.size() / 2];
}

struct Spread {
    double median = 0, deviation = 0;
};

Spread spread_of(const std::vector<double>& values) {
    const double middle = median(values);
    std::vector<double> away;
    for (const double value : values) {
        away.push_back(std::abs(value - middle));
    }
    return {middle, median(away)};
}

double time_of(const Outsider& outsider, const Row& row, const std::string& id) {
    const std::int64_t before = steady_micros();
    const HttpResponse answer = outsider.ask(row, id);
    const std::int64_t took = steady_micros() - before;
    EXPECT_EQ(answer.status, 404U);
    return static_cast<double>(took);
}

TEST(Indistinguishable, TEN_28_on_every_route_in_time) {
    constexpr unsigned pairs = 500;
    Relations world(0);
    const Outsider outsider(world);
    double widest = 0;
    std::string_view where;
    for (const Row& row : rows()) {
        if (row.kind == Kind::none) {
            continue;
        }
        const auto hidden = outsider.hidden(row.kind);
        std::vector<double> of_hidden, of_missing;
        for (unsigned pair = 0; pair < pairs; ++pair) {
            const std::string missing = missing_id(row.kind, pair);
            of_hidden.push_back(time_of(outsider, row, hidden[pair % hidden.size()]));
            of_missing.push_back(time_of(outsider, row, missing));
        }
        const Spread there = spread_of(of_hidden);
        const Spread none = spread_of(of_missing);
        const double apart = std::abs(there.median - none.median);
        const double noise = 3 * std::max(there.deviation, none.deviation);
        EXPECT_TRUE(apart <= 1'000 || apart <= noise)
            << row.method << ' ' << row.pattern << ": " << there.median << " and " << none.median
            << " us";
        if (apart > widest) {
            widest = apart;
            where = row.pattern;
        }
    }
    std::printf("medians of %u pairs: at most %.1f us apart (%s)\n", pairs, widest,
                std::string(where).c_str());
}

}  // namespace
}  // namespace treeline::matrix
