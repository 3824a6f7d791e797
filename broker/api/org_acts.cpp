// /orgs/{id}: changing, moving, suspending and deleting organizations.
#include "broker/api/call.hpp"
#include "broker/api/org_answer.hpp"

namespace treeline {
namespace {

using K = FieldKind;

constexpr Field patch_fields[]{
    {"name", K::text},     {"kind", K::text},         {"can_create_suborgs", K::flag},
    {"timezone", K::text}, {"description", K::prose}, {"metadata", K::metadata}};
constexpr Field move_fields[]{{"parent", K::id, true}};
const Shape patch_shape{"PatchOrg", patch_fields};
const Shape move_shape{"MoveOrg", move_fields};

// The command for the org of the path, or 404 where the caller doesn't see it.
template <class Command>
Checked<Prepared> prepare(Call& call, Command command) {
    if (!sees_org(call.directory(), call.caller.user, call.org(), call.now)) {
        return not_found();
    }
    command.org = call.org();
    call.tree = call.directory().org(command.org)->parent;
    return Prepared{std::move(command), call.actor(), call.directory().org_changed_at(call.org())};
}

Checked<Prepared> prepare_patch(Call& call) {
    Body& body = call.body;
    PatchOrg command;
    command.if_match = if_match(call);
    if (body.has("name")) {
        command.name = body.text("name");
    }
    if (body.has("kind")) {
        command.kind = kind_in(body);
    }
    if (body.has("can_create_suborgs")) {
        command.can_create_suborgs = body.flag("can_create_suborgs");
    }
    if (body.has("timezone")) {
        command.timezone = body.text("timezone");
    }
    if (body.has("description")) {
        command.description = body.text("description");
    }
    if (body.has("metadata")) {
        command.metadata = body.metadata("metadata");
    }
    return prepare(call, std::move(command));
}

Checked<Prepared> prepare_move(Call& call) {
    return prepare(call, MoveOrg{{}, call.directory().wire().org(call.body.id("parent"))});
}

Checked<Prepared> prepare_suspend(Call& call) {
    return prepare(call, SuspendOrg{});
}

Checked<Prepared> prepare_resume(Call& call) {
    return prepare(call, ResumeOrg{});
}

Checked<Prepared> prepare_delete(Call& call) {
    return prepare(call, DeleteOrg{{}, if_match(call)});
}

Checked<Answer> show_deleted(Call& call, const Directory& directory, std::uint64_t) {
    return only_revision(tree_revision(directory, call.tree));
}

const Route table[]{
    {.method = "PATCH",
     .pattern = "/api/v1/orgs/{id}",
     .permission = "org.settings",
     .summary = "Change an org; name, kind and can_create_suborgs need suborgs.edit at its parent",
     .handler = writes<prepare_patch, shows<show_org>>,
     .answer = &org_shape,
     .body = &patch_shape},
    {.method = "DELETE",
     .pattern = "/api/v1/orgs/{id}",
     .permission = "suborgs.delete",
     .summary = "Delete an org without sub-orgs and devices; asked at its parent",
     .handler = writes<prepare_delete, shows<show_deleted>>,
     .answer = &revision_shape},
    {.method = "POST",
     .pattern = "/api/v1/orgs/{id}/move",
     .permission = "suborgs.move",
     .summary = "Move an org with all below it inside its tree; asked at its parent",
     .handler = writes<prepare_move, shows<show_org>>,
     .answer = &org_shape,
     .body = &move_shape},
    {.method = "POST",
     .pattern = "/api/v1/orgs/{id}/suspend",
     .permission = "suborgs.suspend",
     .summary = "Memberships in the org and below give nothing until it is resumed",
     .handler = writes<prepare_suspend, shows<show_org>>,
     .answer = &org_shape},
    {.method = "POST",
     .pattern = "/api/v1/orgs/{id}/resume",
     .permission = "suborgs.suspend",
     .summary = "End a suspension",
     .handler = writes<prepare_resume, shows<show_org>>,
     .answer = &org_shape},
};

}  // namespace

std::span<const Route> org_act_routes() {
    return table;
}

}  // namespace treeline
