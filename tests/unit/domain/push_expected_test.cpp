// What makes a push refuse its expected revision: changes of what its dry run read, no others.
#include <functional>

#include <gtest/gtest.h>

#include "tests/support/world.hpp"

namespace treeline {
namespace {

// root ─ client ─ branch, and a sibling of the client; ann in the branch, who stands in root too.
class PushExpected : public ::testing::Test {
  protected:
    WorldBuilder builder;
    OrgId root = builder.root();
    OrgId client = builder.org(root, "client");
    OrgId branch = builder.org(client, "branch");
    OrgId leaf = builder.org(branch, "leaf");
    OrgId sibling = builder.org(root, "sibling");
    UserId ann = builder.user(branch, "ann");
    UserId eve = builder.user(sibling, "eve");
    DeviceId lamp = builder.device(branch, "lamp");
    DeviceId pump = builder.device(sibling, "pump");
    MembershipId above = builder.member(ann, root, role_staff);

    static bool is_refused(const Directory& directory, OrgId org, std::uint64_t revision,
                           UnixTime now) {
        Push command;
        command.org = org;
        command.mode = PushMode::merge;
        command.expected_revision = revision;
        const auto decided = decide(directory, Actor{}, command, now, {});
        EXPECT_TRUE(decided || decided.error().code == RefusalCode::revision_moved);
        return !decided;
    }
    // After the change, live and as a restart from a checkpoint finds it.
    bool refuses_after(const std::function<void()>& change) {
        const std::uint64_t before = builder.directory().tree_revision(root);
        change();
        EXPECT_GT(builder.directory().tree_revision(root), before) << "nothing was changed";
        std::vector<Event> events;
        to_events(builder.directory(), [&](const Event& event) { events.push_back(event); });
        const Directory restored = restore(builder.directory().revision(), events);
        const bool refuses = is_refused(builder.directory(), client, before, builder.now);
        EXPECT_EQ(is_refused(restored, client, before, builder.now), refuses);
        return refuses;
    }
    void put(Event event) { builder.take({builder.now, UserId{}, {root}, {std::move(event)}}); }
    void move_device(DeviceId device, OrgId to) {
        DeviceRecord record = *builder.directory().device(device);
        record.org = to;
        put(DevicePut{record});
    }
};

TEST_F(PushExpected, is_not_refused_for_what_is_beside_it) {
    EXPECT_FALSE(refuses_after([&] { builder.device(sibling, "new"); }));
    EXPECT_FALSE(refuses_after([&] { builder.user(sibling, "bob"); }));
    EXPECT_FALSE(refuses_after([&] { builder.user(root, "rob"); }));
    EXPECT_FALSE(refuses_after([&] { builder.org(root, "other"); }));
    EXPECT_FALSE(refuses_after([&] { builder.permissions(sibling, role_user, {}); }));
    EXPECT_FALSE(refuses_after([&] { builder.suspend_org(sibling); }));
    EXPECT_FALSE(refuses_after([&] { put(DeviceRemoved{pump}); }));
    EXPECT_FALSE(refuses_after([&] { builder.suspend(eve); }));
}

TEST_F(PushExpected, is_not_refused_for_what_a_dry_run_does_not_read) {
    DeviceRecord renamed = *builder.directory().device(lamp);
    renamed.name = "renamed";
    EXPECT_FALSE(refuses_after([&] { put(DevicePut{renamed}); }));
    UserRecord titled = *builder.directory().user(ann);
    titled.title = "Dr";
    EXPECT_FALSE(refuses_after([&] { put(UserPut{titled}); }));
}

TEST_F(PushExpected, is_refused_for_what_comes_and_goes_below) {
    EXPECT_TRUE(refuses_after([&] { builder.device(leaf, "new"); }));
    EXPECT_TRUE(refuses_after([&] { builder.user(leaf, "bob"); }));
    EXPECT_TRUE(refuses_after([&] { builder.member(eve, leaf, role_user); }));
    EXPECT_TRUE(refuses_after([&] { move_device(pump, leaf); }));
    EXPECT_TRUE(refuses_after([&] { move_device(pump, sibling); }));
    EXPECT_TRUE(refuses_after([&] { put(DeviceRemoved{lamp}); }));
    EXPECT_TRUE(refuses_after([&] { put(MembershipRemoved{builder.home(ann)}); }));
    OrgId empty{};
    EXPECT_TRUE(refuses_after([&] { empty = builder.org(leaf, "empty"); }));
    EXPECT_TRUE(refuses_after([&] { put(OrgRemoved{empty}); }));
}

TEST_F(PushExpected, is_refused_for_a_set_a_suspension_or_a_role) {
    EXPECT_TRUE(refuses_after([&] { builder.permissions(leaf, role_user, {}); }));
    EXPECT_TRUE(refuses_after([&] { builder.permissions(client, role_user, {}); }));
    EXPECT_TRUE(refuses_after([&] { builder.suspend_org(leaf); }));
    EXPECT_TRUE(refuses_after([&] { builder.suspend_org(root); }));
    EXPECT_TRUE(refuses_after([&] { builder.suspend(ann); }));
    EXPECT_TRUE(refuses_after([&] { put(RolePut{{root, RoleId{9}, "guest"}}); }));
}

TEST_F(PushExpected, is_refused_when_an_org_moves_in_or_out) {
    OrgRecord moved = *builder.directory().org(sibling);
    moved.parent = leaf;
    EXPECT_TRUE(refuses_after([&] { put(OrgPut{moved}); }));
    moved.parent = root;
    EXPECT_TRUE(refuses_after([&] { put(OrgPut{moved}); }));
}

// What somebody below holds from above decides whether the push gives or takes him anything.
TEST_F(PushExpected, is_refused_for_what_people_below_hold_from_above) {
    EXPECT_TRUE(refuses_after([&] { builder.permissions(root, role_staff, {}); }));
    EXPECT_TRUE(refuses_after([&] { put(MembershipRemoved{above}); }));
    EXPECT_FALSE(refuses_after([&] { builder.permissions(root, role_user, {}); }));
}

TEST_F(PushExpected, is_refused_when_an_org_above_is_suspended) {
    const std::uint64_t before = builder.directory().tree_revision(root);
    builder.suspend_org(client);
    EXPECT_TRUE(is_refused(builder.directory(), branch, before, builder.now));
    EXPECT_FALSE(is_refused(builder.directory(), sibling, before, builder.now));
}

TEST_F(PushExpected, of_the_future_is_refused) {
    const std::uint64_t now = builder.directory().tree_revision(root);
    EXPECT_FALSE(is_refused(builder.directory(), client, now, builder.now));
    EXPECT_TRUE(is_refused(builder.directory(), client, now + 1, builder.now));
}

}  // namespace
}  // namespace treeline
