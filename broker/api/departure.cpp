// /users/{id}: accounts that leave: deleted as far as the caller reaches, or moved to another org.
#include "broker/api/call.hpp"
#include "broker/api/render.hpp"
#include "broker/api/role_name.hpp"
#include "broker/api/user_answer.hpp"

namespace treeline {
namespace {

using K = FieldKind;

constexpr Field delete_fields[]{{"allow_orphan", K::flag}};
constexpr Field transfer_fields[]{{"to_org", K::id, true},
                                  {"role", K::role, true},
                                  {"devices", K::flag},
                                  {"allow_orphan", K::flag}};
constexpr Field deleted_fields[]{{"revision", K::number, true}, {"scope", K::text}};
const Shape delete_shape{"DeleteUser", delete_fields};
const Shape transfer_shape{"TransferUser", transfer_fields};
const Shape deleted_shape{"DeletedUser", deleted_fields};

bool sees(const Call& call, UserId user) {
    return sees_user(call.directory(), call.caller.user, user, call.now);
}

Checked<Prepared> prepare_delete_of(Call& call, UserId user) {
    if (!sees(call, user)) {
        return not_found();
    }
    const Directory& directory = call.directory();
    const Membership* const home = directory.membership(directory.user(call.caller.user)->home);
    call.tree = home == nullptr ? OrgId{} : home->org;  // the caller's own account may go
    const std::string* const in_query = call.target.query("allow_orphan");
    return Prepared{DeleteUser{.user = user,
                               .allow_orphan = call.body.flag("allow_orphan") ||
                                               (in_query != nullptr && *in_query == "true"),
                               .if_match = if_match(call)},
                    call.actor(), directory.user(user)->changed_at};
}

Checked<Prepared> prepare_delete(Call& call) {
    return prepare_delete_of(call, call.user());
}

Checked<Prepared> prepare_delete_me(Call& call) {
    return prepare_delete_of(call, call.caller.user);
}

// An account that belongs to others too stays: only its memberships here have ended.
Checked<Answer> show_deleted(Call& call, const Directory& directory, std::uint64_t created) {
    Answer shown = only_revision(tree_revision(directory, call.tree));
    if (directory.user(UserId{created}) != nullptr) {
        shown.body["scope"] = "membership";
    }
    return shown;
}

Checked<Prepared> prepare_transfer(Call& call) {
    const Directory& directory = call.directory();
    const OrgId to = directory.wire().org(call.body.id("to_org"));
    const bool names_org = call.body.has("to_org");
    if (!sees(call, call.user()) ||
        (names_org && !sees_org(directory, call.caller.user, to, call.now))) {
        return not_found();
    }
    return Prepared{TransferUser{.user = call.user(),
                                 .to_org = to,
                                 .role = role_in(call, "role", to),
                                 .with_devices = call.body.flag("devices"),
                                 .allow_orphan = call.body.flag("allow_orphan")},
                    call.actor(),
                    {}};
}

Checked<Answer> show_transferred(Call& call, const Directory& directory, std::uint64_t created) {
    const UserId id{created};
    if (!sees_user(directory, call.caller.user, id, call.now)) {
        return only_revision(home_revision(directory, call.caller.user));
    }
    return user_answer(call, directory, *directory.user(id));
}

const Route table[]{
    {.method = "DELETE",
     .pattern = "/api/v1/users/me",
     .permission = "signed_in",
     .summary = "Leave every org and end one's own account",
     .handler = writes<prepare_delete_me, shows<show_deleted>>,
     .answer = &deleted_shape,
     .body = &delete_shape,
     .filters = "allow_orphan"},
    {.method = "DELETE",
     .pattern = "/api/v1/users/{id}",
     .permission = "users.delete",
     .summary = "End the user's memberships in reach; the account goes when none is left",
     .handler = writes<prepare_delete, shows<show_deleted>>,
     .answer = &deleted_shape,
     .body = &delete_shape,
     .filters = "allow_orphan"},
    {.method = "POST",
     .pattern = "/api/v1/users/{id}/transfer",
     .permission = "users.transfer",
     .summary = "Move the user's home to another org, with or without the devices he owns there",
     .handler = writes<prepare_transfer, shows<show_transferred>>,
     .answer = &user_shape,
     .body = &transfer_shape},
};

}  // namespace

std::span<const Route> departure_routes() {
    return table;
}

}  // namespace treeline
