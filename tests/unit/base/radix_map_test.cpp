// RadixMap against std::map, and its copies against what they were.
#include "base/radix_map.hpp"

#include <map>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace treeline {
namespace {

using Model = std::map<std::uint64_t, std::string>;
using Map = RadixMap<std::string>;
struct Step {
    bool erases;
    std::uint64_t key;
    std::string value;
};

Model contents(const Map& map) {
    Model model;
    map.visit_from(0, [&](std::uint64_t key, const std::string& value) {
        model.emplace(key, value);
        return true;
    });
    return model;
}

rc::Gen<std::uint64_t> keys() {
    return rc::gen::oneOf(rc::gen::inRange<std::uint64_t>(0, 40),
                          rc::gen::inRange<std::uint64_t>(0, 5000),
                          rc::gen::arbitrary<std::uint64_t>(),
                          rc::gen::just(std::numeric_limits<std::uint64_t>::max()));
}

rc::Gen<std::vector<Step>> scripts() {
    return rc::gen::container<std::vector<Step>>(rc::gen::construct<Step>(
        rc::gen::arbitrary<bool>(), keys(), rc::gen::arbitrary<std::string>()));
}

void play(const Step& step, Map& map, Model& model) {
    if (step.erases) {
        map.erase(step.key);
        model.erase(step.key);
    } else {
        map.set(step.key, step.value);
        model[step.key] = step.value;
    }
}

TEST(RadixMap, holds_what_a_std_map_holds) {
    EXPECT_TRUE(rc::check([] {
        Map map;
        Model model;
        for (const Step& step : *scripts()) {
            play(step, map, model);
            RC_ASSERT(map.size() == model.size());
        }
        RC_ASSERT(contents(map) == model);
        for (const auto& [key, value] : model) {
            RC_ASSERT((map.find(key) != nullptr && *map.find(key) == value));
        }
        const std::uint64_t other = *keys();
        RC_ASSERT(map.contains(other) == model.contains(other));
    }));
}

TEST(RadixMap, finds_all_at_once_what_it_finds_one_by_one) {
    EXPECT_TRUE(rc::check([] {
        Map map;
        Model model;
        for (const Step& step : *scripts()) {
            play(step, map, model);
        }
        std::vector<std::uint64_t> asked = *rc::gen::container<std::vector<std::uint64_t>>(keys());
        for (const auto& [key, value] : model) {
            asked.push_back(key);
        }
        const auto found = map.find_all(asked);
        RC_ASSERT(found.size() == asked.size());
        for (std::size_t i = 0; i < asked.size(); ++i) {
            RC_ASSERT(found[i] == map.find(asked[i]));
        }
    }));
}

TEST(RadixMap, leaves_every_older_copy_as_it_was) {
    EXPECT_TRUE(rc::check([] {
        Map map;
        Model model;
        std::vector<std::pair<Map, Model>> copies;
        for (const Step& step : *scripts()) {
            copies.emplace_back(map, model);
            play(step, map, model);
        }
        for (const auto& [copy, expected] : copies) {
            RC_ASSERT(contents(copy) == expected);
            RC_ASSERT(copy.size() == expected.size());
        }
    }));
}

TEST(RadixMap, visits_what_is_greater_in_ascending_order) {
    EXPECT_TRUE(rc::check([] {
        Map map;
        Model model;
        for (const Step& step : *scripts()) {
            play(step, map, model);
        }
        const std::uint64_t after = *keys();
        auto expected = model.upper_bound(after);
        map.visit(after, [&](std::uint64_t key, const std::string& value) {
            RC_ASSERT(expected != model.end());
            RC_ASSERT((key == expected->first && value == expected->second));
            ++expected;
            return true;
        });
        RC_ASSERT(expected == model.end());
    }));
}

TEST(RadixMap, stops_when_the_visitor_says_so) {
    Map map;
    for (std::uint64_t key = 1; key <= 100; ++key) {
        map.set(key, "x");
    }
    int seen = 0;
    map.visit(50, [&](std::uint64_t, const std::string&) { return ++seen < 3; });
    EXPECT_EQ(seen, 3);
}

TEST(RadixMap, changes_in_place_what_no_copy_holds) {
    Map map;
    map.set(7, "old");
    const std::string* before = map.find(7);
    map.set(7, "new");
    EXPECT_EQ(map.find(7), before);
    const Map copy = map;
    map.set(7, "newer");
    EXPECT_NE(map.find(7), copy.find(7));
    EXPECT_EQ(*copy.find(7), "new");
}

TEST(RadixMap, lets_other_threads_read_and_drop_their_copies) {
    Map map;
    for (std::uint64_t key = 1; key <= 1000; ++key) {
        map.set(key, std::to_string(key));
    }
    std::vector<std::thread> readers;
    for (int i = 0; i < 4; ++i) {
        readers.emplace_back([copy = map] {
            for (std::uint64_t key = 1; key <= 1000; ++key) {
                const Map mine = copy;
                EXPECT_EQ(*mine.find(key), std::to_string(key));
            }
        });
    }
    for (std::uint64_t key = 1; key <= 1000; ++key) {
        map.set(key, "changed");
        map.erase(key);
    }
    for (std::thread& reader : readers) {
        reader.join();
    }
    EXPECT_TRUE(map.empty());
}

}  // namespace
}  // namespace treeline
