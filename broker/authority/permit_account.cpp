// May this user? The rules for acts on accounts: profile, password, logout, deletion, transfer
// (tenancy.md §5).
#include "broker/authority/permit_rules.hpp"

namespace treeline {
namespace {

bool is_seen(const Asker& asker, UserId user) {
    return asker.directory.user(user) != nullptr &&
           sees_user(asker.directory, asker.user, user, asker.now);
}

Objection permit_act(const Asker& asker, UserId user, Permission permission) {
    if (!is_seen(asker, user)) {
        return unseen();
    }
    if (auto objection = need_everywhere(asker, user, permission)) {
        return objection;
    }
    return acts_upward_on(asker, user);
}

// Asks `may` of each active membership of the user in an org that the asker sees; what is out of
// his sight has no part in the answer.
template <class May>
Objection of_each_in_sight(const Asker& asker, UserId user, May&& may) {
    Objection objection;
    asker.directory.memberships(user, [&](const Membership& membership) {
        if (membership.status == MembershipStatus::active &&
            sees_org(asker.directory, asker.user, membership.org, asker.now)) {
            objection = may(membership);
        }
        return !objection;
    });
    return objection;
}

Objection acts_upward_on(const Asker& asker, const Membership& membership) {
    const PermissionSet set = asker.directory.permissions(membership.org, membership.role);
    return acts_upward(asker, *asker.directory.org(membership.org), giving(set));
}

// The devices that follow leave the one org and come into the other.
Objection may_take_devices(const Asker& asker, OrgId from, OrgId into) {
    if (auto objection = need(asker, from, Permission::org_devices_transfer)) {
        return objection;
    }
    return need(asker, into, Permission::org_devices_provision);
}

Objection may_move(const Asker& asker, const TransferUser& command, const Membership& home) {
    if (command.user != asker.user) {
        return acts_upward_on(asker, home);
    }
    if (command.role != home.role) {
        return forbidden("Nobody changes the role of their own membership.",
                         Permission::users_transfer);
    }
    return std::nullopt;
}

}  // namespace

std::vector<MembershipId> memberships_in_reach(const Asker& asker, UserId user) {
    std::vector<MembershipId> found;
    asker.directory.memberships(user, [&](const Membership& membership) {
        const bool is_in_reach = membership.status == MembershipStatus::active &&
                                 !need(asker, membership.org, Permission::users_delete);
        if (user == asker.user || is_in_reach) {
            found.push_back(membership.id);
        }
        return true;
    });
    return found;
}

Objection permit_on(const Asker& asker, const PatchUser& command) {
    if (command.user == asker.user) {
        return std::nullopt;  // one's own profile
    }
    return permit_act(asker, command.user, Permission::users_edit);
}

// At any org of the user: what is in reach ends, and the account if nothing else is left of it.
Objection permit_on(const Asker& asker, const DeleteUser& command) {
    if (command.user == asker.user) {
        return std::nullopt;  // anyone may leave
    }
    if (!is_seen(asker, command.user)) {
        return unseen();
    }
    if (memberships_in_reach(asker, command.user).empty()) {
        return of_each_in_sight(asker, command.user, [&](const Membership& membership) {
            return need(asker, membership.org, Permission::users_delete);
        });
    }
    return of_each_in_sight(asker, command.user, [&](const Membership& membership) {
        return acts_upward_on(asker, membership);
    });
}
Objection permit_on(const Asker& asker, const SetPassword& command) {
    return permit_act(asker, command.user, Permission::users_set_password);
}

Objection permit_on(const Asker& asker, const ForceLogout& command) {
    if (command.user == asker.user) {
        return std::nullopt;  // one's own sessions
    }
    return permit_act(asker, command.user, Permission::users_force_logout);
}

Objection permit_on(const Asker& asker, const TransferUser& command) {
    if (!is_seen(asker, command.user) ||
        !sees_org(asker.directory, asker.user, command.to_org, asker.now)) {
        return unseen();
    }
    const Membership* home = asker.directory.membership(asker.directory.user(command.user)->home);
    if (home == nullptr || !sees_org(asker.directory, asker.user, home->org, asker.now)) {
        Refusal refusal =
            forbidden("This user's home is not in your reach.", Permission::users_transfer);
        refusal.membership_scope = true;
        return refusal;
    }
    if (auto objection = need(asker, home->org, Permission::users_transfer)) {
        return objection;
    }
    if (auto objection = may_move(asker, command, *home)) {
        return objection;
    }
    if (command.with_devices) {
        if (auto objection = may_take_devices(asker, home->org, command.to_org)) {
            return objection;
        }
    }
    return may_invite(asker, command.to_org, command.role, home->not_after);
}

}  // namespace treeline
