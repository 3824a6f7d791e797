// What one viewer is told of a push: the first of each list, all that he sees counted.
#include "broker/authority/preview.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "broker/domain/push.hpp"
#include "tests/support/world.hpp"

namespace treeline {
namespace {

struct ShownPushTest : ::testing::Test {
    WorldBuilder build;
    OrgId root = build.root();
    OrgId left = build.org(root, "left");
    OrgId right = build.org(root, "right");
    UserId boss = build.user(left, "boss", role_admin);

    ShownPushTest() {
        for (int i = 0; i < 3; ++i) {
            for (const OrgId org : {left, right}) {
                const std::string name = std::to_string(number(org)) + "-" + std::to_string(i);
                build.device(org, name, build.user(org, name));
            }
        }
    }
    // Users lose the sight of their own devices, everywhere.
    PushPreview preview() {
        build.permissions(root, role_user, PermissionSet{});
        Push command;
        command.org = root;
        command.mode = PushMode::overwrite;
        command.roles = {role_user};
        const auto groups = push_groups(build.directory(), command);
        Change change;
        change.events.emplace_back(PushPut{{root, groups, false}});
        return preview_push(build.directory(), apply(build.directory(), change), groups, build.now);
    }
    ShownPush shown_to_one(UserId viewer, std::size_t max) {
        PushPreview seen = preview();
        leave_out_unseen(build.directory(), viewer, seen, build.now);
        return first_of(seen, max);
    }
};

TEST_F(ShownPushTest, counts_all_and_holds_the_first) {
    const ShownPush shown = shown_to_one(build.admin(), 2);
    EXPECT_EQ(shown.orgs_total, 2U);
    EXPECT_EQ(shown.users_total, 6U);
    EXPECT_EQ(shown.devices_total, 6U);
    EXPECT_EQ(shown.orgs.size(), 2U);
    EXPECT_EQ(shown.users.size(), 2U);
    EXPECT_EQ(shown.devices.size(), 2U);
    EXPECT_EQ(shown.devices.front().vanished.size(), 1U);
}

TEST_F(ShownPushTest, counts_what_the_viewer_sees_alone) {
    const ShownPush shown = shown_to_one(boss, 100);
    EXPECT_EQ(shown.orgs_total, 1U);
    EXPECT_EQ(shown.users_total, 3U);
    EXPECT_EQ(shown.devices_total, 3U);
    EXPECT_EQ(shown.orgs, std::vector<OrgId>{left});
}

TEST_F(ShownPushTest, forgets_what_has_gone_out_of_sight) {
    ShownPush shown = shown_to_one(build.admin(), 4);
    leave_out_unseen(build.directory(), boss, shown, build.now);
    EXPECT_EQ(shown.orgs_total, 1U);
    const std::size_t hidden = 4 - shown.users.size();
    EXPECT_EQ(shown.users_total, 6U - hidden);
    EXPECT_GT(hidden, 0U);
    for (const PushPreview::Rights& rights : shown.users) {
        EXPECT_EQ(rights.org, left);
    }
}

// A pair that is only linked moves nothing by itself, but its users may lose by a set further up.
TEST(PushPreviewOfLinks, tells_of_users_who_lose_by_another_set_and_of_no_others) {
    WorldBuilder build;
    const OrgId root = build.root();
    const OrgId above = build.org(root, "above");
    const OrgId below = build.org(above, "below");
    const UserId ann = build.user(below, "ann");
    build.member(ann, above, role_staff);
    build.user(below, "bob");
    const auto preview = [&] {
        const auto groups = push_groups(build.directory(), {root, PushMode::link, {}, {}});
        const Event push = PushPut{{root, groups, false}};
        return preview_push(build.directory(), foresee(build.directory(), push), groups, build.now);
    };
    const PushPreview only_linked = preview();
    EXPECT_EQ(only_linked.orgs, (std::vector<OrgId>{above, below}));
    EXPECT_TRUE(only_linked.users.empty());

    PermissionSet fewer = default_permissions(role_staff);
    fewer.reset(index(Permission::org_devices_control));
    build.permissions(root, role_staff, fewer);
    std::vector<std::pair<UserId, OrgId>> told;
    for (const PushPreview::Rights& rights : preview().users) {
        EXPECT_TRUE(contains(rights.lost, Permission::org_devices_control));
        told.emplace_back(rights.user, rights.org);
    }
    std::ranges::sort(told);
    EXPECT_EQ(told, (std::vector<std::pair<UserId, OrgId>>{{ann, above}, {ann, below}}));
}

PushPreview preview_undo(const WorldBuilder& build, OrgId org) {
    const Directory& before = build.directory();
    const auto groups = undo_groups(before, org).groups;
    const Event undo = PushPut{{org, groups, true}};
    const Directory after = foresee(before, undo);
    return preview_push(before, after, undo_effect(before, after, groups), build.now);
}

// The group of a link remembers the set that was pushed; what is lost is the one it follows by now.
TEST(PushPreviewOfLinks, says_of_an_undo_what_the_link_has_come_to_give) {
    WorldBuilder build;
    const OrgId root = build.root();
    const UserId ann = build.user(build.org(root, "below"), "ann");
    build.run(Push{root, PushMode::link, {role_user}, {}});
    PermissionSet more = default_permissions(role_user);
    more.set(index(Permission::org_devices_view));
    build.permissions(root, role_user, more);
    const PushPreview preview = preview_undo(build, root);
    ASSERT_EQ(preview.users.size(), 1U);
    EXPECT_EQ(preview.users.front().user, ann);
    EXPECT_EQ(preview.users.front().lost, permission_set({Permission::org_devices_view}));
    EXPECT_TRUE(preview.users.front().gained.none());
}

// What was linked by hand since is no longer as the push left it, and moves all the same.
TEST(PushPreviewOfLinks, says_of_an_undo_who_follows_what_it_restores) {
    WorldBuilder build;
    const OrgId root = build.root();
    const OrgId above = build.org(root, "above");
    const OrgId below = build.org(above, "below");
    const UserId ann = build.user(below, "ann");
    build.permissions(above, role_user, {Permission::roles_view});
    build.run(Push{root, PushMode::overwrite, {role_user}, {}});
    build.run(Push{above, PushMode::link, {role_user}, {}});
    const PushPreview preview = preview_undo(build, root);
    EXPECT_EQ(preview.orgs, (std::vector<OrgId>{above, below}));
    ASSERT_EQ(preview.users.size(), 1U);
    EXPECT_EQ(preview.users.front().user, ann);
    EXPECT_EQ(preview.users.front().org, below);
    EXPECT_EQ(preview.users.front().gained, permission_set({Permission::roles_view}));
    EXPECT_EQ(preview.users.front().lost, default_permissions(role_user));
}

TEST(PushPreviewOfUsers, tells_nobody_whose_only_membership_is_not_in_force) {
    WorldBuilder build;
    const OrgId root = build.root();
    const OrgId open = build.org(root, "open");
    const OrgId shut = build.org(root, "shut");
    const UserId ann = build.user(open, "ann");
    build.user(shut, "bob");
    build.suspend_org(shut);
    PatchMembership later;
    later.membership = build.home(build.user(open, "cid"));
    later.not_before = build.now + Millis{1000};
    build.run(later);
    build.suspend(build.user(open, "dan"));
    build.permissions(root, role_user, {});
    const auto groups = push_groups(build.directory(), {root, PushMode::overwrite, {}, {}});
    const Event push = PushPut{{root, groups, false}};
    const PushPreview preview =
        preview_push(build.directory(), foresee(build.directory(), push), groups, build.now);
    ASSERT_EQ(preview.users.size(), 1U);
    EXPECT_EQ(preview.users.front().user, ann);
}

}  // namespace
}  // namespace treeline
