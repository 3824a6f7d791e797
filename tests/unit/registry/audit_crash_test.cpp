// The audit is written in batches, and neither a crash between two of them nor any other loses a
// line or doubles one.
#include <random>

#include "tests/unit/registry/audit_bench.hpp"

namespace treeline {
namespace {

void random_step(WorldBuilder& builder, std::mt19937& random, int step) {
    const std::string name = "n" + std::to_string(step);
    std::vector<OrgId> orgs;
    builder.directory().all_orgs(OrgId{}, [&](const Org& org) {
        orgs.push_back(org.id);
        return true;
    });
    const OrgId org = orgs[random() % orgs.size()];
    switch (random() % 6) {
        case 0:
            builder.org(org, name);
            break;
        case 1:
            builder.user(org, name);
            break;
        case 2:
            builder.device(org, name);
            break;
        case 3:
            builder.permissions(org, role_user, {Permission::org_devices_view});
            break;
        case 4:
            builder.sign_in(builder.admin());
            break;
        default:
            builder.member(builder.user(org, name),
                           orgs.front() == org ? builder.org(org, name) : orgs.front(), role_user);
    }
}

// With whole changes in a batch, and with a batch for each line: then a crash breaks changes off.
TEST_F(AuditBench, is_equal_whether_derived_live_or_after_a_crash_at_every_write) {
    const OrgId root = builder.root();
    std::mt19937 random(5);
    std::vector<World> worlds;
    for (int step = 0; step < 40; ++step) {
        random_step(builder, random, step);
        worlds.push_back(builder.world());
    }
    builder.run(Push{root, PushMode::link, {}, {}});
    worlds.push_back(builder.world());
    append_new();
    start();
    for (const World& world : worlds) {
        trail->follow(world);
        trail->step(builder.now);
    }
    const std::string live = everything();
    for (const std::size_t batch_size_bytes_max : {std::size_t{1}, std::size_t{1} << 20}) {
        limits.batch_size_bytes_max = batch_size_bytes_max;
        int survived = 0;
        for (bool is_alive = false; !is_alive; ++survived) {
            storage::FlakyStore fresh;
            fresh.writes_left = survived;
            const auto make = [&](World base) {
                return std::make_unique<AuditTrail>(
                    AuditTrail::Parts{fresh, *log, audit::Key{std::byte{9}}, {}, limits},
                    std::move(base));
            };
            auto dying = make(std::make_shared<const Directory>());
            for (const World& world : worlds) {
                dying->follow(world);
                dying->step(builder.now);
            }
            is_alive = fresh.writes.load() <= survived;
            fresh.writes_left = 1'000'000;
            const auto mark = AuditTrail::watermark(fresh);
            ASSERT_TRUE(mark);
            const auto base = directory_at(*storage::make_memory_store(), *log, *mark);
            ASSERT_TRUE(base);
            trail = make(std::make_shared<const Directory>(*base));
            ASSERT_EQ(everything(), live) << "after " << survived << " writes";
        }
        EXPECT_GT(survived, 30);
    }
}

TEST_F(AuditBench, a_push_to_many_orgs_is_written_in_batches_and_each_chain_verifies) {
    const OrgId root = builder.root();
    constexpr int children = 300;
    for (int i = 0; i < children; ++i) {
        builder.org(root, "child" + std::to_string(i));
    }
    limits.batch_size_bytes_max = 20'000;
    start();
    catch_up();
    builder.permissions(root, role_user, {Permission::org_devices_view});
    catch_up();
    const int writes = store.writes.load();
    builder.run(Push{root, PushMode::overwrite, {}, {}});
    catch_up();
    EXPECT_GT(store.writes.load() - writes, 10);
    builder.directory().children(root, OrgId{}, [&](OrgId child) {
        const auto entries = chain(child);
        EXPECT_EQ(audit::verify(text(entries), std::nullopt).kind, audit::Finding::Kind::intact);
        EXPECT_EQ(said(entries.back(), "action"), "push");
        EXPECT_EQ(said(entries.back(), "after.permissions"), "org_devices.view");
        return true;
    });
}

}  // namespace
}  // namespace treeline
