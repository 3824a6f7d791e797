// The rules for accounts: made, suspended, resumed (tenancy.md §2).
#include "broker/domain/decide_rules.hpp"
#include "broker/domain/text.hpp"

namespace treeline {
namespace {

Objection check_values(const Scene& scene, const CreateUser& command, const Org& org) {
    const auto email = fold_email(command.email);
    if (!email) {
        return refuse(RefusalCode::invalid, "That is not an e-mail address.");
    }
    if (auto objection = check_domain(scene, org, *email)) {
        return objection;
    }
    if (auto objection = check_name(scene, command.name)) {
        return objection;
    }
    if (command.password_verifier.empty()) {
        return refuse(RefusalCode::invalid, "A user made here needs a password.");
    }
    return check_role(scene, org, command.role);
}

UserRecord new_user(const Scene& scene, const CreateUser& command, const Org& org) {
    UserRecord user;
    user.id = UserId{scene.directory.next().next_user};
    user.email = *fold_email(command.email);
    user.name = command.name;
    user.timezone = org.timezone;
    user.password_verifier = command.password_verifier;
    user.home = MembershipId{scene.directory.next().next_membership};
    user.created_at = scene.now;
    return user;
}

MembershipRecord home_of(const Scene& scene, const UserRecord& user, const CreateUser& command) {
    MembershipRecord membership;
    membership.id = user.home;
    membership.user = user.id;
    membership.org = command.org;
    membership.role = command.role;
    membership.granted_by = scene.acting_user();
    return membership;
}

// An invitation of this address into the same org is answered by the account.
void end_invitations(const Scene& scene, const UserRecord& user, OrgId org, Decision& made) {
    for (const Membership* invitation : scene.directory.invitations_to(user.email)) {
        if (invitation->org == org) {
            made.change.events.emplace_back(MembershipRemoved{invitation->id});
        }
    }
}

}  // namespace

Decided<Decision> decide_on(const Scene& scene, const CreateUser& command) {
    const Org* org = scene.directory.org(command.org);
    if (org == nullptr) {
        return refuse(RefusalCode::not_found);
    }
    if (auto objection = check_values(scene, command, *org)) {
        return *objection;
    }
    const UserRecord user = new_user(scene, command, *org);
    if (scene.directory.user_by_email(user.email) != nullptr) {
        return refuse(RefusalCode::email_taken, "This address has an account.");
    }
    Decision made =
        decision(number(user.id), UserPut{user}, MembershipPut{home_of(scene, user, command)});
    end_invitations(scene, user, command.org, made);
    return made;
}

Decided<Decision> decide_on(const Scene& scene, const SuspendUser& command) {
    const User* user = scene.directory.user(command.user);
    if (user == nullptr) {
        return refuse(RefusalCode::not_found);
    }
    if (user->status == UserStatus::suspended) {
        return unchanged(number(user->id));
    }
    for (const Membership* membership : scene.directory.memberships_of(user->id)) {
        if (auto objection =
                check_last_admin(scene, *membership, std::nullopt, command.allow_orphan)) {
            return *objection;
        }
    }
    UserRecord next = *user;
    next.status = UserStatus::suspended;
    ++next.auth_epoch;
    Decision made = decision(number(user->id), UserPut{next});
    scene.directory.logins(user->id, [&](const LoginRecord& login) {
        made.change.events.emplace_back(LoginRemoved{login.id});
        return true;
    });
    return made;
}

Decided<Decision> decide_on(const Scene& scene, const ResumeUser& command) {
    const User* user = scene.directory.user(command.user);
    if (user == nullptr) {
        return refuse(RefusalCode::not_found);
    }
    if (user->status != UserStatus::suspended) {
        return unchanged(number(user->id));
    }
    UserRecord next = *user;
    // Who never had a password has never been active.
    next.status = user->password_verifier.empty() ? UserStatus::pending : UserStatus::active;
    return decision(number(user->id), UserPut{next});
}

}  // namespace treeline
