// 200 seeds of the whole hub on one thread. SIM_SEED=n runs that one alone, SIM_SEEDS=n so many.
#include <cstdlib>
#include <iostream>

#include <gtest/gtest.h>

#include "tests/sim/simulation.hpp"

namespace treeline {
namespace {

constexpr std::size_t steps = 1'500;
constexpr std::uint64_t seeds = 200;

void expect_seed_holds(std::uint64_t seed, Simulation::Tally& tally) {
    Simulation simulation(seed);
    simulation.run(steps);
    EXPECT_EQ(simulation.violation(), "") << "replay with SIM_SEED=" << seed;
    tally.add(simulation.tally());
}

TEST(Simulation, keeps_isolation_order_and_completeness_for_200_seeds) {
    Simulation::Tally tally;
    if (const char* seed = std::getenv("SIM_SEED")) {
        return expect_seed_holds(std::stoull(seed), tally);
    }
    const char* more = std::getenv("SIM_SEEDS");
    const std::uint64_t last = more == nullptr ? seeds : std::stoull(more);
    for (std::uint64_t seed = 1; seed <= last && !HasFailure(); ++seed) {
        expect_seed_holds(seed, tally);
    }
    std::cout << "seeds 1.." << last << ", " << steps << " steps each: " << tally.values
              << " values sent, " << tally.received << " received, " << tally.required
              << " of them required of " << tally.complete_watchers << " watchers; "
              << tally.changes << " changes in " << tally.worlds << " worlds, " << tally.ended
              << " watches ended, " << tally.began << " began, " << tally.lagged << " lagged, "
              << tally.resets << " resets, " << tally.downlinks << " downlinks\n";
    // The simulation must have met what it is about.
    EXPECT_GT(tally.required, 10'000u);
    EXPECT_GT(tally.changes, 5'000u);
    EXPECT_GT(tally.worlds, 1'000u);
    EXPECT_GT(tally.ended, 500u);
    EXPECT_GT(tally.began, 100u);
    EXPECT_GT(tally.lagged, 100u);
    EXPECT_GT(tally.resets, 10u);
    EXPECT_GT(tally.downlinks, 100u);
}

TEST(Simulation, replays_a_seed_exactly) {
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        Simulation first(seed);
        Simulation second(seed);
        first.run(steps);
        second.run(steps);
        EXPECT_EQ(first.digest(), second.digest()) << "seed " << seed;
    }
}

}  // namespace
}  // namespace treeline
