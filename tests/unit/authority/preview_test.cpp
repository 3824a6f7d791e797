// What one viewer is told of a push: the first of each list, all that he sees counted.
#include "broker/authority/preview.hpp"

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

}  // namespace
}  // namespace treeline
