// May this user make, suspend or resume an account, or end a sign-in?
#include "broker/authority/permit_rules.hpp"

namespace treeline {
// An account act needs the permission at every org where the user has a membership. Whoever has
// it at some of them only is told so, and nothing of the others.
Objection need_everywhere(const Asker& asker, UserId user, Permission permission) {
    bool is_held = false;
    Objection first;
    asker.directory.memberships(user, [&](const Membership& membership) {
        if (membership.status != MembershipStatus::active) {
            return true;
        }
        auto objection = need(asker, membership.org, permission);
        is_held = is_held || !objection;
        // What is out of sight is never the reason that is named.
        if (objection && (!first || first->code == RefusalCode::not_found)) {
            first = std::move(objection);
        }
        return true;
    });
    if (is_held && !first) {
        return std::nullopt;
    }
    const bool names = first && first->code == RefusalCode::forbidden;
    Refusal refusal = forbidden("This account is not wholly in your reach.",
                                names ? first->missing : std::optional(permission));
    refusal.membership_scope = true;
    return refusal;
}

// What the account holds or, once it is resumed or a window opens, will hold.
Objection acts_upward_on(const Asker& asker, UserId user) {
    Objection objection;
    if (user == asker.user) {
        return objection;
    }
    asker.directory.memberships(user, [&](const Membership& membership) {
        const bool is_over = membership.not_after && *membership.not_after <= asker.now;
        if (membership.status == MembershipStatus::active && !is_over) {
            const PermissionSet set = asker.directory.permissions(membership.org, membership.role);
            objection = acts_upward(asker, *asker.directory.org(membership.org), giving(set));
        }
        return !objection;
    });
    return objection;
}

namespace {

Objection permit_suspension(const Asker& asker, UserId user) {
    if (!sees_user(asker.directory, asker.user, user, asker.now) ||
        asker.directory.user(user) == nullptr) {
        return unseen();
    }
    if (auto objection = need_everywhere(asker, user, Permission::users_suspend)) {
        return objection;
    }
    return acts_upward_on(asker, user);
}

}  // namespace

Objection permit_on(const Asker& asker, const SignOut& command) {
    const LoginRecord* login = asker.directory.login(command.login);
    if (login == nullptr || login->user != asker.user) {
        return unseen();
    }
    return std::nullopt;
}

Objection permit_on(const Asker& asker, const CreateUser& command) {
    for (const Permission needed : {Permission::users_invite, Permission::users_set_password}) {
        if (auto objection = need(asker, command.org, needed)) {
            return objection;
        }
    }
    const Org& org = *asker.directory.org(command.org);
    Giving added = giving(asker.directory.permissions(org.id, command.role));
    added.here.set(index(Permission::users_invite));  // so that the grant ends with the granter's
    return may_add(asker, org, added, unix_time_max);
}

Objection permit_on(const Asker& asker, const SuspendUser& command) {
    return permit_suspension(asker, command.user);
}

Objection permit_on(const Asker& asker, const ResumeUser& command) {
    return permit_suspension(asker, command.user);
}

}  // namespace treeline
