// The rules for accounts that leave: deleted, or moved to another org (tenancy.md §2, §4).
#include <algorithm>

#include "broker/domain/decide_rules.hpp"

namespace treeline {
namespace {

// The account goes: nothing of it is left but its number, which never comes again.
void remove_account(const Scene& scene, const User& user, Decision& made) {
    scene.directory.logins(user.id, [&](const LoginRecord& login) {
        made.change.events.emplace_back(LoginRemoved{login.id});
        return true;
    });
    made.change.events.emplace_back(UserRemoved{user.id});
}

// The account stays with the memberships that are left: the oldest becomes home.
void keep_account(const User& user, const std::vector<const Membership*>& left, Decision& made) {
    const auto is_home = [&](const Membership* membership) { return membership->id == user.home; };
    if (std::ranges::any_of(left, is_home)) {
        return;
    }
    UserRecord next = user;
    const auto oldest = std::ranges::find(left, MembershipStatus::active, &Membership::status);
    next.home = oldest == left.end() ? MembershipId{} : (*oldest)->id;
    if (next.home != user.home) {
        made.change.events.emplace_back(UserPut{next});
    }
}

Objection check_transfer(const Scene& scene, const TransferUser& command, const User& user,
                         const Membership& home) {
    const Org* to = scene.directory.org(command.to_org);
    if (to == nullptr) {
        return refuse(RefusalCode::not_found);
    }
    if (auto objection = check_role(scene, *to, command.role)) {
        return objection;
    }
    if (auto objection = check_domain(scene, *to, user.email)) {
        return objection;
    }
    if (home.org == to->id) {
        return refuse(RefusalCode::already_there, "It is this user's home already.");
    }
    if (scene.directory.membership_of(command.user, to->id) != MembershipId{}) {
        return refuse(RefusalCode::already_member, "The user is a member there already.");
    }
    if (to->suspended_here_or_above) {
        return refuse(RefusalCode::org_suspended, "The organization is suspended.");
    }
    // A device needs the contract of a transfer to leave its tree.
    if (command.with_devices && to->root != scene.directory.org(home.org)->root) {
        return refuse(RefusalCode::cross_tree, "Devices don't follow into another tree.");
    }
    return check_last_admin(scene, home, std::nullopt, command.allow_orphan);
}

void move_devices(const Scene& scene, const Membership& home, OrgId into, Decision& made) {
    scene.directory.devices(home.org, DeviceId{}, [&](const Device& device) {
        if (device.owner == home.user) {
            take_along(scene, device, into, made);
        }
        return true;
    });
}

// Whoever is invited by him is not any more: his rights there were others.
void revoke_invitations_of(const Scene& scene, UserId maker, Decision& made) {
    scene.directory.all_memberships(MembershipId{}, [&](const Membership& membership) {
        if (membership.status == MembershipStatus::pending && membership.granted_by == maker) {
            made.change.events.emplace_back(MembershipRemoved{membership.id});
        }
        return true;
    });
}

// An invitation into the org that he enters is answered by it.
void answer_invitations(const Scene& scene, const User& user, OrgId org, Decision& made) {
    for (const Membership* invitation : scene.directory.invitations_to(user.email)) {
        if (invitation->org == org && invitation->granted_by != user.id) {
            made.change.events.emplace_back(MembershipRemoved{invitation->id});
        }
    }
}

}  // namespace

Decided<Decision> decide_on(const Scene& scene, const DeleteUser& command) {
    const User* user = scene.directory.user(command.user);
    if (user == nullptr) {
        return refuse(RefusalCode::not_found);
    }
    if (auto objection = check_if_match(command.if_match, user->changed_at)) {
        return *objection;
    }
    Decision made = decision(number(user->id));
    std::vector<const Membership*> left;
    for (const Membership* membership : scene.directory.memberships_of(user->id)) {
        if (std::ranges::find(command.in_reach, membership->id) == command.in_reach.end()) {
            left.push_back(membership);
            continue;
        }
        if (auto objection =
                check_last_admin(scene, *membership, std::nullopt, command.allow_orphan)) {
            return *objection;
        }
        made.change.events.emplace_back(MembershipRemoved{membership->id});
        clear_ownership(scene, *membership, made);
    }
    if (left.empty()) {
        remove_account(scene, *user, made);
    } else {
        keep_account(*user, left, made);
    }
    return made;
}

Decided<Decision> decide_on(const Scene& scene, const TransferUser& command) {
    const User* user = scene.directory.user(command.user);
    const Membership* home = user == nullptr ? nullptr : scene.directory.membership(user->home);
    if (home == nullptr) {
        return refuse(RefusalCode::not_found);
    }
    if (auto objection = check_transfer(scene, command, *user, *home)) {
        return *objection;
    }
    MembershipRecord next = *home;
    next.org = command.to_org;
    next.role = command.role;
    next.granted_by = scene.acting_user();
    Decision made = decision(number(user->id), MembershipPut{next});
    if (command.with_devices) {
        move_devices(scene, *home, command.to_org, made);
    } else {
        clear_ownership(scene, *home, made);
    }
    revoke_invitations_of(scene, user->id, made);
    answer_invitations(scene, *user, command.to_org, made);
    return made;
}

}  // namespace treeline
