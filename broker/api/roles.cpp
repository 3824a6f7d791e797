// /orgs/{id}/roles and /permissions: the switches of an org's roles.
#include "broker/api/call.hpp"
#include "broker/api/look_back.hpp"
#include "broker/api/render.hpp"
#include "broker/api/role_name.hpp"

namespace treeline {
namespace {

using K = FieldKind;

constexpr Field put_fields[]{{"permissions", K::texts, true}};
constexpr Field permission_fields[]{{"name", K::text, true}, {"prerequisites", K::texts, true}};
const Shape put_shape{"PutPermissions", put_fields};
const Shape permission_shape{"Permission", permission_fields};

// That a set follows another is told only to those who see the org above: to all others there is
// none.
Answer permissions_answer(const Call& call, const Directory& directory, OrgId org, RoleId role) {
    Answer found;
    found.body["permissions"] = names_of(directory.permissions(org, role));
    if (sees_org(directory, call.caller.user, directory.org(org)->parent, call.now)) {
        found.body["linked"] = directory.is_linked(org, role);
    }
    found.revision = tree_revision(directory, org);
    return found;
}

Checked<Answer> list_roles(Call& call) {
    if (auto problem = lacks(call, call.org(), Permission::roles_view)) {
        return *problem;
    }
    const auto list = list_query(call);
    if (!list) {
        return list.error();
    }
    // The set of an org is its own: where it was not there yet, there was none.
    const Directory& directory = hindsight_of(call).past;
    const Org* const org = directory.org(call.org());
    const std::vector<RoleRecord> roles =
        org == nullptr ? std::vector<RoleRecord>() : directory.roles(org->root);
    json::array items;
    std::uint64_t next = 0;
    for (const RoleRecord& role : roles) {
        if (number(role.id) <= list->cursor) {
            continue;
        }
        if (items.size() == list->limit) {
            next = items.back().at("id").as_uint64();
            break;
        }
        items.emplace_back(show_role(directory, call.org(), role));
    }
    return list_answer(std::move(items), next, roles.size(),
                       revision_then(call, tree_revision(directory, call.org())));
}

Checked<Answer> get_permissions(Call& call) {
    if (auto problem = lacks(call, call.org(), Permission::roles_view)) {
        return *problem;
    }
    const RoleId role = path_role(call.directory(), call, call.org());
    if (role == RoleId{}) {
        return not_found();
    }
    return permissions_answer(call, call.directory(), call.org(), role);
}

Checked<Prepared> prepare_put(Call& call) {
    const Directory& directory = call.directory();
    if (auto problem = lacks(call, call.org(), Permission::roles_edit)) {
        return *problem;
    }
    const RoleId role = path_role(directory, call, call.org());
    if (role == RoleId{}) {
        return not_found();
    }
    PutPermissions command{
        .org = call.org(), .role = role, .permissions = {}, .if_match = if_match(call)};
    for (const std::string& text : call.body.texts("permissions")) {
        if (const auto permission = permission_named(text)) {
            command.permissions.set(index(*permission));
        } else {
            call.body.refuse(invalid("permissions holds a name that is none"));
        }
    }
    return Prepared{std::move(command), call.actor(), {}};
}

Checked<Answer> show_put(Call& call, const Directory& directory, std::uint64_t) {
    const OrgId org = directory.wire().org(call.path_id());
    const RoleId role = path_role(directory, call, org);
    const bool may_see =
        sees_org(directory, call.caller.user, org, call.now) &&
        contains(org_permissions(directory, call.caller.user, org, call.now).permissions,
                 Permission::roles_view);
    if (!may_see || role == RoleId{}) {
        return only_revision(home_revision(directory, call.caller.user));
    }
    return permissions_answer(call, directory, org, role);
}

// The same for everybody: the table of tenancy.md §3.
Checked<Answer> list_catalogue(Call& call) {
    json::array items;
    for (const Permission permission : all_permissions()) {
        json::array needed;
        for (const Permission other : prerequisites(permission)) {
            needed.emplace_back(name(other));
        }
        items.emplace_back(
            json::object{{"name", name(permission)}, {"prerequisites", std::move(needed)}});
    }
    const std::size_t total = items.size();
    return list_answer(std::move(items), 0, total,
                       home_revision(call.directory(), call.caller.user));
}

const Route table[]{
    {.method = "GET",
     .pattern = "/api/v1/orgs/{id}/roles",
     .permission = "roles.view",
     .summary = "The roles of the tree, with their permissions in this org",
     .handler = reads<list_roles>,
     .answer = &role_shape,
     .is_list = true,
     .instants = "as_of"},
    {.method = "GET",
     .pattern = "/api/v1/orgs/{id}/roles/{role}/permissions",
     .permission = "roles.view",
     .summary = "What a role may in this org, as it was set",
     .handler = reads<get_permissions>,
     .answer = &permissions_shape},
    {.method = "PUT",
     .pattern = "/api/v1/orgs/{id}/roles/{role}/permissions",
     .permission = "roles.edit",
     .summary = "Set what a role may in this org; what is added must be held",
     .handler = writes<prepare_put, shows<show_put>>,
     .answer = &permissions_shape,
     .body = &put_shape},
    {.method = "GET",
     .pattern = "/api/v1/permissions",
     .permission = "signed_in",
     .summary = "Every permission there is, with what each one needs beside it",
     .handler = reads<list_catalogue>,
     .answer = &permission_shape,
     .is_list = true},
};

}  // namespace

std::span<const Route> role_routes() {
    return table;
}

}  // namespace treeline
