// The past: each instant gives the world that was the newest then, whatever is held already.
#include "broker/registry/past.hpp"

#include <gtest/gtest.h>

#include "broker/registry/replay.hpp"
#include "tests/support/storage/fakes.hpp"
#include "tests/support/world.hpp"

namespace treeline {
namespace {

using storage::FlakyStore;
using storage::make_memory_log;

// A log whose entries are a second apart, and the world after each of them.
struct History {
    WorldBuilder builder;
    std::vector<World> worlds;  // by revision - 1
    std::unique_ptr<storage::Log> log = make_memory_log();
    FlakyStore store;
    OrgId root, other;

    History() {
        step();
        root = builder.root();
        step();
        other = builder.root("other");
        step();
        for (int i = 0; i < 20; ++i) {
            builder.device(i % 3 == 0 ? other : root, "d" + std::to_string(i));
            step();
        }
    }
    void step() {
        std::vector<std::string> entries;
        for (std::size_t at = log->last(); at < builder.changes().size(); ++at) {
            entries.push_back(encode_change(builder.changes()[at]));
        }
        EXPECT_TRUE(log->append_if(log->last(), entries));
        while (worlds.size() < builder.changes().size()) {
            worlds.push_back(builder.world());
        }
        builder.now += Millis(1'000);
    }
    World newest() const { return worlds.back(); }
    UnixTime time_of(std::size_t at) const { return builder.changes()[at].at; }
};

// What is held may only save time: each order of asking gives the same.
TEST(Past, finds_the_world_of_every_time) {
    const History history;
    Past past(history.store, *history.log);
    for (const std::size_t at : {5U, 20U, 9U, 2U, 9U, 22U, 1U, 15U, 0U}) {
        for (const Millis later : {Millis(0), Millis(999)}) {
            const UnixTime time = history.time_of(at) + later;
            const auto found = past.find({history.newest(), {{time, {}, 0}}});
            ASSERT_EQ(found.size(), 1U);
            std::size_t last = at;  // changes of one instant belong together
            while (last + 1 < history.worlds.size() && history.time_of(last + 1) <= time) {
                ++last;
            }
            EXPECT_EQ(number(found[0].world->revision()), last + 1);
            EXPECT_EQ(events_of(*found[0].world), events_of(*history.worlds[last]));
            EXPECT_EQ(found[0].at, time);
        }
    }
}

TEST(Past, finds_the_change_that_gave_a_tree_its_revision) {
    const History history;
    Past past(history.store, *history.log);
    for (const OrgId tree : {history.root, history.other}) {
        for (const std::uint64_t revision : {3U, 7U, 1U, 5U, 3U}) {
            const auto found = past.find({history.newest(), {{std::nullopt, tree, revision}}});
            ASSERT_EQ(found.size(), 1U);
            const std::size_t last = number(found[0].world->revision()) - 1;
            EXPECT_EQ(found[0].world->tree_revision(tree), revision);
            EXPECT_EQ(history.worlds[last - 1]->tree_revision(tree), revision - 1);
            EXPECT_EQ(found[0].at, history.time_of(last));
        }
    }
}

TEST(Past, is_the_same_from_a_checkpoint) {
    History history;
    ASSERT_TRUE(write_checkpoint(history.store, *history.worlds[10]).has_value());
    for (const std::size_t at : {15U, 6U, 11U}) {
        Past past(history.store, *history.log);
        const auto found = past.find({history.newest(), {{history.time_of(at), {}, 0}}});
        ASSERT_EQ(found.size(), 1U);
        EXPECT_EQ(events_of(*found[0].world), events_of(*history.worlds[at]));
    }
}

TEST(Past, of_a_time_after_the_last_change_is_the_newest_world_itself) {
    const History history;
    Past past(history.store, *history.log);
    const auto found = past.find({history.newest(), {{history.builder.now, {}, 0}}});
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].world, history.newest());
}

TEST(Past, counts_an_entry_behind_a_clock_that_was_set_back_as_of_the_time_before) {
    History history;
    history.builder.now -= Millis(10'000);
    const UnixTime late = history.time_of(history.worlds.size() - 1);
    history.builder.device(history.root, "early");
    history.step();
    history.builder.now += Millis(20'000);
    history.builder.device(history.root, "later");
    history.step();
    Past past(history.store, *history.log);
    const auto before = past.find({history.newest(), {{late - Millis(1), {}, 0}}});
    const auto after = past.find({history.newest(), {{late, {}, 0}}});
    ASSERT_EQ(before.size() + after.size(), 2U);
    EXPECT_EQ(number(before[0].world->revision()), history.worlds.size() - 3);
    EXPECT_EQ(number(after[0].world->revision()), history.worlds.size() - 1);
}

TEST(Past, tells_nothing_where_the_log_cannot_be_read) {
    History history;
    const auto broken = make_memory_log();
    std::vector<std::string> entries;
    for (std::size_t at = 0; at < 6; ++at) {
        entries.push_back(at == 4 ? "no change" : encode_change(history.builder.changes()[at]));
    }
    ASSERT_TRUE(broken->append_if(0, entries));
    Past past(history.store, *broken);
    EXPECT_TRUE(past.find({history.worlds[5], {{std::nullopt, history.root, 4}}}).empty());
    EXPECT_EQ(past.find({history.worlds[5], {{history.time_of(2), {}, 0}}}).size(), 1U);
    EXPECT_TRUE(past.find({history.newest(), {{std::nullopt, history.root, 999}}}).empty());
}

}  // namespace
}  // namespace treeline
