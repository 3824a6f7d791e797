// Linked sets: they follow the parent's until the org sets its own (tenancy.md §3).
#include <gtest/gtest.h>

#include "broker/domain/directory.hpp"

namespace treeline {
namespace {

struct Line {
    Directory directory;
    static constexpr OrgId top{1}, middle{2}, low{3};
    PermissionSet some, more;

    Line() {
        some.set(index(Permission::org_devices_view));
        more = some;
        more.set(index(Permission::org_devices_control));
        run({OrgPut{{.id = top, .name = "top", .description = {}, .metadata = {}, .domains = {}}},
             RolePut{{top, role_user, "User"}},
             OrgPut{{.id = middle,
                     .parent = top,
                     .name = "m",
                     .description = {},
                     .metadata = {},
                     .domains = {}}},
             OrgPut{{.id = low,
                     .parent = middle,
                     .name = "l",
                     .description = {},
                     .metadata = {},
                     .domains = {}}}});
    }
    void run(std::vector<Event> events) {
        Change change;
        change.trees = {top};
        change.events = std::move(events);
        directory = apply(directory, change);
    }
    PermissionSet at(OrgId org) const { return directory.permissions(org, role_user); }
};

TEST(Links, TEN_20_follow_in_the_same_revision_however_deep) {
    Line line;
    line.run({PermissionsPut{{Line::top, role_user, line.some}},
              PermissionsPut{{Line::middle, role_user, {}, true}},
              PermissionsPut{{Line::low, role_user, {}, true}}});
    EXPECT_EQ(line.at(Line::low), line.some);
    line.run({PermissionsPut{{Line::top, role_user, line.more}}});
    EXPECT_EQ(line.at(Line::middle), line.more);
    EXPECT_EQ(line.at(Line::low), line.more);
    EXPECT_EQ(line.directory.org_changed_at(Line::low), line.directory.tree_revision(Line::top));
}

TEST(Links, TEN_19_end_when_the_org_sets_its_own) {
    Line line;
    line.run({PermissionsPut{{Line::top, role_user, line.some}},
              PermissionsPut{{Line::middle, role_user, {}, true}}});
    line.run({PermissionsPut{{Line::middle, role_user, {}}}});
    line.run({PermissionsPut{{Line::top, role_user, line.more}}});
    EXPECT_EQ(line.at(Line::middle), PermissionSet{});
    EXPECT_FALSE(line.directory.is_linked(Line::middle, role_user));
}

TEST(Links, come_back_from_a_checkpoint_and_still_follow) {
    Line line;
    PushRecord push;
    push.org = Line::top;
    push.groups.push_back({role_user, {}, {{}, true}, {Line::middle, Line::low}});
    line.run({PermissionsPut{{Line::top, role_user, line.some}}, PushPut{push}});
    line.run({PermissionsPut{{Line::low, role_user, line.more}}});
    std::vector<Event> events;
    to_events(line.directory, [&](const Event& event) { events.push_back(event); });
    line.directory = restore(line.directory.revision(), events);
    EXPECT_EQ(line.at(Line::middle), line.some);
    EXPECT_EQ(line.at(Line::low), line.more);
    ASSERT_NE(line.directory.last_push(Line::top), nullptr);
    EXPECT_EQ(*line.directory.last_push(Line::top), push);
    line.run({PermissionsPut{{Line::top, role_user, {}}}});
    EXPECT_EQ(line.at(Line::middle), PermissionSet{});
}

}  // namespace
}  // namespace treeline
