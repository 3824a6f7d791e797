// Checkpoints and replay: what is loaded equals the live Directory, whenever the crash came.
#include "broker/registry/replay.hpp"

#include <gtest/gtest.h>

#include "tests/support/storage/fakes.hpp"
#include "tests/support/world.hpp"

namespace treeline {
namespace {

using storage::FlakyStore;
using storage::make_memory_log;

// A tree with a bit of everything, many enough for several chunks.
void build(WorldBuilder& builder, int devices) {
    const OrgId root = builder.root();
    const OrgId shop = builder.org(root, "shop");
    const UserId user = builder.user(shop, "ann", role_staff);
    builder.sign_in(user);
    builder.permissions(shop, role_user, {Permission::own_devices_view});
    for (int i = 0; i < devices; ++i) {
        builder.device(shop, "d" + std::to_string(i), i % 2 == 0 ? user : UserId{});
    }
}

void append(storage::Log& log, const std::vector<Change>& changes) {
    std::vector<std::string> entries;
    for (std::size_t at = log.last(); at < changes.size(); ++at) {
        entries.push_back(encode_change(changes[at]));
    }
    ASSERT_TRUE(log.append_if(log.last(), entries));
}

void expect_same(const Directory& loaded, const Directory& live) {
    EXPECT_EQ(loaded.revision(), live.revision());
    EXPECT_EQ(events_of(loaded), events_of(live));
}

std::size_t keys_of(const storage::Store& store) {
    std::size_t keys = 0;
    EXPECT_TRUE(store.scan({}, {}, [&](std::string_view, std::string_view) {
        ++keys;
        return true;
    }));
    return keys;
}

TEST(Replay, of_nothing_is_an_empty_directory) {
    FlakyStore store;
    const auto loaded = load_directory(store, *make_memory_log());
    ASSERT_TRUE(loaded.has_value());
    EXPECT_EQ(loaded->directory.revision(), Revision{0});
}

TEST(Replay, TEN_26_of_what_can_not_be_read_is_no_directory_at_all) {
    WorldBuilder builder;
    build(builder, 20);
    FlakyStore store;
    storage::FlakyLog log;
    append(log, builder.changes());
    log.failing_reads = true;
    EXPECT_FALSE(load_directory(store, log).has_value());
    log.failing_reads = false;
    store.failing_reads = true;
    EXPECT_FALSE(load_directory(store, log).has_value());
    store.failing_reads = false;
    EXPECT_TRUE(load_directory(store, log).has_value());
}

TEST(Replay, of_the_log_alone_equals_the_live_directory) {
    WorldBuilder builder;
    build(builder, 20);
    FlakyStore store;
    const auto log = make_memory_log();
    append(*log, builder.changes());
    const auto loaded = load_directory(store, *log);
    ASSERT_TRUE(loaded.has_value());
    expect_same(loaded->directory, builder.directory());
    EXPECT_EQ(loaded->replayed, builder.changes().size());
}

TEST(Replay, of_a_checkpoint_and_what_came_after_equals_the_live_directory) {
    WorldBuilder builder;
    build(builder, 900);
    FlakyStore store;
    const auto log = make_memory_log();
    append(*log, builder.changes());
    ASSERT_TRUE(write_checkpoint(store, builder.directory()));
    EXPECT_GE(keys_of(store), 3U);  // a mark and more than one chunk
    const auto alone = load_directory(store, *log);
    ASSERT_TRUE(alone.has_value());
    EXPECT_EQ(alone->replayed, 0U);
    expect_same(alone->directory, builder.directory());

    builder.suspend(builder.directory().user_by_email("ann@example.com")->id);
    builder.org(OrgId{1}, "later");
    append(*log, builder.changes());
    const auto loaded = load_directory(store, *log);
    ASSERT_TRUE(loaded.has_value());
    EXPECT_EQ(loaded->replayed, 2U);
    expect_same(loaded->directory, builder.directory());
}

TEST(Replay, answers_the_same_after_a_checkpoint_as_without_one) {
    WorldBuilder builder;
    build(builder, 10);
    FlakyStore store;
    const auto log = make_memory_log();
    append(*log, builder.changes());
    ASSERT_TRUE(write_checkpoint(store, builder.directory()));
    auto loaded = load_directory(store, *log);
    ASSERT_TRUE(loaded.has_value());
    const Directory& directory = loaded->directory;
    EXPECT_EQ(directory.wire().key(), builder.directory().wire().key());
    EXPECT_EQ(directory.next(), builder.directory().next());
    EXPECT_EQ(directory.tree_revision(OrgId{1}), builder.directory().tree_revision(OrgId{1}));
    EXPECT_EQ(directory.device(DeviceId{3})->changed_at,
              builder.directory().device(DeviceId{3})->changed_at);
    EXPECT_EQ(directory.device_by_token(directory.device(DeviceId{3})->token)->id, DeviceId{3});
}

TEST(Checkpoint, replaces_the_one_before_and_leaves_nothing_of_it) {
    WorldBuilder builder;
    build(builder, 900);
    FlakyStore store;
    ASSERT_TRUE(write_checkpoint(store, builder.directory()));
    const std::size_t keys = keys_of(store);
    builder.org(OrgId{1}, "one more");
    ASSERT_TRUE(write_checkpoint(store, builder.directory()));
    EXPECT_EQ(keys_of(store), keys);
}

TEST(Checkpoint, never_replaces_a_later_or_an_equal_one) {
    WorldBuilder builder;
    build(builder, 3);
    const Directory earlier = builder.directory();
    builder.org(OrgId{1}, "later");
    FlakyStore store;
    ASSERT_TRUE(write_checkpoint(store, builder.directory()));
    const int writes = store.writes;
    ASSERT_TRUE(write_checkpoint(store, earlier));
    ASSERT_TRUE(write_checkpoint(store, builder.directory()));
    EXPECT_EQ(store.writes, writes);
}

TEST(Checkpoint, a_crash_before_any_of_its_writes_leaves_a_directory_that_loads) {
    WorldBuilder builder;
    build(builder, 900);
    const Directory earlier = builder.directory();
    builder.org(OrgId{1}, "later");
    const auto log = make_memory_log();
    append(*log, builder.changes());
    int survived = 0;
    for (bool finished = false; !finished; ++survived) {
        FlakyStore store;
        ASSERT_TRUE(write_checkpoint(store, earlier));
        store.writes_left = survived;
        finished = write_checkpoint(store, builder.directory()).has_value();
        const auto loaded = load_directory(store, *log);
        ASSERT_TRUE(loaded.has_value()) << survived;
        expect_same(loaded->directory, builder.directory());
        store.writes_left = 1000;  // and the next one cleans up
        ASSERT_TRUE(write_checkpoint(store, builder.directory()));
    }
    EXPECT_GE(survived, 4);  // chunks, mark, cleaning
}

// Deletes the first key that begins with `prefix`.
void lose(storage::Store& store, std::string_view prefix) {
    std::string lost;
    ASSERT_TRUE(store.scan(prefix, {}, [&](std::string_view key, std::string_view) {
        lost = std::string(key);
        return false;
    }));
    ASSERT_TRUE(lost.starts_with(prefix));
    ASSERT_TRUE(store.write({{lost, std::nullopt}}, storage::Durability::synced));
}

TEST(Replay, calls_a_marked_checkpoint_with_a_missing_chunk_corrupt) {
    WorldBuilder builder;
    build(builder, 3);
    FlakyStore store;
    const auto log = make_memory_log();
    append(*log, builder.changes());
    ASSERT_TRUE(write_checkpoint(store, builder.directory()));
    lose(store, "checkpoint/chunk/");
    const auto loaded = load_directory(store, *log);
    ASSERT_FALSE(loaded.has_value());
    EXPECT_EQ(loaded.error(), storage::Errc::corruption);
}

TEST(Replay, calls_a_checkpoint_beyond_the_log_corrupt) {
    WorldBuilder builder;
    build(builder, 3);
    FlakyStore store;
    ASSERT_TRUE(write_checkpoint(store, builder.directory()));
    const auto loaded = load_directory(store, *make_memory_log());
    ASSERT_FALSE(loaded.has_value());
    EXPECT_EQ(loaded.error(), storage::Errc::corruption);
}

TEST(Replay, calls_an_entry_that_it_cannot_read_corrupt) {
    WorldBuilder builder;
    FlakyStore store;
    const auto log = make_memory_log();
    append(*log, builder.changes());
    const std::vector<std::string> noise{"noise"};
    ASSERT_TRUE(log->append_if(log->last(), noise));
    const auto loaded = load_directory(store, *log);
    ASSERT_FALSE(loaded.has_value());
    EXPECT_EQ(loaded.error(), storage::Errc::corruption);
}

}  // namespace
}  // namespace treeline
