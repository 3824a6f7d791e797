// Every relation × every route × every object, against the naive model: generated from the route
// table, so that a route that nobody has thought about fails the suite.
#include <algorithm>
#include <cstdio>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "broker/api/route.hpp"
#include "tests/matrix/rows.hpp"

namespace treeline::matrix {
namespace {

constexpr unsigned phases = 3;

TEST(Matrix, REST_01_has_a_row_for_every_route_and_no_other) {
    for (const Route& route : routes()) {
        EXPECT_NE(row_of(route.method, route.pattern), nullptr)
            << route.method << ' ' << route.pattern
            << " has no row in tests/matrix/rows.cpp: say there what it names and who may";
    }
    for (const Row& row : rows()) {
        EXPECT_TRUE(std::ranges::any_of(routes(),
                                        [&](const Route& route) {
                                            return route.method == row.method &&
                                                   route.pattern == row.pattern;
                                        }))
            << row.method << ' ' << row.pattern << " is no route";
    }
}

// What a request can name: its id on the wire, and in the model.
struct Object {
    std::string wire;
    model::Id id = 0;
    bool is_missing = false;
};

std::vector<Object> objects_of(const Relations& world, Kind kind) {
    std::vector<Object> objects;
    const auto add = [&](const auto& ids) {
        for (const auto id : ids) {
            objects.push_back({world.wire(id), number(id)});
        }
    };
    switch (kind) {
        case Kind::none:
            return {{"", 0}};
        case Kind::org:
            add(world.orgs);
            break;
        case Kind::user:
            for (const Person& person : world.people) {
                objects.push_back({world.wire(person.id), number(person.id)});
            }
            break;
        case Kind::membership:
            add(world.memberships);
            break;
        case Kind::invitation:
            for (const MembershipId id : world.invitations) {
                const std::string org = world.wire(world.directory().membership(id)->org);
                objects.push_back({org + "/invitations/" + world.wire(id), number(id)});
            }
            break;
        case Kind::device:
            add(world.devices);
            break;
        default:
            for (const Offer& offer : world.offers) {
                objects.push_back({world.wire(offer.id),
                                   number(offer.device) | number(offer.from) << 16U |
                                       number(offer.to) << 32U | number(offer.made_by) << 48U});
            }
            break;
    }
    objects.push_back({missing_id(kind), 0, true});
    return objects;
}

class Cells {
  public:
    void check(unsigned phase) {
        Relations world(phase);
        SCOPED_TRACE("phase " + std::to_string(phase));
        const Revision before = world.directory().revision();
        for (const Row& row : rows()) {
            for (const Object& object : objects_of(world, row.kind)) {
                for (const Person& person : world.people) {
                    check(world, row, object, person);
                }
            }
        }
        EXPECT_EQ(world.directory().revision(), before) << "something was changed";
    }
    unsigned cells = 0;
    std::map<const Row*, std::set<Gate>> seen;

  private:
    void check(Relations& world, const Row& row, const Object& object, const Person& person) {
        const Asked ask = asked(row, object.wire, world.wire(person.id));
        const HttpResponse answer =
            world.request(std::string(row.method), ask.target, person.token, ask.body,
                          {{"content-type", std::string(row.content_type)}});
        ++cells;
        const bool is_out = person.name.ends_with("suspended");
        const Eyes eyes{world.model, number(person.id), world.instant()};
        const Gate expected = object.is_missing ? Gate::missing : row.need(eyes, object.id);
        seen[&row].insert(expected);
        const auto text = [&] {
            return person.name + ": " + std::string(row.method) + ' ' + ask.target + ' ' +
                   ask.body + "\n" + answer.body;
        };
        if (is_out && !row.is_public) {
            EXPECT_EQ(answer.status, 401U) << text();
        } else if (expected == Gate::missing) {
            EXPECT_EQ(answer.status, 404U) << text();
        } else if (expected == Gate::forbidden) {
            EXPECT_EQ(answer.status, 403U) << text();
        } else if (row.method == "GET" || ask.body.find("no_such_field") == std::string::npos) {
            EXPECT_EQ(answer.status, 200U) << text();
        } else {
            EXPECT_TRUE(answer.status == 422 || answer.status == 409 || answer.status == 410)
                << answer.status << ' ' << text();
        }
    }
};

TEST(Matrix, TEN_27_every_answer_is_the_models) {
    Cells cells;
    for (unsigned phase = 0; phase < phases; ++phase) {
        cells.check(phase);
    }
    std::printf("%u cells, compared with the naive model\n", cells.cells);
    for (const Row& row : rows()) {
        const bool is_split = row.kind == Kind::none || (cells.seen[&row].contains(Gate::missing) &&
                                                         cells.seen[&row].contains(Gate::open));
        EXPECT_TRUE(is_split) << row.method << ' ' << row.pattern << " has shown one answer only";
    }
}

}  // namespace
}  // namespace treeline::matrix
