// NumberSet against std::set, and its copies against what they were.
#include "base/number_set.hpp"

#include <limits>
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace treeline {
namespace {

using Model = std::set<std::uint64_t>;
struct Step {
    bool erases;
    std::uint64_t key;
};

std::vector<std::uint64_t> listed(const NumberSet& set, std::uint64_t after) {
    std::vector<std::uint64_t> keys;
    set.visit(after, [&](std::uint64_t key) {
        keys.push_back(key);
        return true;
    });
    return keys;
}

bool equals(const NumberSet& set, const Model& model) {
    return set.size() == model.size() && set.empty() == model.empty() &&
           listed(set, 0) == std::vector<std::uint64_t>(model.begin(), model.end());
}

rc::Gen<std::uint64_t> keys() {
    return rc::gen::oneOf(rc::gen::inRange<std::uint64_t>(1, 12),
                          rc::gen::inRange<std::uint64_t>(1, 100),
                          rc::gen::inRange<std::uint64_t>(1, 1'000'000),
                          rc::gen::just(std::numeric_limits<std::uint64_t>::max()));
}

// A script that fills, then empties: so that a set is one, few and many on its way there and back.
std::vector<Step> script() {
    std::vector<Step> steps;
    for (const bool mostly_erases : {false, true, false}) {
        const auto drawn = *rc::gen::container<std::vector<std::pair<int, std::uint64_t>>>(
            static_cast<std::size_t>(*rc::gen::inRange(0, 120)),
            rc::gen::pair(rc::gen::inRange(0, 5), keys()));
        for (const auto& [chance, key] : drawn) {
            steps.push_back({(chance == 0) != mostly_erases, key});
        }
    }
    return steps;
}

// What is erased is there, more often than not.
std::uint64_t erased(const Step& step, const Model& model) {
    const auto at = model.lower_bound(step.key);
    return at == model.end() ? step.key : *at;
}

void play(const Step& step, NumberSet& set, Model& model) {
    if (step.erases) {
        const std::uint64_t key = erased(step, model);
        set.erase(key);
        model.erase(key);
    } else {
        set.insert(step.key);
        model.insert(step.key);
    }
}

TEST(NumberSet, holds_what_a_std_set_holds) {
    EXPECT_TRUE(rc::check([] {
        NumberSet set;
        Model model;
        for (const Step& step : script()) {
            play(step, set, model);
            RC_ASSERT(equals(set, model));
            RC_ASSERT(set.contains(step.key) == model.contains(step.key));
        }
        while (!model.empty()) {
            play({true, 1}, set, model);
            RC_ASSERT(equals(set, model));
        }
    }));
}

TEST(NumberSet, leaves_every_older_copy_as_it_was) {
    EXPECT_TRUE(rc::check([] {
        NumberSet set;
        Model model;
        std::vector<std::pair<NumberSet, Model>> copies;
        for (const Step& step : script()) {
            copies.emplace_back(set, model);
            play(step, set, model);
        }
        for (const auto& [copy, expected] : copies) {
            RC_ASSERT(equals(copy, expected));
        }
    }));
}

TEST(NumberSet, visits_what_is_greater_in_ascending_order) {
    EXPECT_TRUE(rc::check([] {
        NumberSet set;
        Model model;
        for (const Step& step : script()) {
            play(step, set, model);
        }
        const std::uint64_t after = *keys();
        RC_ASSERT(listed(set, after) ==
                  std::vector<std::uint64_t>(model.upper_bound(after), model.end()));
    }));
}

TEST(NumberSet, stops_when_the_visitor_says_so) {
    for (const std::uint64_t size : {1U, 10U, 100U}) {
        NumberSet set;
        for (std::uint64_t key = 1; key <= size; ++key) {
            set.insert(key);
        }
        std::uint64_t seen = 0;
        set.visit(0, [&](std::uint64_t) { return ++seen < 3; });
        EXPECT_EQ(seen, std::min<std::uint64_t>(size, 3));
    }
}

// There are millions of sets of one.
TEST(NumberSet, is_two_words) {
    EXPECT_EQ(sizeof(NumberSet), 2 * sizeof(std::uint64_t));
}

}  // namespace
}  // namespace treeline
