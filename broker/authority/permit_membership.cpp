// May this user grant, change or end a membership?
#include "broker/authority/permit_rules.hpp"

namespace treeline {
namespace {

Giving giving_of(const Asker& asker, OrgId org, RoleId role) {
    return giving(asker.directory.permissions(org, role));
}

// Would the membership be in force at an instant at which it isn't now?
bool lasts_longer(const Asker& asker, const Membership& before, const PatchMembership& command) {
    const auto begin = command.not_before.value_or(before.not_before);
    const auto end = command.not_after.value_or(before.not_after);
    const bool ends_later = end.value_or(unix_time_max) > before.not_after.value_or(unix_time_max);
    const bool begins_earlier = before.not_before && *before.not_before > asker.now &&
                                begin.value_or(UnixTime::min()) < *before.not_before;
    return ends_later || begins_earlier;
}

Objection permit_changes(const Asker& asker, const Membership& before,
                         const PatchMembership& command) {
    const Org& org = *asker.directory.org(before.org);
    const RoleId role = command.role.value_or(before.role);
    Giving added = giving_of(asker, org.id, role);
    if (!lasts_longer(asker, before, command)) {
        if (role == before.role) {
            return std::nullopt;
        }
        added = without(added, giving_of(asker, org.id, before.role));
    } else {
        added.here.set(index(Permission::users_edit));  // ends no later than the granter's
    }
    const auto end = command.not_after.value_or(before.not_after);
    return may_add(asker, org, added, end.value_or(unix_time_max));
}

}  // namespace

Objection permit_on(const Asker& asker, const CreateMembership& command) {
    if (!sees_org(asker.directory, asker.user, command.org, asker.now)) {
        return unseen();
    }
    if (command.user && (asker.directory.user(*command.user) == nullptr ||
                         !sees_user(asker.directory, asker.user, *command.user, asker.now))) {
        return unseen();
    }
    return may_invite(asker, command.org, command.role, command.not_after);
}

Objection permit_on(const Asker& asker, const PatchMembership& command) {
    const Membership* membership = asker.directory.membership(command.membership);
    if (!sees_membership(asker.directory, asker.user, command.membership, asker.now)) {
        return unseen();
    }
    const bool is_own = membership->user == asker.user;
    if (is_own && !sees_org(asker.directory, asker.user, membership->org, asker.now)) {
        return forbidden("This membership is not in force.", Permission::users_edit);
    }
    if (auto objection = need(asker, membership->org, Permission::users_edit)) {
        return objection;
    }
    if (is_own && command.role && *command.role != membership->role) {
        return forbidden("Nobody changes the role of their own membership.",
                         Permission::users_edit);
    }
    const Org& org = *asker.directory.org(membership->org);
    if (!is_own) {
        const Giving target = giving_of(asker, org.id, membership->role);
        if (auto objection = acts_upward(asker, org, target)) {
            return objection;
        }
    }
    return permit_changes(asker, *membership, command);
}

Objection permit_on(const Asker& asker, const EndMembership& command) {
    const Membership* membership = asker.directory.membership(command.membership);
    if (!sees_membership(asker.directory, asker.user, command.membership, asker.now)) {
        return unseen();
    }
    if (membership->user == asker.user) {
        return std::nullopt;  // anyone may leave
    }
    const bool is_invitation = membership->status == MembershipStatus::pending;
    if (auto objection =
            need(asker, membership->org,
                 is_invitation ? Permission::users_invite : Permission::users_delete)) {
        return objection;
    }
    const Org& org = *asker.directory.org(membership->org);
    return acts_upward(asker, org, giving_of(asker, org.id, membership->role));
}

}  // namespace treeline
