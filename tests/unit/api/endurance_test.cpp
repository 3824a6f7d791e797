// A hundred thousand changes of a role, settled by shards on which the member watches.
#include <gtest/gtest.h>
#include <malloc.h>

#include "broker/registry/registry.hpp"
#include "tests/support/hub_rig.hpp"

namespace treeline {
namespace {

// Keeps nothing but how many there were: what is on a disk is not what this is about.
class ForgetfulLog final : public storage::Log {
  public:
    explicit ForgetfulLog(std::uint64_t last) : last_(last) {}
    std::uint64_t last() const override { return last_; }
    storage::Result<void> append_if(std::uint64_t expected, std::span<const std::string> entries,
                                    const std::vector<storage::Write>& = {}) override {
        CHECK(expected == last_);
        last_ += entries.size();
        return {};
    }
    storage::Result<void> read_from(
        std::uint64_t, const std::function<bool(std::uint64_t, std::string_view)>&) const override {
        return {};
    }

  private:
    std::uint64_t last_;
};

// Of the allocator. Under a sanitizer it is 0, and only the rest is tested.
std::size_t bytes_in_use() {
    return ::mallinfo2().uordblks;
}

class Endurance : public ::testing::Test {
  protected:
    Endurance() : rig(2) {
        const OrgId root = rig.build.root();
        const OrgId org = rig.build.org(root, "client");
        const UserId member = rig.build.user(org, "member", role_staff);
        membership = rig.build.home(member);
        device = rig.build.device(org, "lamp");
        const LoginId login = rig.build.sign_in(member);
        // As if four thousand million changes had been made before, save half of the run.
        first = (std::uint64_t{1} << 32) - 50'000;
        const auto world = std::make_shared<const Directory>(
            restore(Revision{first}, events_of(rig.build.directory())));
        rig.start(world);
        log.emplace(first);
        Registry::Hooks hooks;
        hooks.clock = [this] { return rig.now; };
        registry.emplace(*log, world, *rig.settlement, Registry::Limits{}, hooks);
        watcher = rig.seat(1, login);
        CHECK(watcher != nullptr);
    }
    // Until it is acknowledged.
    void give(RoleId role) {
        PatchMembership patch;
        patch.membership = membership;
        patch.role = role;
        std::optional<SubmitResult> answer;
        registry->submit({Actor{rig.build.admin()}, patch,
                          Reply<SubmitResult>([&](SubmitResult r) { answer = std::move(r); })});
        for (int turn = 0; turn < 1'000 && !answer; ++turn) {
            registry->step();
            rig.turn_all();
        }
        ASSERT_TRUE(answer && *answer);
        last = number((*answer)->world->revision());
    }
    // Sees the device, is cut from it, and watches it again the next time.
    void round() {
        rig.watch(*watcher, device);
        rig.quiesce();
        began += std::ranges::count(take_words(*watcher), "reply OK");
        give(role_user);
        rig.quiesce();
        ended += std::ranges::count(take_words(*watcher), "ended REVOKED");
        give(role_staff);
        watcher->stamps.clear();
        watcher->devices.clear();
    }

    HubRig rig;
    MembershipId membership{};
    DeviceId device{};
    std::uint64_t first = 0, last = 0;
    std::ptrdiff_t began = 0, ended = 0;
    std::optional<ForgetfulLog> log;
    std::optional<Registry> registry;
    AppClient* watcher = nullptr;
};

TEST_F(Endurance, PRM_19_a_hundred_thousand_role_changes_take_no_memory_and_no_revision_wraps) {
    static_assert(sizeof(Revision) == 8 && sizeof(UserRecord::auth_epoch) == 8 &&
                  sizeof(DeviceRecord::ownership_epoch) == 8);
    constexpr int rounds = 50'000, warm_up = 5'000;
    std::size_t warm = 0;
    for (int at = 0; at < rounds && !HasFatalFailure(); ++at) {
        if (at == warm_up) {
            warm = bytes_in_use();
        }
        round();
    }
    const std::size_t after = bytes_in_use();
    EXPECT_LE(after, warm + warm / 100) << warm << " bytes in use after the warm-up";
    std::printf("%zu bytes in use after %d changes, %zu after %d\n", warm, 2 * warm_up, after,
                2 * rounds);
    EXPECT_EQ(last, first + 2 * rounds);
    EXPECT_GT(last, std::uint64_t{1} << 32);
    EXPECT_EQ(number(rig.settlement->settled()), last);
    EXPECT_EQ(began, rounds);
    EXPECT_EQ(ended, rounds) << "cut each time";
}

}  // namespace
}  // namespace treeline
