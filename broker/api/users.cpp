// /users: people, as far as the caller may see them; making, suspending and resuming them.
#include "broker/api/call.hpp"
#include "broker/api/invitation_answer.hpp"
#include "broker/api/look_back.hpp"
#include "broker/api/render.hpp"
#include "broker/api/role_name.hpp"
#include "broker/api/user_answer.hpp"
#include "broker/identity/password.hpp"

namespace treeline {
namespace {

using K = FieldKind;

constexpr Field create_fields[]{{"email", K::email, true},
                                {"name", K::text, true},
                                {"role", K::role, true},
                                {"password", K::secret, true}};
const Shape create_shape{"CreateUser", create_fields};
constexpr Field suspend_fields[]{{"allow_orphan", K::flag}};
const Shape suspend_shape{"SuspendUser", suspend_fields};

Checked<Answer> list_users(Call& call) {
    if (auto problem = lacks(call, call.org(), Permission::users_view)) {
        return *problem;
    }
    if (auto problem =
            call.is_csv ? lacks(call, call.org(), Permission::users_export) : std::nullopt) {
        return *problem;
    }
    const auto list = list_query(call);
    if (!list) {
        return list.error();
    }
    const Directory& directory = call.directory();
    const WireIds& wire = directory.wire();
    const PageRequest request{number(wire.user(list->cursor)), list->limit};
    const Hindsight then = hindsight_of(call);
    const Page<UserId> page = is_of_the_past(call) ? users_then(then, call.org(), request)
                                                   : users_of(directory, call.org(), request);
    json::array items;
    for (const UserId id : page.items) {
        items.emplace_back(show(View{directory, call.caller.user, call.now}, *then.past.user(id)));
    }
    return list_answer(std::move(items), wire.of(UserId{page.next_after}), page.total,
                       revision_then(call, tree_revision(directory, call.org())));
}

Checked<Answer> get_user(Call& call) {
    const Directory& directory = call.directory();
    if (!sees_user(directory, call.caller.user, call.user(), call.now)) {
        return not_found();
    }
    return user_answer(call, directory, *directory.user(call.user()));
}

// What waits for one's address: nothing before that is proven, or an account that somebody made for
// an address would tell him what is sent there.
json::array own_invitations(const View& view, const User& me) {
    json::array waiting;
    if (me.email_verified_at) {
        for (const Membership* invitation : view.directory.invitations_to(me.email)) {
            waiting.emplace_back(show_invitation(view, *invitation));
        }
    }
    return waiting;
}

// Oneself, with what one belongs to.
Checked<Answer> get_me(Call& call) {
    const Directory& directory = call.directory();
    const View view{directory, call.caller.user, call.now};
    const User& me = *directory.user(call.caller.user);
    Answer found = user_answer(call, directory, me);
    json::array memberships;
    json::value home_org = nullptr;
    for (const Membership* membership : directory.memberships_of(me.id)) {
        json::object shown = show(view, *membership);
        if (membership->id == me.home) {
            home_org = shown["org"];
        }
        memberships.emplace_back(std::move(shown));
    }
    found.body["home_org"] = std::move(home_org);
    found.body["memberships"] = std::move(memberships);
    found.body["invitations"] = own_invitations(view, me);
    return found;
}

const Membership* membership_in(const Directory& directory, UserId user, OrgId org) {
    for (const Membership* membership : directory.memberships_of(user)) {
        if (membership->org == org) {
            return membership;
        }
    }
    return nullptr;
}

Checked<Answer> show_created(Call& call, const Directory& directory, std::uint64_t created) {
    const UserId id{created};
    if (!sees_user(directory, call.caller.user, id, call.now)) {
        return only_revision(tree_revision(directory, call.org()));
    }
    Answer found = user_answer(call, directory, *directory.user(id));
    if (const Membership* const made = membership_in(directory, id, call.org())) {
        found.body["membership"] = directory.wire().of(made->id);
    }
    found.revision = tree_revision(directory, call.org());
    return found;
}

void create_hashed(CallPtr call, CreateUser command, std::string verifier) {
    command.password_verifier = std::move(verifier);
    const Actor actor = call->actor();
    submit(std::move(call), {std::move(command), actor, {}}, shows<show_created>);
}

// Hashing costs tens of milliseconds: only for those who may, and for what can be done.
void create_user(CallPtr call) {
    if (!sees_org(call->directory(), call->caller.user, call->org(), call->now)) {
        return answer(std::move(call), not_found());
    }
    std::string password = call->body.text("password");
    if (password.size() < password_size_min || password.size() > password_size_max) {
        call->body.refuse(invalid("a password has 8 to 128 bytes"));
    }
    CreateUser command{.org = call->org(),
                       .email = call->body.text("email"),
                       .name = call->body.text("name"),
                       .role = role_in(*call, "role", call->org()),
                       .password_verifier = {}};
    if (auto problem = objection(*call, {command, call->actor(), {}})) {
        return answer(std::move(call), *problem);
    }
    // Whoever was told too often which addresses have accounts is told nothing for a while.
    if (Limiter* const limiter = call->parts->limiter) {
        if (const auto wait = limiter->may_ask_for_addresses(call->caller.user, call->steady)) {
            return answer(std::move(call), too_many_requests(*wait));
        }
    }
    const auto held = std::make_shared<CallPtr>(std::move(call));
    const bool is_taken = (*held)->parts->passwords.hash(
        std::move(password), Reply<std::string>([held, command](std::string verifier) {
            create_hashed(std::move(*held), command, std::move(verifier));
        }));
    if (!is_taken) {
        answer(std::move(*held), overloaded());
    }
}

Checked<Prepared> prepare_suspend(Call& call) {
    if (!sees_user(call.directory(), call.caller.user, call.user(), call.now)) {
        return not_found();
    }
    return Prepared{SuspendUser{call.user(), call.body.flag("allow_orphan")}, call.actor(), {}};
}

Checked<Prepared> prepare_resume(Call& call) {
    if (!sees_user(call.directory(), call.caller.user, call.user(), call.now)) {
        return not_found();
    }
    return Prepared{ResumeUser{call.user()}, call.actor(), {}};
}

Checked<Answer> show_user(Call& call, const Directory& directory, std::uint64_t) {
    const UserId id = directory.wire().user(call.path_id());
    if (!sees_user(directory, call.caller.user, id, call.now)) {
        return only_revision(home_revision(directory, call.caller.user));
    }
    return user_answer(call, directory, *directory.user(id));
}

const Route table[]{
    {.method = "GET",
     .pattern = "/api/v1/users/me",
     .permission = "signed_in",
     .summary = "The caller, with every membership",
     .handler = reads<get_me>,
     .answer = &user_shape},
    {.method = "GET",
     .pattern = "/api/v1/users/{id}",
     .permission = "visible",
     .summary = "One user",
     .handler = reads<get_user>,
     .answer = &user_shape},
    {.method = "POST",
     .pattern = "/api/v1/users/{id}/suspend",
     .permission = "users.suspend",
     .summary = "Suspend an account and end its sessions; asked at every org of the user",
     .handler = writes<prepare_suspend, shows<show_user>>,
     .answer = &user_shape,
     .body = &suspend_shape},
    {.method = "POST",
     .pattern = "/api/v1/users/{id}/resume",
     .permission = "users.suspend",
     .summary = "Resume a suspended account",
     .handler = writes<prepare_resume, shows<show_user>>,
     .answer = &user_shape},
    {.method = "GET",
     .pattern = "/api/v1/orgs/{id}/users",
     .permission = "users.view",
     .summary = "The users with a membership in the org",
     .handler = reads<list_users>,
     .answer = &user_shape,
     .is_list = true,
     .csv = "id email name status title phone locale timezone email_verified_at created_at",
     .csv_permission = "users.export",
     .instants = "as_of"},
    {.method = "POST",
     .pattern = "/api/v1/orgs/{id}/users",
     .permission = "users.invite users.set_password",
     .summary = "Make an active user whose home the org is",
     .handler = create_user,
     .answer = &user_shape,
     .body = &create_shape,
     .status = 201},
};

}  // namespace

Answer user_answer(const Call& call, const Directory& directory, const User& user) {
    Answer found;
    found.body = show(View{directory, call.caller.user, call.now}, user);
    found.revision = home_revision(directory, call.caller.user);
    // Counted in the tree of the user's home: not for those who see him only elsewhere.
    const Membership* const home = directory.membership(user.home);
    if (home != nullptr && sees_org(directory, call.caller.user, home->org, call.now)) {
        found.etag = user.changed_at;
    }
    return found;
}

std::span<const Route> user_routes() {
    return table;
}

}  // namespace treeline
