// /orgs/{id}/invitations: asking somebody into an org by mail, again, or not any more.
#include "broker/api/call.hpp"
#include "broker/api/format.hpp"
#include "broker/api/invitation_answer.hpp"
#include "broker/api/look_back.hpp"
#include "broker/api/mailed_link.hpp"
#include "broker/api/render.hpp"
#include "broker/api/role_name.hpp"

namespace treeline {
namespace {

using K = FieldKind;

constexpr Field create_fields[]{{"email", K::email, true},
                                {"role", K::role, true},
                                {"name", K::text},
                                {"phone", K::text},
                                {"locale", K::text},
                                {"not_before", K::time, false, true},
                                {"not_after", K::time, false, true}};
constexpr Field invitation_fields[]{{"id", K::id, true},
                                    {"org", K::hidden_id, true},
                                    {"email", K::email, true},
                                    {"name", K::text, true},
                                    {"role", K::number, true},
                                    {"status", K::text, true},
                                    {"not_before", K::time, true, true},
                                    {"not_after", K::time, true, true},
                                    {"granted_by", K::hidden_id, true, true},
                                    {"created_at", K::time, true, true},
                                    {"expires_at", K::time, true, true},
                                    {"revision", K::number}};
const Shape create_shape{"CreateInvitation", create_fields};
const Shape invitation_shape{"Invitation", invitation_fields};

// The one of the path, in the org of the path; null: none that the caller may know of.
const Membership* invitation_of(const Call& call) {
    const Directory& directory = call.directory();
    const MembershipId id = directory.wire().membership(call.path_id(1));
    const Membership* const found = directory.membership(id);
    const bool is_it = found != nullptr && found->org == call.org() &&
                       found->status == MembershipStatus::pending &&
                       sees_membership(directory, call.caller.user, id, call.now);
    return is_it ? found : nullptr;
}

Checked<Answer> list_invitations(Call& call) {
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
    const Page<MembershipId> page = invitations_then(then, call.org(), request);
    json::array items;
    for (const MembershipId id : page.items) {
        items.emplace_back(show_invitation(View{directory, call.caller.user, call.now},
                                           *then.past.membership(id)));
    }
    return list_answer(std::move(items), wire.of(MembershipId{page.next_after}), page.total,
                       revision_then(call, tree_revision(directory, call.org())));
}

Checked<Prepared> prepare_create(Call& call) {
    if (!sees_org(call.directory(), call.caller.user, call.org(), call.now)) {
        return not_found();
    }
    return Prepared{Invite{.org = call.org(),
                           .email = call.body.text("email"),
                           .name = call.body.text("name"),
                           .phone = call.body.text("phone"),
                           .locale = call.body.text("locale"),
                           .role = role_in(call, "role", call.org()),
                           .not_before = call.body.time("not_before"),
                           .not_after = call.body.time("not_after"),
                           .token = fresh_link(*call.parts, purpose_invitation)},
                    call.actor(),
                    {}};
}

// Accepted, revoked or out of sight meanwhile: then only the revision is left to say.
Checked<Answer> show_waiting(Call& call, const Directory& directory, std::uint64_t created) {
    const MembershipId id{created};
    const Membership* const found = directory.membership(id);
    Answer shown = only_revision(tree_revision(directory, call.org()));
    if (found != nullptr && found->status == MembershipStatus::pending &&
        sees_membership(directory, call.caller.user, id, call.now)) {
        shown.body = show_invitation(View{directory, call.caller.user, call.now}, *found);
    }
    return shown;
}

Checked<Prepared> prepare_resend(Call& call) {
    const Membership* const found = invitation_of(call);
    if (found == nullptr) {
        return not_found();
    }
    return Prepared{
        ResendInvitation{found->id, fresh_link(*call.parts, purpose_invitation)}, call.actor(), {}};
}

Checked<Prepared> prepare_revoke(Call& call) {
    const Membership* const found = invitation_of(call);
    if (found == nullptr) {
        return not_found();
    }
    return Prepared{EndMembership{.membership = found->id, .if_match = if_match(call)},
                    call.actor(), found->changed_at};
}

Checked<Answer> show_revoked(Call& call, const Directory& directory, std::uint64_t) {
    return only_revision(tree_revision(directory, call.org()));
}

const Route table[]{
    {.method = "GET",
     .pattern = "/api/v1/orgs/{id}/invitations",
     .permission = "users.view",
     .summary = "The invitations into the org that wait",
     .handler = reads<list_invitations>,
     .answer = &invitation_shape,
     .is_list = true,
     .instants = "as_of"},
    {.method = "POST",
     .pattern = "/api/v1/orgs/{id}/invitations",
     .permission = "users.invite",
     .summary = "Invite an address by mail; known and unknown ones are answered alike",
     .handler = writes<prepare_create, shows<show_waiting>>,
     .answer = &invitation_shape,
     .body = &create_shape,
     .status = 201},
    {.method = "POST",
     .pattern = "/api/v1/orgs/{id}/invitations/{invitation}/resend",
     .permission = "users.invite",
     .summary = "Mail a new link; the one before is dead",
     .handler = writes<prepare_resend, shows<show_waiting>>,
     .answer = &invitation_shape},
    {.method = "DELETE",
     .pattern = "/api/v1/orgs/{id}/invitations/{invitation}",
     .permission = "users.invite",
     .summary = "Revoke an invitation; its link is dead at once",
     .handler = writes<prepare_revoke, shows<show_revoked>>,
     .answer = &revision_shape},
};

}  // namespace

json::object show_invitation(const View& view, const Membership& waiting) {
    json::object out = show(view, waiting);
    out.erase("user");
    out["name"] = waiting.invite ? waiting.invite->name : std::string();
    for (const char* when : {"created_at", "expires_at"}) {
        out[when] = nullptr;
    }
    if (waiting.invite) {
        out["created_at"] = format_time(waiting.invite->created_at);
        out["expires_at"] = format_time(waiting.invite->expires_at);
    }
    return out;
}

std::span<const Route> invitation_routes() {
    return table;
}

}  // namespace treeline
