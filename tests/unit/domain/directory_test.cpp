// Directory and apply: places in the tree, indexes, counts, copies.
#include "broker/domain/directory.hpp"

#include <gtest/gtest.h>

#include "tests/support/world.hpp"

namespace treeline {
namespace {

struct DirectoryTest : testing::Test {
    WorldBuilder w;
    OrgId root = w.root();
    OrgId a = w.org(root, "a");
    OrgId a1 = w.org(a, "a1");
    OrgId b = w.org(root, "b");

    OrgRecord record(OrgId id) { return *w.directory().org(id); }
    void put(const OrgRecord& org) {
        Change change;
        change.trees = {root};
        change.events.emplace_back(OrgPut{org});
        w.take(change);
    }
};

TEST_F(DirectoryTest, knows_what_is_within_what) {
    const Directory& d = w.directory();
    EXPECT_TRUE(d.is_within(a1, a1));
    EXPECT_TRUE(d.is_within(a1, a));
    EXPECT_TRUE(d.is_within(a1, root));
    EXPECT_FALSE(d.is_within(a, a1));
    EXPECT_FALSE(d.is_within(a1, b));
    EXPECT_FALSE(d.is_within(OrgId{99}, root));
    EXPECT_FALSE(d.is_within(a1, OrgId{}));
    EXPECT_FALSE(d.is_within(a1, w.root("other")));
}

TEST_F(DirectoryTest, takes_suspension_down_and_back_up) {
    w.suspend_org(a);
    EXPECT_TRUE(w.directory().org(a1)->suspended_here_or_above);
    EXPECT_FALSE(w.directory().org(b)->suspended_here_or_above);
    w.suspend_org(a1);
    w.resume_org(a);
    EXPECT_TRUE(w.directory().org(a1)->suspended_here_or_above);
    w.resume_org(a1);
    EXPECT_FALSE(w.directory().org(a1)->suspended_here_or_above);
}

TEST_F(DirectoryTest, moves_a_subtree_with_all_that_is_below) {
    const OrgId a11 = w.org(a1, "a11");
    w.suspend_org(b);
    OrgRecord moved = record(a1);
    moved.parent = b;
    put(moved);
    const Directory& d = w.directory();
    EXPECT_EQ(d.org(a11)->ancestors, (std::vector<OrgId>{root, b, a1}));
    EXPECT_TRUE(d.org(a11)->suspended_here_or_above);
    EXPECT_TRUE(d.is_within(a11, b));
    EXPECT_FALSE(d.is_within(a11, a));
    EXPECT_EQ(d.child_named(a, "a1"), OrgId{});
    EXPECT_EQ(d.child_named(b, "a1"), a1);
    EXPECT_EQ(events_of(restore(d.revision(), events_of(d))), events_of(d));
}

TEST_F(DirectoryTest, forgets_the_old_name_of_a_renamed_org) {
    OrgRecord renamed = record(a);
    renamed.name = "c";
    put(renamed);
    EXPECT_EQ(w.directory().child_named(root, "a"), OrgId{});
    EXPECT_EQ(w.directory().child_named(root, "c"), a);
}

TEST_F(DirectoryTest, finds_a_device_only_by_its_newest_token) {
    const DeviceId lamp = w.device(a, "lamp");
    const TokenHash old = w.directory().device(lamp)->token;
    const TokenHash next = w.next_token();
    w.run(RotateToken{lamp, next});
    EXPECT_EQ(w.directory().device_by_token(old), nullptr);
    ASSERT_NE(w.directory().device_by_token(next), nullptr);
    EXPECT_EQ(w.directory().device_by_token(next)->id, lamp);
    w.run(DeleteDevice{lamp, {}});
    EXPECT_EQ(w.directory().device_by_token(next), nullptr);
}

TEST_F(DirectoryTest, lists_what_belongs_to_an_org_in_ascending_order) {
    std::vector<DeviceId> made;
    for (int i = 0; i < 40; ++i) {
        made.push_back(w.device(i % 2 == 0 ? a : b, "d"));
    }
    std::vector<DeviceId> seen;
    w.directory().devices(a, made[10], [&](const Device& device) {
        seen.push_back(device.id);
        return seen.size() < 3;
    });
    EXPECT_EQ(seen, (std::vector<DeviceId>{made[12], made[14], made[16]}));
}

TEST_F(DirectoryTest, counts_changes_per_tree) {
    const OrgId other = w.root("other");
    const std::uint64_t before = w.directory().tree_revision(root);
    const std::uint64_t before_other = w.directory().tree_revision(other);
    const Revision revision = w.directory().revision();
    const DeviceId lamp = w.device(a, "lamp");
    EXPECT_EQ(w.directory().tree_revision(root), before + 1);
    EXPECT_EQ(w.directory().tree_revision(other), before_other);
    EXPECT_EQ(number(w.directory().revision()), number(revision) + 1);
    EXPECT_EQ(w.directory().device(lamp)->changed_at, before + 1);
}

TEST_F(DirectoryTest, counts_a_user_in_every_tree_of_his_and_a_login_in_none) {
    const OrgId other = w.root("other");
    const UserId ann = w.user(a, "ann");
    w.member(ann, other, role_user);
    const std::uint64_t here = w.directory().tree_revision(root);
    const std::uint64_t there = w.directory().tree_revision(other);
    w.sign_in(ann);
    EXPECT_EQ(w.directory().tree_revision(root), here);
    w.suspend(ann);
    EXPECT_EQ(w.directory().tree_revision(root), here + 1);
    EXPECT_EQ(w.directory().tree_revision(other), there + 1);
}

TEST_F(DirectoryTest, gives_rows_that_outlive_later_worlds) {
    const DeviceId lamp = w.device(a, "lamp");
    const World world = w.world();
    const Device* held = world->device(lamp);
    w.run(DeleteDevice{lamp, {}});
    EXPECT_EQ(world->device(lamp), held);
    EXPECT_EQ(held->name, "lamp");
    EXPECT_EQ(w.directory().device(lamp), nullptr);
}

TEST_F(DirectoryTest, never_gives_a_number_twice) {
    const DeviceId first = w.device(a, "lamp");
    w.run(DeleteDevice{first, {}});
    const Directory again = restore(w.directory().revision(), events_of(w.directory()));
    EXPECT_EQ(again.next().next_device, number(first) + 1);
    EXPECT_GT(number(w.device(a, "lamp")), number(first));
}

TEST_F(DirectoryTest, is_the_same_after_replaying_its_changes) {
    const UserId ann = w.user(a1, "ann", role_admin);
    w.device(a1, "lamp", ann);
    w.sign_in(ann);
    w.permissions(a1, role_user, {Permission::org_devices_view});
    Directory replayed;
    for (const Change& change : w.changes()) {
        replayed = apply(std::move(replayed), change);
    }
    EXPECT_EQ(events_of(replayed), events_of(w.directory()));
    EXPECT_EQ(replayed.revision(), w.directory().revision());
    EXPECT_EQ(replayed.wire().key(), w.directory().wire().key());
}

}  // namespace
}  // namespace treeline
