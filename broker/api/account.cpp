// /users/{id}: acts on accounts: profile, password, sessions.
#include "broker/api/call.hpp"
#include "broker/api/format.hpp"
#include "broker/api/render.hpp"
#include "broker/api/user_answer.hpp"
#include "broker/identity/password.hpp"

namespace treeline {
namespace {

using K = FieldKind;

constexpr Field patch_fields[]{{"name", K::text},
                               {"title", K::text},
                               {"phone", K::text},
                               {"locale", K::text},
                               {"timezone", K::text}};
constexpr Field password_fields[]{{"password", K::secret, true}};
constexpr Field login_fields[]{{"id", K::id, true},
                               {"created_at", K::time, true},
                               {"expires_at", K::time, true},
                               {"current", K::flag, true}};
const Shape patch_shape{"PatchUser", patch_fields};
const Shape password_shape{"SetPassword", password_fields};
const Shape login_shape{"UserSession", login_fields};

bool sees(const Call& call, UserId user) {
    return sees_user(call.directory(), call.caller.user, user, call.now);
}

std::optional<std::string> given(const Body& body, std::string_view name) {
    return body.has(name) ? std::optional(body.text(name)) : std::nullopt;
}

Checked<Prepared> prepare_patch_of(Call& call, UserId user) {
    if (!sees(call, user)) {
        return not_found();
    }
    const Body& body = call.body;
    PatchUser command{.user = user,
                      .name = given(body, "name"),
                      .title = given(body, "title"),
                      .phone = given(body, "phone"),
                      .locale = given(body, "locale"),
                      .timezone = given(body, "timezone"),
                      .if_match = if_match(call)};
    return Prepared{std::move(command), call.actor(), call.directory().user(user)->changed_at};
}

Checked<Prepared> prepare_patch(Call& call) {
    return prepare_patch_of(call, call.user());
}

Checked<Prepared> prepare_patch_me(Call& call) {
    return prepare_patch_of(call, call.caller.user);
}

Checked<Answer> show_changed(Call& call, const Directory& directory, std::uint64_t created) {
    const UserId id{created};
    if (!sees_user(directory, call.caller.user, id, call.now)) {
        return only_revision(home_revision(directory, call.caller.user));
    }
    return user_answer(call, directory, *directory.user(id));
}

Checked<Prepared> prepare_force_logout(Call& call) {
    if (!sees(call, call.user())) {
        return not_found();
    }
    return Prepared{ForceLogout{call.user()}, call.actor(), {}};
}

void set_hashed(CallPtr call, SetPassword command, std::string verifier) {
    command.password_verifier = std::move(verifier);
    const Actor actor = call->actor();
    submit(std::move(call), {std::move(command), actor, {}}, shows<show_changed>);
}

// Hashing costs tens of milliseconds: only for those who may.
void set_password(CallPtr call) {
    if (!sees(*call, call->user())) {
        return answer(std::move(call), not_found());
    }
    std::string password = call->body.text("password");
    if (password.size() < password_size_min || password.size() > password_size_max) {
        call->body.refuse(invalid("a password has 8 to 128 bytes"));
    }
    const SetPassword command{call->user(), {}};
    if (auto problem = objection(*call, {command, call->actor(), {}})) {
        return answer(std::move(call), *problem);
    }
    const auto held = std::make_shared<CallPtr>(std::move(call));
    const bool is_taken = (*held)->parts->passwords.hash(
        std::move(password), Reply<std::string>([held, command](std::string verifier) {
            set_hashed(std::move(*held), command, std::move(verifier));
        }));
    if (!is_taken) {
        answer(std::move(*held), overloaded());
    }
}

// One's own, or those of an account that one may log out: it is the same knowledge.
Checked<Answer> list_sessions(Call& call) {
    const Directory& directory = call.directory();
    const UserId user = call.user();
    if (!sees(call, user)) {
        return not_found();
    }
    if (auto refusal = permit(directory, call.actor(), ForceLogout{user}, call.now)) {
        return problem_of(*refusal);
    }
    json::array items;
    const std::uint64_t epoch = directory.user(user)->auth_epoch;
    directory.logins(user, [&](const LoginRecord& login) {
        if (login.auth_epoch == epoch && login.refresh_expires > call.now) {
            items.emplace_back(json::object{{"id", directory.wire().of(login.id)},
                                            {"created_at", format_time(login.created_at)},
                                            {"expires_at", format_time(login.refresh_expires)},
                                            {"current", login.id == call.caller.login}});
        }
        return true;
    });
    const std::uint64_t total = items.size();
    return list_answer(std::move(items), 0, total, home_revision(directory, call.caller.user));
}

const Route table[]{
    {.method = "PATCH",
     .pattern = "/api/v1/users/me",
     .permission = "signed_in",
     .summary = "Change one's own profile",
     .handler = writes<prepare_patch_me, shows<show_changed>>,
     .answer = &user_shape,
     .body = &patch_shape},
    {.method = "PATCH",
     .pattern = "/api/v1/users/{id}",
     .permission = "users.edit",
     .summary = "Change a profile; asked at every org of the user",
     .handler = writes<prepare_patch, shows<show_changed>>,
     .answer = &user_shape,
     .body = &patch_shape},
    {.method = "POST",
     .pattern = "/api/v1/users/{id}/force-logout",
     .permission = "users.force_logout",
     .summary = "End every session and refresh token; asked at every org of the user",
     .handler = writes<prepare_force_logout, shows<show_changed>>,
     .answer = &user_shape},
    {.method = "POST",
     .pattern = "/api/v1/users/{id}/password",
     .permission = "users.set_password",
     .summary = "Set a password and end every session; asked at every org of the user",
     .handler = set_password,
     .answer = &user_shape,
     .body = &password_shape},
    {.method = "GET",
     .pattern = "/api/v1/users/{id}/sessions",
     .permission = "users.force_logout",
     .summary = "The sign-ins of an account that may be renewed",
     .handler = reads<list_sessions>,
     .answer = &login_shape,
     .is_list = true},
};

}  // namespace

std::span<const Route> account_routes() {
    return table;
}

}  // namespace treeline
