// The audit follows the log: what it says of changes, and how looks are counted.
#include "tests/unit/registry/audit_bench.hpp"

namespace treeline {
namespace {

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
