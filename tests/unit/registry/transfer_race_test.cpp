// Transfers through the registry: two at once, and the history against the tables.
#include <random>

#include "tests/unit/registry/registry_bench.hpp"

namespace treeline {
namespace {

struct TransferRace : RegistryBench {
    OrgId a = builder.org(root, "a");
    OrgId b = builder.org(root, "b");
    UserId ann = builder.user(a, "ann");
    UserId bob = builder.user(b, "bob");

    Command to(DeviceId device, OrgId org, UserId user, std::optional<std::uint64_t> epoch = {}) {
        CreateTransfer command;
        command.device = device;
        command.to_org = org;
        command.to_user = user;
        command.expected_epoch = epoch;
        return command;
    }
    void carry_out() {
        run_dry();
        while (follower->settled() < newest().revision()) {
            follower->settle();
            run_dry();
        }
    }
    const Directory& newest() const {
        return follower->published.empty() ? start_ : *follower->published.back().world;
    }
    // The last accepted transfer of the device says where it is and whose.
    void expect_history(const Directory& world, const Device& device) {
        OrgId org{};
        UserId owner{};
        std::uint64_t accepted = 0;
        world.transfers_of(device.id, TransferId{}, [&](const TransferRecord& transfer) {
            if (transfer.state == TransferState::accepted) {
                EXPECT_EQ(transfer.from_epoch, ++accepted);  // one entry per epoch, in order
                if (accepted > 1) {
                    EXPECT_EQ(transfer.from_org, org);
                    EXPECT_EQ(transfer.from_owner, owner);
                }
                org = transfer.into_org;
                owner = transfer.to_user;
            }
            return true;
        });
        ASSERT_GT(accepted, 0U);
        EXPECT_EQ(device.ownership_epoch, accepted + 1);
        EXPECT_EQ(device.org, org);
        EXPECT_EQ(device.owner, owner);
        int places = 0;
        for (const OrgId place : {root, a, b}) {
            world.devices(place, DeviceId{}, [&](const Device& found) {
                places += found.id == device.id ? 1 : 0;
                EXPECT_TRUE(found.id != device.id || place == org);
                return true;
            });
        }
        EXPECT_EQ(places, 1);
    }

    Directory start_;
};

TEST_F(TransferRace, XFR_01_of_two_at_once_one_wins_in_every_one_of_ten_thousand_rounds) {
    std::vector<DeviceId> lamps;
    for (int i = 0; i < 100; ++i) {
        lamps.push_back(builder.device(root, "lamp" + std::to_string(i)));
    }
    start();
    start_ = builder.directory();
    for (std::uint64_t round = 1; round <= 100; ++round) {
        std::vector<std::pair<Asked*, Asked*>> pairs;
        for (const DeviceId lamp : lamps) {
            const bool is_even = round % 2 == 0;
            Asked& first = submit(to(lamp, is_even ? root : a, is_even ? UserId{} : ann, round));
            Asked& second = submit(to(lamp, b, is_even ? bob : UserId{}, round));
            pairs.emplace_back(&first, &second);
        }
        carry_out();
        for (const auto& [first, second] : pairs) {
            ASSERT_TRUE(first->answer && second->answer);
            ASSERT_TRUE(first->done() && !second->done());
            ASSERT_EQ(second->refusal(), RefusalCode::epoch_moved);
        }
        follower->published.erase(follower->published.begin(), follower->published.end() - 1);
        askers.clear();
        story.clear();
    }
    for (const DeviceId lamp : lamps) {
        expect_history(newest(), *newest().device(lamp));
    }
}

TEST_F(TransferRace, XFR_28_the_history_folds_to_the_tables_after_random_transfers) {
    std::vector<DeviceId> lamps;
    for (int i = 0; i < 20; ++i) {
        lamps.push_back(builder.device(a, "lamp" + std::to_string(i)));
    }
    start();
    start_ = builder.directory();
    std::mt19937 random(28);
    const auto pick = [&](const auto& from) { return from[random() % from.size()]; };
    for (int step = 0; step < 4000; ++step) {
        const DeviceId lamp = pick(lamps);
        const std::vector<std::pair<OrgId, UserId>> targets{
            {a, {}}, {b, {}}, {a, ann}, {b, bob}, {{}, ann}, {{}, bob}, {root, {}}};
        const auto [org, user] = pick(targets);
        if (random() % 5 == 0) {
            submit(SetOwner{lamp, random() % 2 == 0 ? std::nullopt : std::optional(ann), {}});
        } else {
            submit(to(lamp, org, user));
        }
        if (step % 40 == 39) {
            carry_out();
        }
    }
    for (const DeviceId lamp : lamps) {
        expect_history(newest(), *newest().device(lamp));
    }
    // And so does a checkpoint.
    EXPECT_EQ(events_of(restore(newest().revision(), events_of(newest()))), events_of(newest()));
}

}  // namespace
}  // namespace treeline
