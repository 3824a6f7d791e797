// The new enemy: somebody is taken out of an org, and only then a secret is put there. Two shards
// in any order of turns, the enemy on both of them.
#include <random>

#include <gtest/gtest.h>

#include "tests/support/hub_rig.hpp"

namespace treeline {
namespace {

class NewEnemy : public ::testing::Test {
  protected:
    NewEnemy() : rig(2) {
        const OrgId root = rig.build.root();
        org = rig.build.org(root, "client");
        admin = rig.build.admin();
        eve = rig.build.user(rig.build.org(root, "elsewhere"), "eve", role_staff);
        device = rig.build.device(org, "lamp");
        rig.start();
        spies = {&rig.app(0, eve), &rig.app(1, eve)};
        boss = &rig.app(0, admin);
        lamp = &rig.ready(device);
    }
    std::size_t below(std::size_t n) { return random() % n; }
    void poll(AppClient& spy) {
        below(2) == 0 ? rig.ask(spy, AppRead{device, {}}) : rig.watch_org(spy, org, true);
    }
    // A shard takes a turn, or a spy asks.
    void stir() {
        below(3) == 0 ? poll(*spies[below(2)]) : rig.turn(static_cast<std::uint32_t>(below(2)));
    }
    void stir_until_acknowledged() {
        rig.publish();
        while (!rig.acknowledged()) {
            stir();
        }
    }
    void put(const std::string& text) {
        if (below(2) == 0) {
            rig.write(*lamp, 1, text);
        } else {
            rig.ask(*boss, AppWrite{device, 1, {text}});
        }
    }
    // How often the spies were told the text; and all that they were told is forgotten.
    std::size_t take_told(const std::string& text) {
        std::size_t told = 0;
        for (AppClient* const spy : spies) {
            for (const auto& message : std::exchange(spy->got, {})) {
                told += message.SerializeAsString().find(text) == std::string::npos ? 0U : 1U;
            }
            spy->stamps.clear();
            spy->devices.clear();
        }
        boss->got.clear();
        lamp->frames.clear();
        return told;
    }

    HubRig rig;
    OrgId org{};
    UserId admin{}, eve{};
    DeviceId device{};
    std::vector<AppClient*> spies;
    AppClient* boss = nullptr;
    DeviceClient* lamp = nullptr;
    std::mt19937 random{10};
};

TEST_F(NewEnemy, PRM_10_never_sees_what_was_put_after_the_removal_in_ten_thousand_rounds) {
    std::size_t open_told = 0;
    for (int round = 0; round < 10'000; ++round) {
        put("open");
        rig.quiesce();
        const MembershipId membership = rig.build.member(eve, org, role_staff);
        rig.change();
        for (AppClient* const spy : spies) {
            poll(*spy);
        }
        rig.quiesce();
        open_told += take_told("open");
        put("meanwhile");
        rig.build.run(EndMembership{membership, false, std::nullopt});
        stir_until_acknowledged();
        put("secret");
        for (int step = 0; step < 12; ++step) {
            stir();
        }
        rig.quiesce();
        ASSERT_EQ(take_told("secret"), 0U) << "round " << round;
        ASSERT_FALSE(spies[0]->closed || spies[1]->closed);
    }
    EXPECT_GT(open_told, 10'000U) << "she saw it while she was a member";
}

}  // namespace
}  // namespace treeline
