// May this user? The rules for invitations and what their receivers do (tenancy.md §2, §5).
#include "broker/authority/permit_rules.hpp"

namespace treeline {
namespace {

// Was the invitation sent to the asker's own address?
bool is_for(const Asker& asker, const Membership& membership) {
    return membership.status == MembershipStatus::pending && membership.user == UserId{} &&
           membership.invited_email == asker.directory.user(asker.user)->email;
}

// Is the org in a tree that the account belongs to already?
bool is_in_own_tree(const Asker& asker, OrgId org) {
    const OrgId root = asker.directory.org(org)->root;
    bool found = false;
    asker.directory.memberships(asker.user, [&](const Membership& membership) {
        const bool is_over = membership.not_after && *membership.not_after <= asker.now;
        found = membership.status == MembershipStatus::active && !is_over &&
                asker.directory.org(membership.org)->root == root;
        return !found;
    });
    return found;
}

// Its receiver, with an address that he has proven: an account that somebody made for an address
// answers nothing that is sent there.
Objection need_receiver(const Asker& asker, const Membership* membership) {
    if (membership == nullptr) {
        return unseen();
    }
    if (membership->user == asker.user) {
        return std::nullopt;  // accepted already: decide says so, or repeats its answer
    }
    if (!is_for(asker, *membership)) {
        return sees_membership(asker.directory, asker.user, membership->id, asker.now)
                   ? forbidden("Only who was invited may do this.")
                   : unseen();
    }
    if (!asker.directory.user(asker.user)->email_verified_at) {
        return forbidden("Prove your address first, by the link that was mailed to it.");
    }
    return std::nullopt;
}

}  // namespace

Objection may_invite(const Asker& asker, OrgId org, RoleId role,
                     const std::optional<UnixTime>& not_after) {
    if (auto objection = need(asker, org, Permission::users_invite)) {
        return objection;
    }
    Giving added = giving(asker.directory.permissions(org, role));
    added.here.set(index(Permission::users_invite));  // ends no later than the granter's
    return may_add(asker, *asker.directory.org(org), added, not_after.value_or(unix_time_max));
}

Objection check_maker(const Directory& directory, const Membership& invitation, UnixTime now) {
    const Asker maker{directory, invitation.granted_by, now};
    if (is_active(directory, maker.user) &&
        !may_invite(maker, invitation.org, invitation.role, invitation.not_after)) {
        return std::nullopt;
    }
    return Refusal{RefusalCode::gone, std::nullopt, "This invitation is not open any more.", false};
}

Objection permit_on(const Asker& asker, const SetHome& command) {
    const Membership* membership = asker.directory.membership(command.membership);
    if (!sees_membership(asker.directory, asker.user, command.membership, asker.now)) {
        return unseen();
    }
    if (membership->user != asker.user) {
        return forbidden("Everybody chooses their own home.");
    }
    if (!is_live(asker.directory, *membership, asker.now)) {
        return forbidden("This membership is not in force.");
    }
    return std::nullopt;
}

Objection permit_on(const Asker& asker, const AcceptMembership& command) {
    const Membership* membership = asker.directory.membership(command.membership);
    if (auto objection = need_receiver(asker, membership)) {
        return objection;
    }
    if (!is_in_own_tree(asker, membership->org)) {
        return forbidden("Accept it by the link that was mailed to you.");
    }
    return check_maker(asker.directory, *membership, asker.now);
}

Objection permit_on(const Asker& asker, const DeclineMembership& command) {
    return need_receiver(asker, asker.directory.membership(command.membership));
}

Objection permit_on(const Asker& asker, const Invite& command) {
    return may_invite(asker, command.org, command.role, command.not_after);
}

// Whoever sends it again vouches for it, and acts on what it would give.
Objection permit_on(const Asker& asker, const ResendInvitation& command) {
    const Membership* invitation = asker.directory.membership(command.invitation);
    if (!sees_membership(asker.directory, asker.user, command.invitation, asker.now)) {
        return unseen();
    }
    return may_invite(asker, invitation->org, invitation->role, invitation->not_after);
}

}  // namespace treeline
