// /sessions: signing in, trading a refresh token, signing out.
#include <algorithm>
#include <array>

#include "broker/api/call.hpp"
#include "broker/api/render.hpp"
#include "broker/domain/text.hpp"
#include "broker/identity/password.hpp"
#include "broker/identity/token.hpp"

namespace treeline {
namespace {

using K = FieldKind;

constexpr std::chrono::hours access_lifetime{1};
constexpr std::chrono::hours refresh_lifetime{30 * 24};

constexpr Field sign_in_fields[]{{"email", K::text, true}, {"password", K::secret, true}};
constexpr Field refresh_fields[]{{"refresh_token", K::secret, true}};
constexpr Field session_fields[]{
    {"access_token", K::secret, true}, {"refresh_token", K::secret, true},
    {"expires_in", K::number, true},   {"user", K::object, true},
    {"home_org", K::id, true, true},   {"revision", K::number}};
const Shape sign_in_shape{"SignIn", sign_in_fields};
const Shape refresh_shape{"Refresh", refresh_fields};
const Shape session_shape{"Session", session_fields};

std::string fresh_token(const ApiParts& parts) {
    std::array<std::byte, 32> random{};
    parts.random(random);
    return access_token(random);
}

const User* find_user(const Call& call) {
    const auto email = fold_email(call.body.text("email"));
    return email ? call.directory().user_by_email(*email) : nullptr;
}

// What failures are counted by: the address as typed, whether or not anybody has it.
std::string account_of(const Call& call) {
    const std::string typed = call.body.text("email");
    return fold_email(typed).value_or(typed);
}

void make_tokens(Call& call) {
    call.access_token = fresh_token(*call.parts);
    call.refresh_token = fresh_token(*call.parts);
}

Checked<Answer> show_session(Call& call, const Directory& directory, std::uint64_t created) {
    const LoginRecord* const login = directory.login(LoginId{created});
    const User* const user = login == nullptr ? nullptr : directory.user(login->user);
    if (user == nullptr || user->status != UserStatus::active ||
        user->auth_epoch != login->auth_epoch) {
        return unauthenticated();  // ended again before it was answered
    }
    const Membership* const home = directory.membership(user->home);
    const WireIds& wire = directory.wire();
    Answer found;
    found.revision = home_revision(directory, user->id);
    found.body = {
        {"access_token", call.access_token},
        {"refresh_token", call.refresh_token},
        {"expires_in", std::chrono::seconds(access_lifetime).count()},
        {"user",
         json::object{{"id", wire.of(user->id)}, {"email", user->email}, {"name", user->name}}},
        {"home_org", home == nullptr ? json::value(nullptr) : json::value(wire.of(home->org))}};
    return found;
}

// Tells the guard how the check ended. Nullopt: the caller is in.
std::optional<Problem> guarded(const Call& call, bool is_right, SignInGuard::Gate gate) {
    if (Limiter* const limiter = call.parts->limiter) {
        const std::string account = account_of(call);
        const std::string& address = call.request.peer;
        const SteadyTime now = call.parts->clock().steady;
        SignInGuard& guard = limiter->sign_ins();
        const SignInGuard::Gate late = guard.look(account, address, now);
        gate = {late.may_check, std::max(gate.retry_after_s, late.retry_after_s)};
        (is_right && gate.may_check) ? guard.succeeded(account, address, now)
                                     : guard.failed(account, address, gate, now);
    }
    if (is_right && gate.may_check) {
        return std::nullopt;
    }
    return gate.retry_after_s == 0 ? unauthenticated() : too_many_requests(gate.retry_after_s);
}

// The password was checked against `verifier`, on another thread: it must be the user's still.
void sign_in_verified(CallPtr call, UserId id, const std::string& verifier, bool is_right,
                      const SignInGuard::Gate& gate) {
    const User* const user = call->directory().user(id);
    const bool is_in = is_right && user != nullptr && user->password_verifier == verifier;
    if (const auto problem = guarded(*call, is_in, gate)) {
        return answer(std::move(call), *problem);
    }
    if (user->status == UserStatus::suspended) {
        return answer(std::move(call), Problem{.status = 401, .code = "suspended"});
    }
    if (user->status != UserStatus::active) {
        return answer(std::move(call), unauthenticated());
    }
    make_tokens(*call);
    const UnixTime now = call->parts->clock().wall;
    SignIn command{.user = id,
                   .access = hash_token(call->access_token),
                   .refresh = hash_token(call->refresh_token),
                   .access_expires = now + access_lifetime,
                   .refresh_expires = now + refresh_lifetime};
    submit(std::move(call), {std::move(command), Actor{Operator{}}, {}}, shows<show_session>);
}

// Known and unknown addresses, right and wrong sizes: each costs one password check.
void sign_in(CallPtr call) {
    if (const auto& problem = call->body.refused()) {
        return answer(std::move(call), *problem);
    }
    SignInGuard::Gate gate;
    if (Limiter* const limiter = call->parts->limiter) {
        gate = limiter->sign_ins().knock(account_of(*call), call->request.peer, call->steady);
    }
    if (!gate.may_check) {
        return answer(std::move(call), too_many_requests(gate.retry_after_s));
    }
    std::string password = call->body.text("password");
    const User* user = find_user(*call);
    if (password.size() < password_size_min || password.size() > password_size_max) {
        password = "never right";
        user = nullptr;
    }
    const UserId id = user == nullptr ? UserId{} : user->id;
    std::string verifier = user == nullptr ? std::string() : user->password_verifier.str();
    // The call goes with the reply; it comes back from the worker's hands where the queue is full.
    const auto held = std::make_shared<CallPtr>(std::move(call));
    const bool is_taken = (*held)->parts->passwords.verify(
        std::move(password), verifier, Reply<bool>([held, id, verifier, gate](bool is_right) {
            sign_in_verified(std::move(*held), id, verifier, is_right, gate);
        }));
    if (!is_taken) {
        answer(std::move(*held), overloaded());
    }
}

// An app that renews its sign-in for weeks keeps its address known to the guard.
Checked<Answer> show_renewed(Call& call, const Directory& directory, std::uint64_t created) {
    auto found = show_session(call, directory, created);
    if (Limiter* const limiter = call.parts->limiter; limiter != nullptr && found) {
        const User* const user = directory.user(directory.login(LoginId{created})->user);
        limiter->sign_ins().renewed(user->email, call.request.peer, call.steady);
    }
    return found;
}

void refresh(CallPtr call) {
    if (const auto& problem = call->body.refused()) {
        return answer(std::move(call), *problem);
    }
    const TokenHash spent = hash_token(call->body.text("refresh_token"));
    make_tokens(*call);
    RefreshLogin command{.spent = spent,
                         .access = hash_token(call->access_token),
                         .refresh = hash_token(call->refresh_token),
                         .access_expires = call->now + access_lifetime,
                         .refresh_expires = call->now + refresh_lifetime};
    submit(std::move(call), {std::move(command), Actor{Operator{}}, {}}, shows<show_renewed>);
}

Checked<Prepared> prepare_sign_out(Call& call) {
    return Prepared{SignOut{call.caller.login}, call.actor(), {}};
}

Checked<Answer> show_sign_out(Call& call, const Directory& directory, std::uint64_t) {
    return only_revision(home_revision(directory, call.caller.user));
}

const Route table[]{
    {.method = "POST",
     .pattern = "/api/v1/sessions",
     .permission = "public",
     .summary = "Sign in with an address and a password",
     .handler = sign_in,
     .answer = &session_shape,
     .body = &sign_in_shape,
     .status = 201},
    {.method = "POST",
     .pattern = "/api/v1/sessions/refresh",
     .permission = "public",
     .summary = "Trade a refresh token for new tokens; using one twice ends the session",
     .handler = refresh,
     .answer = &session_shape,
     .body = &refresh_shape,
     .status = 201},
    {.method = "DELETE",
     .pattern = "/api/v1/sessions/current",
     .permission = "signed_in",
     .summary = "Sign out",
     .handler = writes<prepare_sign_out, shows<show_sign_out>>,
     .answer = &revision_shape},
};

}  // namespace

std::span<const Route> session_routes() {
    return table;
}

}  // namespace treeline
