// /memberships: who belongs where, in which role, for how long.
#include "broker/api/call.hpp"
#include "broker/api/look_back.hpp"
#include "broker/api/mailed_link.hpp"
#include "broker/api/membership_answer.hpp"
#include "broker/api/render.hpp"
#include "broker/api/role_name.hpp"
#include "broker/domain/text.hpp"

namespace treeline {
namespace {

using K = FieldKind;

constexpr Field create_fields[]{{"user", K::id},
                                {"email", K::email},
                                {"role", K::role, true},
                                {"not_before", K::time, false, true},
                                {"not_after", K::time, false, true}};
constexpr Field patch_fields[]{{"role", K::role},
                               {"not_before", K::time, false, true},
                               {"not_after", K::time, false, true},
                               {"allow_orphan", K::flag}};
constexpr Field end_fields[]{{"allow_orphan", K::flag}};
const Shape create_shape{"CreateMembership", create_fields};
const Shape patch_shape{"PatchMembership", patch_fields};
const Shape end_shape{"EndMembership", end_fields};

Answer membership_answer(const Call& call, const Directory& directory,
                         const Membership& membership) {
    Answer found;
    found.body = show(View{directory, call.caller.user, call.now}, membership);
    found.revision = tree_revision(directory, membership.org);
    found.etag = membership.changed_at;
    return found;
}

Checked<Answer> list_memberships(Call& call) {
    if (auto problem = lacks(call, call.org(), Permission::users_view)) {
        return *problem;
    }
    const auto list = list_query(call);
    if (!list) {
        return list.error();
    }
    const Directory& directory = call.directory();
    const WireIds& wire = directory.wire();
    const PageRequest request{number(wire.membership(list->cursor)), list->limit};
    const Hindsight then = hindsight_of(call);
    const Page<MembershipId> page = is_of_the_past(call)
                                        ? memberships_then(then, call.org(), request)
                                        : memberships_in(directory, call.org(), request);
    json::array items;
    for (const MembershipId id : page.items) {
        items.emplace_back(
            show(View{directory, call.caller.user, call.now}, *then.past.membership(id)));
    }
    return list_answer(std::move(items), wire.of(MembershipId{page.next_after}), page.total,
                       revision_then(call, tree_revision(directory, call.org())));
}

// An address of somebody whom the caller may see means that user; any other is an invitation.
void name_member(Call& call, CreateMembership& command) {
    const Directory& directory = call.directory();
    if (call.body.has("user") == call.body.has("email")) {
        call.body.refuse(invalid("either user or email is given"));
    }
    if (call.body.has("user")) {
        command.user = directory.wire().user(call.body.id("user"));
        return;
    }
    const auto folded = fold_email(call.body.text("email"));
    if (!folded) {
        call.body.refuse(invalid("email is no address"));
        return;
    }
    command.email = *folded;
    const User* const known = directory.user_by_email(command.email);
    if (known != nullptr && sees_user(directory, call.caller.user, known->id, call.now)) {
        command.user = known->id;
        command.email.clear();
    }
}

Checked<Prepared> prepare_create(Call& call) {
    if (!sees_org(call.directory(), call.caller.user, call.org(), call.now)) {
        return not_found();
    }
    CreateMembership command{.org = call.org(),
                             .user = {},
                             .email = {},
                             .role = role_in(call, "role", call.org()),
                             .not_before = call.body.time("not_before"),
                             .not_after = call.body.time("not_after"),
                             .token = fresh_link(*call.parts, purpose_invitation)};
    name_member(call, command);
    return Prepared{std::move(command), call.actor(), {}};
}

// An edge of the period that a PATCH moves: outer nullopt leaves it, inner nullopt takes it away.
std::optional<std::optional<UnixTime>> edge(const Body& body, std::string_view name) {
    if (!body.has(name)) {
        return std::nullopt;
    }
    return std::optional(body.time(name));
}

Checked<Prepared> prepare_patch(Call& call) {
    const MembershipId id = call.membership();
    if (!sees_membership(call.directory(), call.caller.user, id, call.now)) {
        return not_found();
    }
    const Membership& membership = *call.directory().membership(id);
    PatchMembership command{.membership = id,
                            .role = {},
                            .not_before = edge(call.body, "not_before"),
                            .not_after = edge(call.body, "not_after"),
                            .allow_orphan = call.body.flag("allow_orphan"),
                            .if_match = if_match(call)};
    if (call.body.has("role")) {
        command.role = role_in(call, "role", membership.org);
    }
    return Prepared{std::move(command), call.actor(), membership.changed_at};
}

Checked<Answer> show_patched(Call& call, const Directory& directory, std::uint64_t) {
    return show_membership(call, directory, number(directory.wire().membership(call.path_id())));
}

Checked<Prepared> prepare_end(Call& call) {
    const MembershipId id = call.membership();
    if (!sees_membership(call.directory(), call.caller.user, id, call.now)) {
        return not_found();
    }
    const std::string* const in_query = call.target.query("allow_orphan");
    call.tree = call.directory().membership(id)->org;
    return Prepared{EndMembership{.membership = id,
                                  .allow_orphan = call.body.flag("allow_orphan") ||
                                                  (in_query != nullptr && *in_query == "true"),
                                  .if_match = if_match(call)},
                    call.actor(), call.directory().membership(id)->changed_at};
}

Checked<Answer> show_ended(Call& call, const Directory& directory, std::uint64_t) {
    return only_revision(tree_revision(directory, call.tree));
}

const Route table[]{
    {.method = "GET",
     .pattern = "/api/v1/orgs/{id}/memberships",
     .permission = "users.view",
     .summary = "The memberships in the org",
     .handler = reads<list_memberships>,
     .answer = &membership_shape,
     .is_list = true,
     .instants = "as_of"},
    {.method = "POST",
     .pattern = "/api/v1/orgs/{id}/memberships",
     .permission = "users.invite",
     .summary = "Give a user whom the caller may see a role, or invite an address",
     .handler = writes<prepare_create, shows<show_membership>>,
     .answer = &membership_shape,
     .body = &create_shape,
     .status = 201},
    {.method = "PATCH",
     .pattern = "/api/v1/memberships/{id}",
     .permission = "users.edit",
     .summary = "Change role or period",
     .handler = writes<prepare_patch, shows<show_patched>>,
     .answer = &membership_shape,
     .body = &patch_shape},
    {.method = "DELETE",
     .pattern = "/api/v1/memberships/{id}",
     .permission = "users.delete",
     .summary = "End a membership; anyone may end their own",
     .handler = writes<prepare_end, shows<show_ended>>,
     .answer = &revision_shape,
     .body = &end_shape,
     .filters = "allow_orphan"},
};

}  // namespace

Checked<Answer> show_membership(Call& call, const Directory& directory, std::uint64_t created) {
    const MembershipId id{created};
    if (!sees_membership(directory, call.caller.user, id, call.now)) {
        return only_revision(home_revision(directory, call.caller.user));
    }
    return membership_answer(call, directory, *directory.membership(id));
}

std::span<const Route> membership_routes() {
    return table;
}

}  // namespace treeline
