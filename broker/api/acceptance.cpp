// What the receivers of invitations and reset links do: by a mailed token, or signed in.
#include "broker/api/call.hpp"
#include "broker/api/mailed_link.hpp"
#include "broker/api/membership_answer.hpp"
#include "broker/api/render.hpp"
#include "broker/domain/text.hpp"
#include "broker/identity/password.hpp"
#include "broker/identity/token.hpp"

namespace treeline {
namespace {

using K = FieldKind;

constexpr Field accept_fields[]{{"email", K::email}, {"name", K::text}, {"password", K::secret}};
constexpr Field request_fields[]{{"email", K::email, true}};
constexpr Field finish_fields[]{{"password", K::secret, true}};
const Shape accept_shape{"AcceptInvitation", accept_fields};
const Shape request_shape{"RequestPasswordReset", request_fields};
const Shape finish_shape{"FinishPasswordReset", finish_fields};

// One text for every token that opens nothing, as the rules say it.
Problem gone(std::string detail) {
    return {.status = 410, .code = "gone", .detail = std::move(detail)};
}

TokenHash token_of(const Call& call) {
    return hash_token(call.path[0]);
}

void check_password(Call& call, const std::string& password) {
    if (password.size() < password_size_min || password.size() > password_size_max) {
        call.body.refuse(invalid("a password has 8 to 128 bytes"));
    }
}

// Hashes the password, then gives the command with it.
template <class Kind>
void submit_hashed(CallPtr call, std::string password, Kind command, Finish finish) {
    const auto held = std::make_shared<CallPtr>(std::move(call));
    const bool is_taken = (*held)->parts->passwords.hash(
        std::move(password),
        Reply<std::string>([held, command = std::move(command), finish](std::string verifier) {
            Kind hashed = command;
            hashed.password_verifier = std::move(verifier);
            submit(std::move(*held), {std::move(hashed), Actor{Operator{}}, {}}, finish);
        }));
    if (!is_taken) {
        answer(std::move(*held), overloaded());
    }
}

// Whoever has the link is its user: the membership is shown as he sees it himself.
Checked<Answer> show_accepted(Call& call, const Directory& directory, std::uint64_t created) {
    const Membership* const found = directory.membership(MembershipId{created});
    if (found == nullptr || found->status != MembershipStatus::active) {
        return only_revision(0);
    }
    Answer shown;
    shown.body = show(View{directory, found->user, call.now}, *found);
    shown.revision = tree_revision(directory, found->org);
    return shown;
}

// No password is hashed for a token that opens nothing.
void accept_invitation(CallPtr call) {
    AcceptInvitation command{.token = token_of(*call),
                             .email = call->body.text("email"),
                             .name = call->body.text("name"),
                             .password_verifier = {}};
    if (call->directory().invitation_by_token(command.token) == nullptr) {
        return answer(std::move(call), gone("This invitation is not open any more."));
    }
    std::string password = call->body.text("password");
    const bool has_password = call->body.has("password");
    if (has_password) {
        check_password(*call, password);
    }
    Prepared prepared{command, Actor{Operator{}}, {}};
    if (auto problem = objection(*call, prepared)) {
        return answer(std::move(call), *problem);
    }
    if (!has_password) {
        return submit(std::move(call), std::move(prepared), shows<show_accepted>);
    }
    submit_hashed(std::move(call), std::move(password), std::move(command), shows<show_accepted>);
}

// Answered before anything is looked up, so that neither words nor time tell whether the address
// is known. What becomes of it is between the registry and the mail.
void request_reset(CallPtr call) {
    if (const auto& problem = call->body.refused()) {
        return answer(std::move(call), *problem);
    }
    const ApiParts& parts = *call->parts;
    const std::string email = call->body.text("email");
    // Nobody's mailbox is filled: what is too much is dropped, and answered like the rest.
    if (parts.limiter != nullptr &&
        parts.limiter->reset(fold_email(email).value_or(email), call->steady)) {
        return answer(std::move(call), only_revision(0));
    }
    RequestReset command{email, fresh_link(parts, purpose_password_reset)};
    parts.registry.submit({.actor = Actor{Operator{}},
                           .command = std::move(command),
                           .reply = Reply<SubmitResult>([](SubmitResult) {}),
                           .from = call->request.peer});
    answer(std::move(call), only_revision(0));
}

Checked<Answer> show_finished(Call&, const Directory& directory, std::uint64_t created) {
    return only_revision(home_revision(directory, UserId{created}));
}

void finish_reset(CallPtr call) {
    const FinishReset command{.token = token_of(*call), .password_verifier = {}};
    if (call->directory().user_by_reset(command.token) == nullptr) {
        return answer(std::move(call), gone("This link is not valid any more."));
    }
    std::string password = call->body.text("password");
    check_password(*call, password);
    if (const auto& problem = call->body.refused()) {
        return answer(std::move(call), *problem);
    }
    submit_hashed(std::move(call), std::move(password), command, shows<show_finished>);
}

template <class Kind>
Checked<Prepared> prepare_own(Call& call) {
    return Prepared{Kind{call.membership()}, call.actor(), {}};
}

Checked<Answer> show_left(Call& call, const Directory& directory, std::uint64_t) {
    return only_revision(home_revision(directory, call.caller.user));
}

const Route table[]{
    {.method = "POST",
     .pattern = "/api/v1/invitations/{token}/accept",
     .permission = "public",
     .summary = "Accept an invitation by its mailed token; a new or unproven account gets the "
                "password given",
     .handler = accept_invitation,
     .answer = &membership_shape,
     .body = &accept_shape},
    {.method = "POST",
     .pattern = "/api/v1/password-resets",
     .permission = "public",
     .summary = "Mail a link that sets a new password; every address is answered alike",
     .handler = request_reset,
     .answer = &revision_shape,
     .body = &request_shape,
     .status = 202},
    {.method = "PUT",
     .pattern = "/api/v1/password-resets/{token}",
     .permission = "public",
     .summary = "Set a new password by the mailed token, once; every session ends",
     .handler = finish_reset,
     .answer = &revision_shape,
     .body = &finish_shape},
    {.method = "POST",
     .pattern = "/api/v1/memberships/{id}/accept",
     .permission = "signed_in",
     .summary = "Accept what one's proven address was invited to, in one's own tree",
     .handler = writes<prepare_own<AcceptMembership>, shows<show_membership>>,
     .answer = &membership_shape},
    {.method = "POST",
     .pattern = "/api/v1/memberships/{id}/decline",
     .permission = "signed_in",
     .summary = "Decline what one's proven address was invited to",
     .handler = writes<prepare_own<DeclineMembership>, shows<show_left>>,
     .answer = &revision_shape},
    {.method = "POST",
     .pattern = "/api/v1/memberships/{id}/home",
     .permission = "signed_in",
     .summary = "Make one of one's own memberships the home",
     .handler = writes<prepare_own<SetHome>, shows<show_membership>>,
     .answer = &membership_shape},
};

}  // namespace

std::span<const Route> acceptance_routes() {
    return table;
}

}  // namespace treeline
