// Nobody climbs (tenancy.md §2, §3): the ways up that the contract names, each tried by somebody
// who holds all but what the way leads to.
#include <gtest/gtest.h>

#include "tests/unit/api/api_harness.hpp"

namespace treeline {
namespace {

using P = Permission;

// Mallory works in the client org. She may change sets and members and push, but she neither
// controls nor transfers the org's devices.
struct Climb : ApiHarness {
    OrgId root, client, branch;
    UserId admin, mallory, friendly;
    DeviceId lamp;
    std::string admin_token, token, friendly_token;

    Climb() {
        root = builder.root();
        admin = builder.admin();
        client = builder.org(root, "client");
        branch = builder.org(client, "branch");
        builder.permissions(
            client, role_staff,
            {P::suborgs_view, P::suborgs_enter, P::roles_view, P::roles_edit, P::roles_push,
             P::users_view, P::users_invite, P::users_edit, P::users_set_password,
             P::org_devices_view, P::org_devices_provision, P::own_devices_view,
             P::own_devices_control, P::own_devices_provision, P::own_devices_transfer});
        mallory = builder.user(client, "mallory", role_staff);
        friendly = builder.user(client, "friendly", role_user);
        lamp = builder.device(client, "lamp");
        admin_token = sign_in(admin);
        token = sign_in(mallory);
        friendly_token = sign_in(friendly);
    }
    std::string at(OrgId org, const std::string& rest) const {
        return "/api/v1/orgs/" + wire(org) + rest;
    }
    unsigned post(const std::string& target, const std::string& body) {
        return request("POST", target, token, body).status;
    }
    // Role 3 of the org may control its devices, which nobody but the admin could have allowed.
    void users_control(OrgId org) {
        builder.permissions(org, role_user, {P::org_devices_view, P::org_devices_control});
    }
    void users_look(OrgId org) { builder.permissions(org, role_user, {P::org_devices_view}); }
};

TEST(NamedClimb, taking_over_an_account_through_a_membership) {
    Climb api;
    const UserId boss = api.builder.user(api.root, "boss", role_admin);
    api.builder.member(boss, api.client, role_user);
    api.start();
    const std::string user = "/api/v1/users/" + api.wire(boss);
    EXPECT_EQ(api.request("GET", user, api.token).status, 200U);
    EXPECT_EQ(api.post(user + "/password", R"({"password":"chosen by mallory"})"), 403U);
    EXPECT_EQ(api.request("PATCH", user, api.token, R"({"name":"mallory"})").status, 403U);
    EXPECT_EQ(api.post(user + "/force-logout", ""), 403U);
}

TEST(NamedClimb, acting_upward) {
    Climb api;
    const UserId chief = api.builder.user(api.client, "chief", role_admin);
    api.start();
    const std::string membership =
        "/api/v1/memberships/" + api.wire(api.directory().user(chief)->home);
    EXPECT_EQ(api.request("PATCH", membership, api.token, R"({"role":3})").status, 403U);
    EXPECT_EQ(
        api.post("/api/v1/users/" + api.wire(chief) + "/password", R"({"password":"long enough"})"),
        403U);
    const std::string admins = api.at(api.client, "/roles/1/permissions");
    EXPECT_EQ(api.request("PUT", admins, api.token, R"({"permissions":[]})").status, 403U);
    const std::string own =
        "/api/v1/memberships/" + api.wire(api.directory().user(api.mallory)->home);
    EXPECT_EQ(api.request("PATCH", own, api.token, R"({"role":1})").status, 403U);
}

TEST(NamedClimb, making_oneself_owner) {
    Climb api;
    api.start();
    const std::string device = "/api/v1/devices/" + api.wire(api.lamp);
    const std::string me = api.wire(api.mallory);
    EXPECT_EQ(api.request("PUT", device + "/owner", api.token, R"({"owner":)" + me + "}").status,
              403U);
    EXPECT_EQ(api.post("/api/v1/transfers",
                       R"({"devices":[)" + api.wire(api.lamp) + R"(],"to_user":)" + me + "}"),
              403U);
    EXPECT_EQ(api.request("PATCH", device, api.token, R"({"owner":)" + me + "}").status, 403U);
    EXPECT_EQ(api.directory().device(api.lamp)->owner, UserId{});
    // Who may only make devices of his own makes none for others.
    EXPECT_EQ(api.request("POST", api.at(api.client, "/devices"), api.friendly_token,
                          R"({"name":"x","owner":)" + me + "}")
                  .status,
              404U)
        << "he doesn't see her";
    EXPECT_EQ(
        api.request("POST", api.at(api.client, "/devices"), api.friendly_token, R"({"name":"x"})")
            .status,
        403U);
}

TEST(NamedClimb, links) {
    Climb api;
    api.users_control(api.client);
    api.users_look(api.branch);
    api.start();
    const PermissionSet before = api.directory().permissions(api.branch, role_user);
    EXPECT_EQ(api.post(api.at(api.client, "/permissions/push"), R"({"mode":"link","roles":[3]})"),
              403U);
    EXPECT_EQ(api.directory().permissions(api.branch, role_user), before);
    // Neither through a link that is there: the set above it is not hers to widen.
    api.request("POST", api.at(api.client, "/permissions/push"), api.admin_token,
                R"({"mode":"link","roles":[2]})");
    EXPECT_EQ(api.request("PUT", api.at(api.client, "/roles/2/permissions"), api.token,
                          R"({"permissions":["org_devices.view","org_devices.control"]})")
                  .status,
              403U);
    EXPECT_FALSE(
        contains(api.directory().permissions(api.branch, role_staff), P::org_devices_control));
}

TEST(NamedClimb, push) {
    for (const char* mode : {"overwrite", "merge"}) {
        Climb api;
        api.users_control(api.client);
        api.users_look(api.branch);
        api.start();
        for (const char* rest :
             {R"(","roles":[3]})", R"("})", R"(","roles":[3],"dry_run":true})"}) {
            EXPECT_EQ(api.post(api.at(api.client, "/permissions/push"),
                               std::string(R"({"mode":")") + mode + rest),
                      403U)
                << mode << rest;
        }
        EXPECT_FALSE(
            contains(api.directory().permissions(api.branch, role_user), P::org_devices_control));
    }
}

TEST(NamedClimb, undo) {
    Climb api;
    api.users_look(api.client);
    api.users_control(api.branch);
    api.start();
    ASSERT_EQ(api.request("POST", api.at(api.client, "/permissions/push"), api.admin_token,
                          R"({"mode":"overwrite","roles":[3]})")
                  .status,
              200U);
    EXPECT_EQ(api.post(api.at(api.client, "/permissions/push/undo"), ""), 403U);
    EXPECT_FALSE(
        contains(api.directory().permissions(api.branch, role_user), P::org_devices_control));
    EXPECT_EQ(
        api.request("POST", api.at(api.client, "/permissions/push/undo"), api.admin_token).status,
        200U)
        << "whoever holds it may";
}

TEST(NamedClimb, outliving_a_window) {
    Climb api;
    const UserId guest = api.builder.user(api.root, "guest", role_user);
    const MembershipId window = api.builder.member(guest, api.client, role_staff, std::nullopt,
                                                   api.builder.now + std::chrono::minutes(10));
    const std::string guest_token = api.sign_in(guest);
    api.start();
    const auto as_guest = [&](const std::string& method, const std::string& target,
                              const std::string& body) {
        return api.request(method, target, guest_token, body).status;
    };
    const std::string user =
        R"({"email":"new@example.com","name":"new","role":3,"password":"long enough"})";
    EXPECT_EQ(as_guest("POST", api.at(api.client, "/users"), user), 403U)
        << "a home membership has no end";
    const std::string later = R"("2027-01-15T09:00:00.000Z")";
    const std::string own = "/api/v1/memberships/" + api.wire(window);
    EXPECT_EQ(as_guest("PATCH", own, R"({"not_after":)" + later + "}"), 403U);
    EXPECT_EQ(as_guest("PATCH", own, R"({"not_after":null})"), 403U);
    const std::string grant = R"({"user":)" + api.wire(api.friendly) + R"(,"role":3)";
    EXPECT_EQ(as_guest("POST", api.at(api.branch, "/memberships"), grant + "}"), 403U);
    EXPECT_EQ(as_guest("POST", api.at(api.branch, "/memberships"),
                       grant + R"(,"not_after":)" + later + "}"),
              403U);
    api.pass(std::chrono::minutes(10));
    EXPECT_EQ(as_guest("GET", api.at(api.client, ""), ""), 404U) << "the window has closed";
}

}  // namespace
}  // namespace treeline
