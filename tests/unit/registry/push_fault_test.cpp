// A push to 200 orgs whose writing fails: all of them have it, or none, also after a restart.
#include "broker/domain/push.hpp"
#include "tests/unit/registry/registry_bench.hpp"

namespace treeline {
namespace {

struct PushFault : RegistryBench {
    std::vector<OrgId> below;
    const PermissionSet pushed = permission_set({Permission::org_devices_view});

    PushFault() {
        for (int i = 0; i < 200; ++i) {
            below.push_back(builder.org(root, "o" + std::to_string(i)));
        }
        builder.permissions(root, role_user, pushed);
    }
    Asked& push() {
        Asked& asked = submit(Push{root, PushMode::overwrite, {role_user}, {}});
        run_dry();
        return asked;
    }
    std::size_t orgs_with_it(const Directory& directory) const {
        std::size_t count = 0;
        for (const OrgId org : below) {
            count += directory.permissions(org, role_user) == pushed ? 1U : 0U;
        }
        return count;
    }
    // What a restart finds.
    static storage::Result<Loaded> restarted(const storage::Log& from) {
        return load_directory(*storage::make_memory_store(), from);
    }
};

TEST_F(PushFault, PRM_14_is_in_no_org_when_it_was_not_written) {
    start();
    ASSERT_EQ(orgs_with_it(builder.directory()), 0U);
    log.failing = true;
    EXPECT_EQ(push().refusal(), RefusalCode::in_doubt);
    EXPECT_TRUE(follower->published.empty()) << "no shard has heard of it";
    const auto after = restarted(log);
    ASSERT_TRUE(after.has_value());
    EXPECT_EQ(orgs_with_it(after->directory), 0U);
    EXPECT_EQ(after->directory.revision(), builder.directory().revision());
}

TEST_F(PushFault, PRM_14_is_in_every_org_when_it_was_written_after_all) {
    start();
    log.failing_late = true;
    EXPECT_EQ(push().refusal(), RefusalCode::in_doubt);
    EXPECT_TRUE(follower->published.empty()) << "what is in doubt is shown to nobody";
    const auto after = restarted(log);
    ASSERT_TRUE(after.has_value());
    EXPECT_EQ(orgs_with_it(after->directory), below.size());
    EXPECT_EQ(number(after->directory.revision()), base() + 1);
}

// Its one entry, torn wherever the pen stopped: a start that refuses, never a directory in which
// the first 119 orgs have it.
TEST_F(PushFault, PRM_14_torn_in_the_middle_is_no_directory) {
    start();
    push();
    std::vector<std::string> entries;
    ASSERT_TRUE(log.read_from(1, [&](std::uint64_t, std::string_view entry) {
        entries.emplace_back(entry);
        return true;
    }));
    ASSERT_EQ(entries.size(), base() + 1);
    const std::string whole = entries.back();
    for (std::size_t tenths = 1; tenths < 10; ++tenths) {
        entries.back() = whole.substr(0, whole.size() * tenths / 10);
        const auto torn = storage::make_memory_log();
        ASSERT_TRUE(torn->append_if(0, entries));
        const auto after = restarted(*torn);
        EXPECT_FALSE(after.has_value()) << tenths << " tenths of it";
        EXPECT_TRUE(!after || orgs_with_it(after->directory) % below.size() == 0) << tenths;
    }
}

}  // namespace
}  // namespace treeline
