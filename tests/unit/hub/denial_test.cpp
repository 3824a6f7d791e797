// Requests of apps that are denied: told before they are answered, alike for what is missing.
#include <gmock/gmock.h>

#include "tests/support/hub_rig.hpp"

namespace treeline {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Words = std::vector<std::string>;

struct Denial : testing::TestWithParam<std::uint32_t> {
    HubRig rig{GetParam()};
    OrgId root = rig.build.root();
    OrgId client = rig.build.org(root, "client");
    OrgId other = rig.build.org(root, "other");
    UserId ann = rig.build.user(client, "ann", role_staff);
    UserId bob = rig.build.user(client, "bob", role_staff);
    DeviceId lamp = rig.build.device(client, "lamp");
    DeviceId hidden = rig.build.device(other, "hidden");
    DeviceId missing{4711};
    Words told;
    bool is_full = false;

    Denial() {
        rig.start();
        for (const auto& shard : rig.shards) {
            shard->on_denial([this](const AppDenial& denial) {
                told.push_back(std::string(denial.asked) + " " + name_of(denial) +
                               (denial.status == AppStatus::forbidden ? " forbidden" : ""));
                return !is_full;
            });
        }
    }
    std::uint32_t far() const { return GetParam() - 1; }
    std::string name_of(const AppDenial& denial) const {
        const bool is_device = denial.device != DeviceId{};
        return denial.device == lamp      ? "lamp"
               : denial.device == hidden  ? "hidden"
               : denial.device == missing ? "missing"
               : denial.org == other      ? "other"
               : is_device                ? "device"
                                          : "org";
    }
    template <class Body>
    Words asked(AppClient& client_of, Body body) {
        rig.ask(client_of, std::move(body));
        rig.quiesce();
        return take_words(client_of);
    }
};
INSTANTIATE_TEST_SUITE_P(Shards, Denial, ::testing::Values(1u, 2u));

TEST_P(Denial, is_told_of_every_request_that_names_what_is_out_of_sight) {
    AppClient& app = rig.app(far(), ann);
    for (const DeviceId device : {hidden, missing}) {
        EXPECT_THAT(asked(app, AppRead{device, {}}), ElementsAre("reply NOT_FOUND"));
        EXPECT_THAT(asked(app, AppWrite{device, 1, {"on"}}), ElementsAre("reply NOT_FOUND"));
        EXPECT_THAT(asked(app, AppExplain{device, "view"}), ElementsAre("reply NOT_FOUND"));
        rig.watch(app, device);
        rig.quiesce();
        take_words(app);
    }
    rig.watch_subtree(app, other);
    asked(app, AppDevices{other, false, 0, {}});
    EXPECT_THAT(told, ElementsAre("read hidden", "write hidden", "explain hidden", "watch hidden",
                                  "read missing", "write missing", "explain missing",
                                  "watch missing", "watch other", "devices other"));
}

TEST_P(Denial, is_told_of_a_write_without_control) {
    rig.build.permissions(client, role_staff, {Permission::org_devices_view});
    rig.change();
    EXPECT_THAT(asked(rig.app(far(), ann), AppWrite{lamp, 1, {"on"}}),
                ElementsAre("reply FORBIDDEN"));
    EXPECT_THAT(told, ElementsAre("write lamp forbidden"));
}

TEST_P(Denial, is_none_where_the_request_is_answered_or_broken) {
    AppClient& app = rig.app(far(), ann);
    asked(app, AppRead{lamp, {}});
    asked(app, AppExplain{lamp, "no such action"});
    asked(app, AppUnwatch{77});
    asked(app, AppWatch{});
    EXPECT_THAT(told, IsEmpty());
}

TEST_P(Denial, that_can_not_be_recorded_is_not_said) {
    is_full = true;
    EXPECT_THAT(asked(rig.app(far(), ann), AppRead{hidden, {}}), ElementsAre("reply UNAVAILABLE"));
    EXPECT_THAT(told, ElementsAre("read hidden"));
}

// The home has the later world, and refuses what the asker's shard has let pass.
TEST_P(Denial, is_told_of_a_write_whose_right_ends_on_its_way) {
    const std::uint32_t home = rig.shards[0]->home_of(lamp);
    AppClient& app = rig.app((home + 1) % GetParam(), ann);
    rig.build.permissions(client, role_staff, PermissionSet{});
    rig.publish();
    rig.turn(home);
    rig.ask(app, AppWrite{lamp, 1, {"on"}});
    rig.quiesce();
    EXPECT_THAT(told, ElementsAre("write lamp"));
}

}  // namespace
}  // namespace treeline
