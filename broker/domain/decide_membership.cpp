// The rules for memberships: granted, changed, ended (tenancy.md §2).
#include <algorithm>

#include "broker/domain/decide_rules.hpp"
#include "broker/domain/text.hpp"

namespace treeline {
namespace {

// An invitation that has expired stands in nobody's way.
bool is_invited(const Scene& scene, std::string_view email, OrgId org) {
    return std::ranges::any_of(
        scene.directory.invitations_to(email), [&](const Membership* invitation) {
            return invitation->org == org &&
                   (!invitation->invite || scene.now < invitation->invite->expires_at);
        });
}

// Whose membership it becomes. An address is never resolved: known and unknown ones look alike.
Objection name_holder(const Scene& scene, const CreateMembership& command,
                      MembershipRecord& membership) {
    if (command.user) {
        if (scene.directory.user(*command.user) == nullptr) {
            return refuse(RefusalCode::not_found);
        }
        membership.user = *command.user;
        return std::nullopt;
    }
    const auto email = fold_email(command.email);
    if (!email) {
        return refuse(RefusalCode::invalid, "That is not an e-mail address.");
    }
    membership.invited_email = *email;
    membership.status = MembershipStatus::pending;
    return std::nullopt;
}

// The address of whom it is for.
std::string_view email_of(const Scene& scene, const MembershipRecord& membership) {
    const User* user = scene.directory.user(membership.user);
    return user == nullptr ? membership.invited_email : user->email;
}

Objection check_unique(const Scene& scene, const MembershipRecord& membership) {
    const std::string_view email = email_of(scene, membership);
    const User* known = scene.directory.user_by_email(email);
    const bool is_member = known != nullptr && scene.directory.membership_of(
                                                   known->id, membership.org) != MembershipId{};
    const bool waits = membership.user == UserId{} && is_invited(scene, email, membership.org);
    if (is_member || waits) {
        return refuse(RefusalCode::already_member, "There is such a membership already.");
    }
    return std::nullopt;
}

MembershipRecord patched(const Membership& membership, const PatchMembership& command) {
    MembershipRecord next = membership;
    next.role = command.role.value_or(membership.role);
    next.not_before = command.not_before.value_or(membership.not_before);
    next.not_after = command.not_after.value_or(membership.not_after);
    return next;
}

Objection check_patch(const Scene& scene, const PatchMembership& command,
                      const Membership& membership, const MembershipRecord& next) {
    const Org* org = scene.directory.org(membership.org);
    if (next.role != membership.role) {
        if (auto objection = check_role(scene, *org, next.role)) {
            return objection;
        }
    }
    if (auto objection = check_window(scene, next, next.not_after != membership.not_after)) {
        return objection;
    }
    return check_last_admin(scene, membership, next, command.allow_orphan);
}

}  // namespace

Objection check_window(const Scene& scene, const MembershipRecord& next, bool sets_end) {
    if (next.not_before && next.not_after && *next.not_before >= *next.not_after) {
        return refuse(RefusalCode::invalid, "not_before must be before not_after.");
    }
    if (sets_end && next.not_after && *next.not_after <= scene.now) {
        return refuse(RefusalCode::invalid, "not_after has passed already.");
    }
    return std::nullopt;
}

void settle_in(const Scene& scene, const MembershipRecord& membership, Decision& made) {
    const User* user = scene.directory.user(membership.user);
    if (user == nullptr) {
        return;
    }
    for (const Membership* invitation : scene.directory.invitations_to(user->email)) {
        if (invitation->org == membership.org) {
            made.change.events.emplace_back(MembershipRemoved{invitation->id});
        }
    }
    if (user->home == MembershipId{}) {
        UserRecord next = *user;
        next.home = membership.id;
        made.change.events.emplace_back(UserPut{next});
    }
}

void clear_ownership(const Scene& scene, const Membership& membership, Decision& made) {
    scene.directory.devices(membership.org, DeviceId{}, [&](const Device& device) {
        if (device.owner == membership.user && membership.user != UserId{}) {
            change_owner(scene, device, UserId{}, made);
        }
        return true;
    });
}

void move_home(const Scene& scene, const Membership& ended, Decision& made) {
    const User* user = scene.directory.user(ended.user);
    if (user == nullptr || user->home != ended.id) {
        return;
    }
    UserRecord next = *user;
    next.home = MembershipId{};
    for (const Membership* other : scene.directory.memberships_of(user->id)) {
        if (other->id != ended.id && other->status == MembershipStatus::active) {
            next.home = other->id;
            break;
        }
    }
    made.change.events.emplace_back(UserPut{next});
}

Decided<MembershipRecord> new_membership(const Scene& scene, const CreateMembership& command) {
    const Org* org = scene.directory.org(command.org);
    if (org == nullptr) {
        return refuse(RefusalCode::not_found);
    }
    MembershipRecord membership;
    membership.id = MembershipId{scene.directory.next().next_membership};
    membership.org = command.org;
    membership.role = command.role;
    membership.not_before = command.not_before;
    membership.not_after = command.not_after;
    membership.granted_by = scene.acting_user();
    if (auto objection = name_holder(scene, command, membership)) {
        return *objection;
    }
    if (auto objection = check_role(scene, *org, command.role)) {
        return *objection;
    }
    if (auto objection = check_window(scene, membership, true)) {
        return *objection;
    }
    if (auto objection = check_domain(scene, *org, email_of(scene, membership))) {
        return *objection;
    }
    if (auto objection = check_unique(scene, membership)) {
        return *objection;
    }
    return membership;
}

Decided<Decision> decide_on(const Scene& scene, const CreateMembership& command) {
    const auto membership = new_membership(scene, command);
    if (!membership) {
        return membership.error();
    }
    if (!command.user) {
        return invite(scene, *membership, command.token);
    }
    Decision made = decision(number(membership->id), MembershipPut{*membership});
    settle_in(scene, *membership, made);
    return made;
}

Decided<Decision> decide_on(const Scene& scene, const PatchMembership& command) {
    const Membership* membership = scene.directory.membership(command.membership);
    if (membership == nullptr) {
        return refuse(RefusalCode::not_found);
    }
    if (auto objection = check_if_match(command.if_match, membership->changed_at)) {
        return *objection;
    }
    const MembershipRecord next = patched(*membership, command);
    if (next == *membership) {
        return unchanged(number(membership->id));
    }
    if (auto objection = check_patch(scene, command, *membership, next)) {
        return *objection;
    }
    return decision(number(membership->id), MembershipPut{next});
}

Decided<Decision> decide_on(const Scene& scene, const EndMembership& command) {
    const Membership* membership = scene.directory.membership(command.membership);
    if (membership == nullptr) {
        return refuse(RefusalCode::not_found);
    }
    if (auto objection = check_if_match(command.if_match, membership->changed_at)) {
        return *objection;
    }
    if (auto objection = check_last_admin(scene, *membership, std::nullopt, command.allow_orphan)) {
        return *objection;
    }
    Decision made = decision(number(membership->id), MembershipRemoved{membership->id});
    clear_ownership(scene, *membership, made);
    move_home(scene, *membership, made);
    return made;
}

}  // namespace treeline
