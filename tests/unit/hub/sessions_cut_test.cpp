// Whose sessions would lose a watch, asked of all shards before a change is made.
#include <gmock/gmock.h>

#include "tests/support/hub_rig.hpp"

namespace treeline {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct SessionsCut : testing::TestWithParam<std::uint32_t> {
    HubRig rig{GetParam()};
    OrgId root = rig.build.root();
    OrgId client = rig.build.org(root, "client");
    OrgId branch = rig.build.org(client, "branch");
    UserId ann = rig.build.user(client, "ann", role_staff);
    UserId bob = rig.build.user(client, "bob", role_staff);
    DeviceId lamp = rig.build.device(client, "lamp");
    DeviceId pump = rig.build.device(client, "pump");

    SessionsCut() { rig.start(); }
    std::uint32_t far() const { return GetParam() - 1; }
    std::vector<UserId> cut(LostSight lost) {
        std::optional<std::vector<UserId>> found;
        rig.shards[0]->sessions_cut(
            std::move(lost), Reply<std::vector<UserId>>(
                                 [&](std::vector<UserId> users) { found = std::move(users); }));
        rig.quiesce();
        CHECK(found.has_value());
        std::ranges::sort(*found);
        return *found;
    }
};
INSTANTIATE_TEST_SUITE_P(Shards, SessionsCut, ::testing::Values(1u, 2u, 3u));

TEST_P(SessionsCut, are_named_once_each_on_whichever_shard_they_are) {
    AppClient& near_one = rig.app(0, ann);
    rig.watch(near_one, lamp);
    rig.watch(near_one, pump);
    rig.watch_org(rig.app(far(), ann), client);
    rig.watch(rig.app(far(), bob), lamp);
    rig.watch(rig.app(far(), bob), pump);
    rig.quiesce();
    EXPECT_THAT(cut({{{ann, lamp}, {ann, pump}, {bob, lamp}}, {}}), ElementsAre(ann, ann, bob));
    EXPECT_THAT(cut({{{bob, lamp}, {bob, pump}}, {}}), ElementsAre(bob, bob));
}

TEST_P(SessionsCut, are_none_where_nothing_of_it_is_watched) {
    rig.watch(rig.app(0, ann), pump);
    rig.app(far(), ann);
    rig.quiesce();
    EXPECT_THAT(cut({{{ann, lamp}, {bob, lamp}, {bob, pump}}, {{ann, branch}, {bob, client}}}),
                IsEmpty());
    EXPECT_THAT(cut({}), IsEmpty());
}

TEST_P(SessionsCut, are_those_too_whose_watched_org_goes_out_of_sight) {
    rig.watch_subtree(rig.app(far(), ann), branch);
    rig.quiesce();
    EXPECT_THAT(cut({{}, {{ann, branch}}}), ElementsAre(ann));
}

TEST_P(SessionsCut, are_none_that_have_gone) {
    AppClient& gone = rig.app(far(), ann);
    rig.watch(gone, lamp);
    rig.quiesce();
    rig.leave(gone);
    EXPECT_THAT(cut({{{ann, lamp}}, {}}), IsEmpty());
}

// What is foretold is what comes.
TEST_P(SessionsCut, are_as_many_as_are_told_that_a_watch_has_ended) {
    for (std::uint32_t at = 0; at <= far(); ++at) {
        rig.watch_subtree(rig.app(at, ann), client);
        rig.watch(rig.app(at, bob), lamp);
    }
    rig.quiesce();
    const std::size_t foretold =
        cut({{{ann, lamp}, {ann, pump}, {bob, lamp}, {bob, pump}}, {}}).size();
    rig.build.permissions(client, role_staff, PermissionSet{});
    rig.change();
    const auto told = std::ranges::count_if(rig.apps, [](const auto& app) {
        return std::ranges::any_of(app->got,
                                   [](const auto& message) { return message.has_watch_ended(); });
    });
    EXPECT_EQ(foretold, static_cast<std::size_t>(told));
    EXPECT_EQ(foretold, 2U * GetParam());
}

}  // namespace
}  // namespace treeline
