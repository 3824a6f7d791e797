// Making roots, orgs and permission sets.
#include <gtest/gtest.h>

#include "tests/unit/domain/refusals.hpp"

namespace treeline {
namespace {

struct DecideOrg : testing::Test {
    WorldBuilder w;
    OrgId root = w.root();

    CreateOrg child(OrgId parent, std::string name) {
        CreateOrg command;
        command.parent = parent;
        command.name = std::move(name);
        return command;
    }
};

TEST_F(DecideOrg, takes_a_name_once_among_siblings_REST_27) {
    const OrgId a = w.org(root, "Caf\u00e9");
    EXPECT_EQ(refusal_of(w, child(root, "CAFE\u0301")), RefusalCode::name_taken);
    EXPECT_EQ(refusal_of(w, child(a, "caf\u00e9")), std::nullopt);
}

TEST_F(DecideOrg, lets_strangers_have_the_same_root_name) {
    CreateRoot command;
    command.name = "root";
    command.admin_email = "someone@else.example";
    command.admin_name = "Someone";
    command.password_verifier = "verifier";
    EXPECT_EQ(refusal_of(w, command), std::nullopt);
}

TEST_F(DecideOrg, refuses_bad_names_before_conflicts) {
    CreateOrg command = child(root, "a\nb");
    EXPECT_EQ(refusal_of(w, command), RefusalCode::invalid);
    EXPECT_EQ(refusal_of(w, child(root, std::string(81, 'x'))), RefusalCode::invalid);
    EXPECT_EQ(refusal_of(w, child(OrgId{77}, "x")), RefusalCode::not_found);
    command = child(root, "x");
    command.kind = OrgKind::root;
    EXPECT_EQ(refusal_of(w, command), RefusalCode::invalid);
}

TEST_F(DecideOrg, keeps_addresses_out_before_it_speaks_of_conflicts) {
    const OrgId a = w.org(root, "a");
    const UserId user = w.user(a, "u", role_user);
    PatchOrg rules;
    rules.org = a;
    rules.domains = DomainRules{{"nobody.example"}, {}};
    w.run(rules);
    TransferUser command;
    command.user = user;
    command.to_org = a;  // he is there already
    command.role = role_user;
    EXPECT_EQ(refusal_of(w, command), RefusalCode::domain_not_allowed);
}

TEST_F(DecideOrg, stops_at_the_depth_limit_XFR_21) {
    OrgId deepest = root;
    for (std::uint32_t depth = 2; depth <= w.limits.depth_max; ++depth) {
        deepest = w.org(deepest, "next");
    }
    EXPECT_EQ(w.directory().org(deepest)->ancestors.size(), 15U);
    EXPECT_EQ(refusal_of(w, child(deepest, "one more")), RefusalCode::too_deep);
}

TEST_F(DecideOrg, needs_a_parent_that_may_have_children) {
    const OrgId leaf{w.run(child(root, "leaf"))};
    EXPECT_EQ(refusal_of(w, child(leaf, "x")), RefusalCode::suborgs_off);
}

TEST_F(DecideOrg, copies_its_parents_sets_as_values) {
    const OrgId a = w.org(root, "a");
    w.permissions(a, role_user, {Permission::org_devices_view});
    const OrgId a1 = w.org(a, "a1");
    EXPECT_EQ(w.directory().permissions(a1, role_user),
              permission_set({Permission::org_devices_view}));
    w.permissions(a, role_user, {});
    EXPECT_EQ(w.directory().permissions(a1, role_user).count(), 1U);
}

TEST_F(DecideOrg, bounds_metadata) {
    CreateOrg command = child(root, "x");
    command.metadata["k"] = std::string(w.limits.metadata_value_size_max + 1, 'v');
    EXPECT_EQ(refusal_of(w, command), RefusalCode::invalid);
    command.metadata.clear();
    for (std::size_t i = 0; i <= w.limits.metadata_entries_max; ++i) {
        command.metadata["k" + std::to_string(i)] = "v";
    }
    EXPECT_EQ(refusal_of(w, command), RefusalCode::invalid);
}

TEST_F(DecideOrg, makes_a_root_with_three_roles_and_its_admin) {
    const Org& org = *w.directory().org(root);
    EXPECT_EQ(org.kind, OrgKind::root);
    EXPECT_TRUE(org.can_create_suborgs);
    EXPECT_EQ(w.directory().roles(root).size(), 3U);
    EXPECT_TRUE(w.directory().permissions(root, role_admin).all());
    const User& admin = *w.directory().user(w.admin());
    const Membership& home = *w.directory().membership(admin.home);
    EXPECT_EQ(home.org, root);
    EXPECT_EQ(home.role, role_admin);
}

TEST_F(DecideOrg, leaves_the_account_of_a_known_address_alone) {
    const UserId ann = w.user(root, "ann");
    const User before = *w.directory().user(ann);
    CreateRoot command;
    command.name = "second";
    command.admin_email = "ANN@example.com";
    command.admin_name = "Not Ann";
    command.password_verifier = "another";
    const OrgId second{w.run(command)};
    const User& after = *w.directory().user(ann);
    EXPECT_EQ(static_cast<const UserRecord&>(after), static_cast<const UserRecord&>(before));
    EXPECT_NE(w.directory().membership_of(ann, second), MembershipId{});
}

TEST_F(DecideOrg, never_takes_the_floor_from_admin) {
    PutPermissions command;
    command.org = root;
    command.role = role_admin;
    command.permissions = admin_floor();
    EXPECT_EQ(refusal_of(w, command), std::nullopt);
    for (const Permission permission : all_permissions()) {
        if (contains(admin_floor(), permission)) {
            command.permissions = PermissionSet().set().reset(index(permission));
            EXPECT_EQ(refusal_of(w, command), RefusalCode::invalid) << name(permission);
        }
    }
}

TEST_F(DecideOrg, knows_sets_only_of_roles_of_the_tree) {
    EXPECT_EQ(refusal_of(w, PutPermissions{root, RoleId{9}, {}, {}}), RefusalCode::not_found);
    EXPECT_EQ(refusal_of(w, PutPermissions{OrgId{9}, role_user, {}, {}}), RefusalCode::not_found);
}

TEST_F(DecideOrg, puts_an_equal_set_without_a_change) {
    const auto same = w.directory().permissions(root, role_user);
    EXPECT_TRUE(changes_nothing(w, PutPermissions{root, role_user, same, {}}));
}

TEST_F(DecideOrg, refuses_a_set_decided_on_an_older_state) {
    const std::uint64_t seen = w.directory().org_changed_at(root);
    w.permissions(root, role_user, {Permission::org_devices_view});
    EXPECT_EQ(refusal_of(w, PutPermissions{root, role_user, {}, seen}),
              RefusalCode::precondition_failed);
    const std::uint64_t now = w.directory().org_changed_at(root);
    EXPECT_EQ(refusal_of(w, PutPermissions{root, role_user, {}, now}), std::nullopt);
}

}  // namespace
}  // namespace treeline
