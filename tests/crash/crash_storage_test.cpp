// kill -9 at random: nothing acknowledged is lost, no batch is torn; and the harness is proven able
// to see both.
#include <cstdlib>
#include <random>

#include <gtest/gtest.h>

#include "tests/crash/harness.hpp"
#include "tests/support/storage/scratch.hpp"

namespace treeline::crash {
namespace {

int rounds_of(int usual) {
    const char* asked = std::getenv("CRASH_ROUNDS");
    return asked == nullptr ? usual : std::atoi(asked);
}

// Rounds with a printed seed; the same database lives through all of them.
class Rounds {
  public:
    explicit Rounds(Fault fault) : fault_(fault), seed_(std::random_device{}()), random_(seed_) {
        ::testing::Test::RecordProperty("seed", std::to_string(seed_));
    }
    Findings next() {
        std::uniform_int_distribution<std::uint64_t> acks(1, 40);
        std::uniform_int_distribution<std::uint64_t> extra_us(0, 3000);
        return run_round(scratch_ / "db", fault_, acks(random_), extra_us(random_));
    }
    std::uint64_t seed() const { return seed_; }

  private:
    ScratchDirectory scratch_;
    const Fault fault_;
    const std::uint64_t seed_;
    std::mt19937_64 random_;
};

TEST(CrashStorage, loses_nothing_acknowledged_and_tears_nothing_STO_01) {
    Rounds rounds(Fault::none);
    for (int round = 0; round < rounds_of(50); ++round) {
        const Findings findings = rounds.next();
        ASSERT_EQ(findings.refused, "") << "seed " << rounds.seed() << " round " << round;
        ASSERT_FALSE(findings.lost) << findings.found << " of " << findings.acknowledged
                                    << ", seed " << rounds.seed() << " round " << round;
        ASSERT_FALSE(findings.torn) << "seed " << rounds.seed() << " round " << round;
    }
}

TEST(CrashHarness, sees_the_loss_of_what_was_never_synced_STO_02) {
    Rounds rounds(Fault::unsynced);
    const int count = rounds_of(20);
    int losses = 0;
    for (int round = 0; round < count; ++round) {
        losses += rounds.next().lost ? 1 : 0;
    }
    EXPECT_GT(losses * 3, count * 2) << "seed " << rounds.seed();
}

TEST(CrashHarness, sees_a_batch_that_was_written_as_two_STO_03) {
    int torn = 0;
    for (int round = 0; round < 200 && torn == 0; ++round) {
        Rounds rounds(Fault::torn_batch);  // a torn database is not lived in again
        torn += rounds.next().torn ? 1 : 0;
    }
    EXPECT_GT(torn, 0);
}

}  // namespace
}  // namespace treeline::crash

int main(int argc, char** argv) {
    if (argc == 4 && argv[1] == treeline::crash::child_role) {
        treeline::crash::live_as_child(argv[2], argv[3]);
    }
    ::testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
