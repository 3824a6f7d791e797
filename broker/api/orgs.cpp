// /orgs: making organizations, and what of the tree the caller may see.
#include "broker/api/call.hpp"
#include "broker/api/look_back.hpp"
#include "broker/api/org_answer.hpp"
#include "broker/api/render.hpp"

namespace treeline {
namespace {

using K = FieldKind;

constexpr Field create_fields[]{{"parent", K::id, true},  {"name", K::text, true},
                                {"kind", K::text},        {"can_create_suborgs", K::flag},
                                {"timezone", K::text},    {"description", K::prose},
                                {"metadata", K::metadata}};
const Shape create_shape{"CreateOrg", create_fields};

Checked<Answer> list_orgs(Call& call, OrgId within, std::uint64_t revision) {
    const auto list = list_query(call);
    if (!list) {
        return list.error();
    }
    const Directory& directory = call.directory();
    const WireIds& wire = directory.wire();
    const PageRequest request{number(wire.org(list->cursor)), list->limit};
    const Hindsight then = hindsight_of(call);
    const Page<OrgId> page =
        is_of_the_past(call) ? orgs_then(then, within, request)
                             : visible_orgs(directory, call.caller.user, within, request, call.now);
    json::array items;
    for (const OrgId id : page.items) {
        items.emplace_back(show(View{directory, call.caller.user, call.now}, *then.past.org(id)));
    }
    return list_answer(std::move(items), wire.of(OrgId{page.next_after}), page.total,
                       revision_then(call, revision));
}

Checked<Answer> list_all(Call& call) {
    return list_orgs(call, OrgId{}, home_revision(call.directory(), call.caller.user));
}

Checked<Answer> list_subtree(Call& call) {
    if (!sees_org(call.directory(), call.caller.user, call.org(), call.now)) {
        return not_found();
    }
    return list_orgs(call, call.org(), tree_revision(call.directory(), call.org()));
}

Checked<Answer> get_org(Call& call) {
    const Directory& directory = call.directory();
    if (!sees_org(directory, call.caller.user, call.org(), call.now)) {
        return not_found();
    }
    return org_answer({directory, call.caller.user, call.now}, *directory.org(call.org()));
}

Checked<Prepared> prepare_create(Call& call) {
    Body& body = call.body;
    CreateOrg command{.parent = call.directory().wire().org(body.id("parent")),
                      .name = body.text("name"),
                      .can_create_suborgs = body.flag("can_create_suborgs"),
                      .description = body.text("description"),
                      .metadata = body.metadata("metadata")};
    if (body.has("kind")) {
        command.kind = kind_in(body);
    }
    if (body.has("timezone")) {
        command.timezone = body.text("timezone");
    }
    return Prepared{std::move(command), call.actor(), {}};
}

const Route table[]{
    {.method = "GET",
     .pattern = "/api/v1/orgs",
     .permission = "visible",
     .summary = "The orgs that the caller may see",
     .handler = reads<list_all>,
     .answer = &org_shape,
     .is_list = true,
     .instants = "as_of"},
    {.method = "POST",
     .pattern = "/api/v1/orgs",
     .permission = "suborgs.create",
     .summary = "Make an org below another; the permission is asked at the parent",
     .handler = writes<prepare_create, shows<show_org>>,
     .answer = &org_shape,
     .body = &create_shape,
     .status = 201},
    {.method = "GET",
     .pattern = "/api/v1/orgs/{id}",
     .permission = "visible",
     .summary = "One org",
     .handler = reads<get_org>,
     .answer = &org_shape},
    {.method = "GET",
     .pattern = "/api/v1/orgs/{id}/subtree",
     .permission = "visible",
     .summary = "The org and all below it, as far as the caller may see them",
     .handler = reads<list_subtree>,
     .answer = &org_shape,
     .is_list = true,
     .instants = "as_of"},
};

}  // namespace

Answer org_answer(const View& view, const Org& org) {
    Answer found;
    found.body = show(view, org);
    found.revision = tree_revision(view.directory, org.id);
    found.etag = view.directory.org_changed_at(org.id);
    return found;
}

Checked<Answer> show_org(Call& call, const Directory& directory, std::uint64_t created) {
    const OrgId id{created};
    if (!sees_org(directory, call.caller.user, id, call.now)) {
        return only_revision(home_revision(directory, call.caller.user));
    }
    return org_answer({directory, call.caller.user, call.now}, *directory.org(id));
}

OrgKind kind_in(Body& body) {
    const auto kind = org_kind_named(body.text("kind"));
    if (!kind || *kind == OrgKind::root) {
        body.refuse(invalid("kind is business, partner, client, personal or branch"));
    }
    return kind.value_or(OrgKind::client);
}

std::span<const Route> org_routes() {
    return table;
}

}  // namespace treeline
