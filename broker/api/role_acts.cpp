// /orgs/{root}/roles: making, renaming and deleting roles, for the whole tree.
#include "broker/api/call.hpp"
#include "broker/api/format.hpp"
#include "broker/api/role_name.hpp"

namespace treeline {
namespace {

using K = FieldKind;

constexpr Field name_fields[]{{"name", K::text, true}};
constexpr Field delete_fields[]{{"replacement", K::role}};
const Shape name_shape{"RoleName", name_fields};
const Shape delete_shape{"DeleteRole", delete_fields};

// 404 for an org out of sight, and for one that is no root: its roles are not there.
bool is_visible_root(const Call& call) {
    return sees_org(call.directory(), call.caller.user, call.org(), call.now) &&
           call.directory().org(call.org())->parent == OrgId{};
}

Checked<Prepared> prepare_create(Call& call) {
    if (!is_visible_root(call)) {
        return not_found();
    }
    return Prepared{CreateRole{call.org(), call.body.text("name")}, call.actor(), {}};
}

Checked<Prepared> prepare_rename(Call& call) {
    const RoleId role = path_role(call.directory(), call, call.org());
    if (!is_visible_root(call) || role == RoleId{}) {
        return not_found();
    }
    return Prepared{RenameRole{call.org(), role, call.body.text("name")}, call.actor(), {}};
}

// The replacement stands in the body, or as a number in the query.
RoleId replacement_of(Call& call) {
    const std::string* const in_query = call.target.query("replacement");
    if (call.body.has("replacement") || in_query == nullptr) {
        return role_in(call, "replacement", call.org());
    }
    const std::uint64_t wanted = parse_id(*in_query).value_or(0);
    if (wanted == 0 || wanted > 0xFFFFFFFF) {
        call.body.refuse(invalid("replacement is the number of a role"));
        return RoleId{};
    }
    return RoleId{static_cast<std::uint32_t>(wanted)};
}

Checked<Prepared> prepare_delete(Call& call) {
    const RoleId role = path_role(call.directory(), call, call.org());
    if (!is_visible_root(call) || role == RoleId{}) {
        return not_found();
    }
    call.tree = call.org();
    return Prepared{DeleteRole{call.org(), role, replacement_of(call)}, call.actor(), {}};
}

Checked<Answer> show_made(Call& call, const Directory& directory, std::uint64_t created) {
    const OrgId org = directory.wire().org(call.path_id());
    const RoleRecord* const role = directory.role(org, RoleId{static_cast<std::uint32_t>(created)});
    if (!sees_org(directory, call.caller.user, org, call.now) || role == nullptr) {
        return only_revision(home_revision(directory, call.caller.user));
    }
    Answer found;
    found.body = show_role(directory, org, *role);
    found.revision = tree_revision(directory, org);
    return found;
}

Checked<Answer> show_deleted(Call& call, const Directory& directory, std::uint64_t) {
    return only_revision(tree_revision(directory, call.tree));
}

const Route table[]{
    {.method = "POST",
     .pattern = "/api/v1/orgs/{id}/roles",
     .permission = "roles.create",
     .summary = "Make a role for the whole tree, empty everywhere; at its root only",
     .handler = writes<prepare_create, shows<show_made>>,
     .answer = &role_shape,
     .body = &name_shape,
     .status = 201},
    {.method = "PATCH",
     .pattern = "/api/v1/orgs/{id}/roles/{role}",
     .permission = "roles.edit",
     .summary = "Rename a role in the whole tree; at its root only",
     .handler = writes<prepare_rename, shows<show_made>>,
     .answer = &role_shape,
     .body = &name_shape},
    {.method = "DELETE",
     .pattern = "/api/v1/orgs/{id}/roles/{role}",
     .permission = "roles.delete",
     .summary = "Delete a role; those who have it get the replacement in the same change",
     .handler = writes<prepare_delete, shows<show_deleted>>,
     .answer = &revision_shape,
     .body = &delete_shape,
     .filters = "replacement"},
};

}  // namespace

std::span<const Route> role_act_routes() {
    return table;
}

}  // namespace treeline
