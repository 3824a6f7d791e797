// The audit follows the log: what it says of changes, that a crash loses nothing, and how looks
// are counted.
#include "broker/registry/audit.hpp"

#include <random>

#include <gtest/gtest.h>

#include "broker/registry/replay.hpp"
#include "tests/support/storage/fakes.hpp"
#include "tests/support/world.hpp"

namespace treeline {
namespace {

using audit::Entry;

// A history, its log, and an audit over them that can be killed and started again.
class AuditBench : public ::testing::Test {
  protected:
    WorldBuilder builder;
    storage::FlakyStore store;
    std::unique_ptr<storage::Log> log = storage::make_memory_log();
    std::unique_ptr<AuditTrail> trail;
    AuditTrail::Limits limits;
    int failures = 0;

    void append_new() {
        std::vector<std::string> entries;
        for (std::size_t i = log->last(); i < builder.changes().size(); ++i) {
            entries.push_back(encode_change(builder.changes()[i]));
        }
        ASSERT_TRUE(log->append_if(log->last(), entries));
    }
    // As the server does: from where the store says that everything is written.
    void start() {
        const auto mark = AuditTrail::watermark(store);
        ASSERT_TRUE(mark);
        const auto base = directory_at(*storage::make_memory_store(), *log, *mark);
        ASSERT_TRUE(base);
        trail =
            std::make_unique<AuditTrail>(AuditTrail::Parts{store, *log, audit::Key{std::byte{9}},
                                                           [this] { ++failures; }, limits},
                                         std::make_shared<const Directory>(*base));
    }
    void catch_up() {
        append_new();
        trail->follow(builder.world());
        trail->step(builder.now);
    }
    AuditPage page(AuditAsk ask) {
        AuditPage answer;
        ask.world = builder.world();
        ask.limit = ask.limit == 50 ? 10'000 : ask.limit;
        EXPECT_TRUE(trail->ask(std::move(ask),
                               Reply<AuditPage>([&](AuditPage got) { answer = std::move(got); })));
        trail->step(builder.now);
        return answer;
    }
    std::vector<Entry> chain(OrgId org) {
        AuditAsk ask;
        ask.kind = AuditAsk::Kind::oldest_first;
        ask.org = org;
        std::vector<Entry> entries;
        for (AuditFound& found : page(ask).found) {
            entries.push_back(std::move(found.entry));
        }
        return entries;
    }
    static std::string text(const std::vector<Entry>& entries) {
        std::string out;
        for (const Entry& entry : entries) {
            out += to_line(entry) + "\n";
        }
        return out;
    }
    std::string everything() {
        std::string out;
        builder.directory().all_orgs(OrgId{}, [&](const Org& org) {
            out += text(chain(org.id));
            return true;
        });
        return out;
    }
    static std::string said(const Entry& entry, const char* name) {
        const std::string* const value = value_of(entry, name);
        return value == nullptr ? "" : *value;
    }
    template <class Id>
    std::string ref(const char* kind, Id id) const {
        return kind + std::to_string(builder.directory().wire().of(id));
    }
    AuditNote look(OrgId org, UserId viewer, std::string object) const {
        AuditNote note;
        note.line = open_line(builder.directory(), {.org = org,
                                                    .actor = viewer,
                                                    .at = builder.now,
                                                    .action = "device",
                                                    .outcome = "looked",
                                                    .object = object});
        note.fold = "device " + object;
        return note;
    }
};

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

TEST_F(AuditBench, chains_of_all_orgs_verify_and_hold_no_secret) {
    const OrgId root = builder.root();
    const OrgId child = builder.org(root, "child");
    const UserId ann = builder.user(child, "ann");
    builder.device(child, "pump", ann);
    builder.sign_in(ann);
    start();
    catch_up();
    for (const OrgId org : {root, child}) {
        const auto entries = chain(org);
        EXPECT_EQ(audit::verify(text(entries), std::nullopt).kind, audit::Finding::Kind::intact);
        EXPECT_FALSE(entries.empty());
        EXPECT_EQ(text(entries).find("\"verifier\""), std::string::npos);
    }
    const Entry made = chain(child)[1];
    EXPECT_EQ(said(made, "action"), "create_user");
    EXPECT_EQ(said(made, "object"), ref("user/", ann));
    EXPECT_EQ(said(made, "after.password"), "set");
    EXPECT_EQ(said(made, "after.email"), "ann@example.com");
    EXPECT_EQ(said(chain(child)[2], "after.token"), "set");
}

TEST_F(AuditBench, a_transfer_writes_to_both_orgs_and_each_reads_its_own_side) {
    const OrgId root = builder.root();
    const OrgId from = builder.org(root, "from");
    const OrgId to = builder.org(root, "to");
    const DeviceId pump = builder.device(from, "pump");
    Change change;
    change.command = "create_transfer";
    change.actor = builder.admin();
    change.at = builder.now;
    change.trees = {root};
    DeviceRecord moved = *builder.directory().device(pump);
    moved.org = to;
    moved.ownership_epoch = 2;
    moved.name = "theirs";
    change.events.emplace_back(DevicePut{moved});
    builder.take(change);
    start();
    catch_up();
    const Entry given = chain(from).back();
    const Entry taken = chain(to).back();
    for (const Entry& entry : {given, taken}) {
        EXPECT_EQ(said(entry, "action"), "create_transfer");
        EXPECT_EQ(said(entry, "object"), ref("device/", pump));
        EXPECT_EQ(said(entry, "before.org"), ref("org/", from));
        EXPECT_EQ(said(entry, "after.org"), ref("org/", to));
        EXPECT_EQ(said(entry, "revision"), std::to_string(builder.directory().tree_revision(root)));
    }
    EXPECT_EQ(said(given, "before.name"), "pump");
    EXPECT_EQ(said(given, "after.name"), "");
    EXPECT_EQ(said(taken, "before.name"), "");
}

TEST_F(AuditBench, signing_in_and_out_stand_in_the_home_org_and_a_refresh_does_not) {
    const OrgId root = builder.root();
    const UserId ann = builder.user(builder.org(root, "child"), "ann");
    const OrgId child = builder.directory().membership(builder.home(ann))->org;
    builder.member(ann, root, role_user);
    const LoginId login = builder.sign_in(ann);
    RefreshLogin refresh;
    refresh.spent = builder.directory().login(login)->refresh;
    refresh.access = builder.next_token();
    refresh.refresh = builder.next_token();
    refresh.access_expires = refresh.refresh_expires = builder.now + std::chrono::hours(1);
    builder.run(refresh);
    builder.run(refresh);  // spent: in two hands
    builder.run(SignOut{builder.sign_in(ann)}, Actor{ann});
    start();
    catch_up();
    std::vector<std::string> actions;
    for (const Entry& entry : chain(child)) {
        actions.push_back(said(entry, "action"));
    }
    EXPECT_EQ(actions, (std::vector<std::string>{"create_org", "create_user", "sign_in",
                                                 "refresh_reused", "sign_in", "sign_out"}));
    EXPECT_EQ(said(chain(child).back(), "actor"), ref("user/", ann));
    EXPECT_EQ(said(chain(root).back(), "action"), "create_membership");
}

TEST_F(AuditBench, a_set_that_is_followed_below_is_an_entry_of_each_org_that_follows) {
    const OrgId root = builder.root();
    const OrgId child = builder.org(root, "child");
    const OrgId grandchild = builder.org(child, "grandchild");
    const PermissionSet before = builder.directory().permissions(child, role_user);
    Change link;
    link.at = builder.now;
    link.trees = {root};
    for (const OrgId org : {child, grandchild}) {
        link.events.emplace_back(PermissionsPut{{org, role_user, before, true}});
    }
    builder.take(link);
    builder.permissions(root, role_user, {Permission::org_devices_view});
    start();
    catch_up();
    for (const OrgId org : {root, child, grandchild}) {
        EXPECT_EQ(said(chain(org).back(), "action"), "put_permissions");
        EXPECT_EQ(said(chain(org).back(), "after.permissions"), "org_devices.view");
    }
}

TEST_F(AuditBench, an_invitation_by_address_never_says_whether_the_address_is_known) {
    const OrgId root = builder.root();
    const UserId ann = builder.user(builder.root("other"), "ann");
    MembershipRecord record;
    record.id = MembershipId{builder.directory().next().next_membership};
    record.user = ann;
    record.invited_email = "ann@example.com";
    record.org = root;
    record.role = role_user;
    record.status = MembershipStatus::pending;
    Change change;
    change.at = builder.now;
    change.trees = {root};
    change.events.emplace_back(MembershipPut{record});
    builder.take(change);
    start();
    catch_up();
    EXPECT_EQ(said(chain(root).back(), "after.email"), "ann@example.com");
    EXPECT_EQ(text(chain(root)).find(ref("user/", ann)), std::string::npos);
}

TEST_F(AuditBench, looks_of_one_minute_are_one_entry_with_a_count) {
    const OrgId root = builder.root();
    const OrgId child = builder.org(root, "child");
    const UserId boss = builder.admin();
    start();
    catch_up();
    const std::size_t before = chain(child).size();
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(trail->note(look(child, boss, "device/5")));
    }
    ASSERT_TRUE(trail->note(look(child, boss, "device/6")));
    AuditAsk newest;
    newest.kind = AuditAsk::Kind::newest_first;
    newest.org = child;
    const AuditPage open = page(newest);
    ASSERT_EQ(open.found.size(), before + 2);
    EXPECT_FALSE(open.found[0].is_sealed);
    EXPECT_EQ(said(open.found[0].entry, "count"), "3");
    EXPECT_EQ(chain(child).size(), before);

    start();  // a crash: what was counted is there
    ASSERT_TRUE(trail->note(look(child, boss, "device/5")));
    builder.now += std::chrono::minutes(1);
    trail->step(builder.now);
    const auto entries = chain(child);
    ASSERT_EQ(entries.size(), before + 2);
    EXPECT_EQ(said(entries[before], "count"), "4");
    EXPECT_EQ(said(entries[before + 1], "count"), "1");
    EXPECT_EQ(page(newest).found.size(), before + 2);
    EXPECT_EQ(audit::verify(text(entries), std::nullopt).kind, audit::Finding::Kind::intact);
}

TEST_F(AuditBench, refuses_a_note_when_its_queue_is_full_or_its_store_has_failed) {
    const OrgId root = builder.root();
    limits.notes_max = 2;
    start();
    catch_up();
    EXPECT_TRUE(trail->note(look(root, builder.admin(), "device/1")));
    EXPECT_TRUE(trail->note(look(root, builder.admin(), "device/1")));
    EXPECT_FALSE(trail->note(look(root, builder.admin(), "device/1")));
    store.failing = true;
    trail->step(builder.now);
    EXPECT_EQ(failures, 1);
    EXPECT_FALSE(trail->note(look(root, builder.admin(), "device/1")));
    EXPECT_TRUE(page({}).is_in_doubt);
    EXPECT_EQ(failures, 1);
}

TEST_F(AuditBench, pages_of_a_chain_and_of_an_actor_meet_every_entry_once) {
    const OrgId root = builder.root();
    const UserId boss = builder.admin();
    const OrgId child = builder.org(root, "child");
    for (int i = 0; i < 7; ++i) {
        CreateDevice make;
        make.org = i % 2 == 0 ? root : child;
        make.name = "d" + std::to_string(i);
        make.token = builder.next_token();
        builder.run(make, Actor{boss});
    }
    start();
    catch_up();
    for (const auto kind : {AuditAsk::Kind::newest_first, AuditAsk::Kind::of_actor}) {
        AuditAsk ask;
        ask.kind = kind;
        ask.org = root;
        ask.actor = boss;
        ask.limit = 2;
        ask.wanted = [&](OrgId, const Entry& entry) {
            return said(entry, "action") == "create_device";
        };
        std::vector<std::string> met;
        do {
            AuditPage got = page(ask);
            EXPECT_LE(got.found.size(), 2U);
            for (const AuditFound& found : got.found) {
                met.push_back(said(found.entry, "after.name"));
            }
            ask.from = got.next;
        } while (ask.from != 0);
        const std::vector<std::string> wanted =
            kind == AuditAsk::Kind::of_actor
                ? std::vector<std::string>{"d6", "d5", "d4", "d3", "d2", "d1", "d0"}
                : std::vector<std::string>{"d6", "d4", "d2", "d0"};
        EXPECT_EQ(met, wanted);
    }
}

}  // namespace
}  // namespace treeline
