#include "tests/matrix/rows.hpp"

#include <algorithm>

namespace treeline::matrix {

namespace {

#define V1 "/api/v1"

std::vector<Row> service_rows() {
    return {
        {"GET", "/healthz", Kind::none, anyone(), "", "", true},
        {"GET", "/readyz", Kind::none, anyone(), "", "", true},
        {"GET", V1 "/openapi.json", Kind::none, anyone(), "", "", true},
        {"POST", V1 "/sessions", Kind::none, anyone(), "", "", true},
        {"POST", V1 "/sessions/refresh", Kind::none, anyone(), "", "", true},
        {"DELETE", V1 "/sessions/current", Kind::none, anyone()},
        {"DELETE", V1 "/users/me", Kind::none, anyone()},
        {"POST", V1 "/password-resets", Kind::none, anyone(), "", "", true},
        {"PUT", V1 "/password-resets/{token}", Kind::none, anyone(), V1 "/password-resets/x", "",
         true},
        {"POST", V1 "/invitations/{token}/accept", Kind::none, anyone(), V1 "/invitations/x/accept",
         "", true},
        {"GET", V1 "/permissions", Kind::none, anyone()},
        {"GET", V1 "/users/me", Kind::none, anyone()},
        {"PATCH", V1 "/users/me", Kind::none, anyone()},
        {"GET", V1 "/devices", Kind::none, anyone()},
        {"GET", V1 "/orgs", Kind::none, anyone()},
        {"GET", V1 "/transfers", Kind::none, anyone()},
    };
}

std::vector<Row> org_rows() {
    return {
        {"POST", V1 "/orgs", Kind::org, at_org({"suborgs.create"}), V1 "/orgs",
         R"({"parent":%,"name":"x","no_such_field":1})"},
        {"GET", V1 "/orgs/{id}", Kind::org, sees_the_org()},
        {"GET", V1 "/orgs/{id}/subtree", Kind::org, sees_the_org()},
        {"GET", V1 "/orgs/{id}/devices", Kind::org, sees_the_org()},
        {"POST", V1 "/orgs/{id}/devices", Kind::org, provision()},
        {"PATCH", V1 "/orgs/{id}", Kind::org, at_org({"org.settings"})},
        {"GET", V1 "/orgs/{id}/domains", Kind::org, at_org({"org.settings"})},
        {"PUT", V1 "/orgs/{id}/domains", Kind::org, at_org({"org.settings"})},
        {"DELETE", V1 "/orgs/{id}", Kind::org, at_parent("suborgs.delete")},
        {"POST", V1 "/orgs/{id}/move", Kind::org, at_parent("suborgs.move", "suborgs.create"), "",
         R"({"parent":%,"no_such_field":1})"},
        {"POST", V1 "/orgs/{id}/suspend", Kind::org, at_parent("suborgs.suspend")},
        {"POST", V1 "/orgs/{id}/resume", Kind::org, at_parent("suborgs.suspend")},
        {"GET", V1 "/orgs/{id}/users", Kind::org, at_org({"users.view"})},
        {"POST", V1 "/orgs/{id}/users", Kind::org, at_org({"users.invite", "users.set_password"})},
        {"GET", V1 "/orgs/{id}/memberships", Kind::org, at_org({"users.view"})},
        {"POST", V1 "/orgs/{id}/memberships", Kind::org, at_org({"users.invite"})},
        {"GET", V1 "/orgs/{id}/roles", Kind::org, at_org({"roles.view"})},
        {"POST", V1 "/orgs/{id}/roles", Kind::org, at_root("roles.create")},
        {"PATCH", V1 "/orgs/{id}/roles/{role}", Kind::org, at_root("roles.edit"),
         V1 "/orgs/%/roles/4"},
        {"DELETE", V1 "/orgs/{id}/roles/{role}", Kind::org, at_root("roles.delete"),
         V1 "/orgs/%/roles/4"},
        {"GET", V1 "/orgs/{id}/roles/{role}/permissions", Kind::org, at_org({"roles.view"}),
         V1 "/orgs/%/roles/3/permissions"},
        {"PUT", V1 "/orgs/{id}/roles/{role}/permissions", Kind::org, set_of_role_3(),
         V1 "/orgs/%/roles/3/permissions"},
        {"POST", V1 "/orgs/{id}/permissions/push", Kind::org, at_org({"roles.push"})},
        {"POST", V1 "/orgs/{id}/permissions/push/undo", Kind::org, at_org({"roles.push"})},
        {"GET", V1 "/orgs/{id}/audit", Kind::org, at_org({"audit.view"})},
        {"GET", V1 "/orgs/{id}/audit/head", Kind::org, at_org({"audit.view"})},
        {"GET", V1 "/audit/{seq}/proof", Kind::org, at_org({"audit.view"}),
         V1 "/audit/1/proof?org=%"},
    };
}

std::vector<Row> people_rows() {
    return {
        {"GET", V1 "/users/{id}", Kind::user, sees_the_user()},
        {"PATCH", V1 "/users/{id}", Kind::user, on_account("users.edit", true)},
        {"POST", V1 "/users/{id}/suspend", Kind::user, on_account("users.suspend", false)},
        {"POST", V1 "/users/{id}/resume", Kind::user, on_account("users.suspend", false)},
        {"POST", V1 "/users/{id}/force-logout", Kind::user, on_account("users.force_logout", true)},
        {"POST", V1 "/users/{id}/password", Kind::user, on_account("users.set_password", false)},
        {"GET", V1 "/users/{id}/sessions", Kind::user, on_account("users.force_logout", true)},
        {"GET", V1 "/users/{id}/activity", Kind::user, follows_the_user()},
        {"DELETE", V1 "/users/{id}", Kind::user, deletes_the_user()},
        // Without to_org whoever sees him is told of the body only.
        {"POST", V1 "/users/{id}/transfer", Kind::user, sees_the_user()},
        {"POST", V1 "/memberships/{id}/accept", Kind::membership, on_own_membership(false)},
        {"POST", V1 "/memberships/{id}/decline", Kind::membership, on_own_membership(false)},
        {"POST", V1 "/memberships/{id}/home", Kind::membership, on_own_membership(true)},
        // An invitation's id holds its org: "7/invitations/9".
        {"DELETE", V1 "/orgs/{id}/invitations/{invitation}", Kind::invitation, on_invitation(true),
         V1 "/orgs/%"},
        {"POST", V1 "/orgs/{id}/invitations/{invitation}/resend", Kind::invitation,
         on_invitation(true), V1 "/orgs/%/resend"},
        {"GET", V1 "/orgs/{id}/invitations", Kind::org, at_org({"users.view"})},
        {"POST", V1 "/orgs/{id}/invitations", Kind::org, at_org({"users.invite"})},
        {"POST", V1 "/orgs/{id}/invitations/import", Kind::org, at_org({"users.invite"}),
         V1 "/orgs/%/invitations/import?mode=validate",
         "email,name,role,org,phone,locale,not_after\r\n", false, "text/csv"},
        {"PATCH", V1 "/memberships/{id}", Kind::membership, on_membership("users.edit", false)},
        {"DELETE", V1 "/memberships/{id}", Kind::membership, on_membership("users.delete", true)},
    };
}

std::vector<Row> device_rows() {
    return {
        {"GET", V1 "/devices/{id}", Kind::device, on_device("view")},
        {"PATCH", V1 "/devices/{id}", Kind::device, on_device("edit")},
        {"DELETE", V1 "/devices/{id}", Kind::device, on_device("delete")},
        {"POST", V1 "/devices/{id}/token", Kind::device, on_device("rotate_token")},
        {"PUT", V1 "/devices/{id}/owner", Kind::device, on_device("transfer"), "",
         R"({"owner":null,"no_such_field":1})"},
        {"DELETE", V1 "/devices/{id}/owner", Kind::device, on_device("transfer")},
        {"GET", V1 "/devices/{id}/pins", Kind::device, on_device("view")},
        {"GET", V1 "/devices/{id}/pins/{pin}", Kind::device, on_device("view"),
         V1 "/devices/%/pins/5"},
        {"PUT", V1 "/devices/{id}/pins/{pin}", Kind::device, on_device("control"),
         V1 "/devices/%/pins/5"},
        {"GET", V1 "/devices/{id}/transfers", Kind::device, on_device("transfer")},
        {"GET", V1 "/devices/{id}/history", Kind::device, on_device("view"),
         V1 "/devices/%/history?pin=5"},
        {"GET", V1 "/devices/{id}/timeline", Kind::device, on_device("timeline_view")},
        {"GET", V1 "/visibility", Kind::device, on_device("view"), V1 "/visibility?device=%"},
        {"GET", V1 "/visibility/diff", Kind::device, on_device("view"),
         V1 "/visibility/diff?from=1&device=%"},
        // No org has kept a history here: it is missing to everybody. History.* hold the rest.
        {"GET", V1 "/orgs/{id}/devices/{device}/history", Kind::none,
         [](const Eyes&, model::Id) { return Gate::missing; },
         V1 "/orgs/1/devices/1/history?pin=5"},
        {"POST", V1 "/explain", Kind::device, on_device("view"), V1 "/explain",
         R"({"user":@,"device":%,"action":"control"})"},
        {"POST", V1 "/transfers", Kind::device, on_device("transfer"), V1 "/transfers",
         R"({"devices":[%],"no_such_field":1})"},
    };
}

// Of the two offers that Relations makes: both blind, by the same person, from the same org.
Need on_transfer(bool is_open_to_maker) {
    return [=](const Eyes& eyes, model::Id packed) {
        // device, from, to and maker, packed by the test
        const model::Id device = packed & 0xffff;
        const model::Id from = packed >> 16 & 0xffff;
        const model::Id to = packed >> 32 & 0xffff;
        const bool is_maker = (packed >> 48) == eyes.viewer;
        const bool gives = eyes.sees_org(from) && eyes.may_on_devices_of(from, "transfer");
        const bool takes = eyes.sees_org(to) && (eyes.may_on_devices_of(to, "transfer") ||
                                                 eyes.may_on_devices_of(to, "provision"));
        const bool may = is_open_to_maker ? is_maker || eyes.may_on(device, "transfer")
                                          : eyes.may_on_devices_of(to, "provision");
        const bool is_seen = gives || takes || (is_maker && eyes.sees_org(from));
        return !is_seen ? Gate::missing : may ? Gate::open : Gate::forbidden;
    };
}

std::vector<Row> transfer_rows() {
    const Need seen = [of = on_transfer(true)](const Eyes& eyes, model::Id packed) {
        return of(eyes, packed) == Gate::missing ? Gate::missing : Gate::open;
    };
    return {
        {"GET", V1 "/transfers/{id}", Kind::transfer, seen},
        {"POST", V1 "/transfers/{id}/accept", Kind::transfer, on_transfer(false)},
        {"POST", V1 "/transfers/{id}/decline", Kind::transfer, on_transfer(false)},
        {"POST", V1 "/transfers/{id}/cancel", Kind::transfer, on_transfer(true)},
    };
}

#undef V1

std::string replaced(std::string text, char mark, const std::string& id) {
    for (std::size_t at = 0; (at = text.find(mark, at)) != std::string::npos; at += id.size()) {
        text.replace(at, 1, id);
    }
    return text;
}

}  // namespace

const std::vector<Row>& rows() {
    static const std::vector<Row> all = [] {
        std::vector<Row> joined;
        for (const auto& part :
             {service_rows(), org_rows(), people_rows(), device_rows(), transfer_rows()}) {
            joined.insert(joined.end(), part.begin(), part.end());
        }
        return joined;
    }();
    return all;
}

const Row* row_of(std::string_view method, std::string_view pattern) {
    const auto found = std::ranges::find_if(
        rows(), [&](const Row& row) { return row.method == method && row.pattern == pattern; });
    return found == rows().end() ? nullptr : &*found;
}

std::string missing_id(Kind kind, unsigned n) {
    constexpr std::uint64_t first = 7'766'554'433'221;
    const std::string id = std::to_string(first + n);
    return kind == Kind::invitation ? id + "/invitations/" + id : id;
}

Asked asked(const Row& row, const std::string& id, const std::string& caller) {
    std::string target(row.target.empty() ? row.pattern : row.target);
    if (const std::size_t at = target.find('{'); at != std::string::npos) {
        target.replace(at, target.find('}') - at + 1, "%");
    }
    std::string body(row.body);
    if (body.empty() && row.method != "GET") {
        body = R"({"no_such_field":1})";
    }
    return {replaced(std::move(target), '%', id),
            replaced(replaced(std::move(body), '%', id), '@', caller)};
}

}  // namespace treeline::matrix
