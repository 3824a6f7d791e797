// The last-admin rule of tenancy.md §2.
#include <algorithm>

#include "broker/domain/decide_rules.hpp"

namespace treeline {

// An active user with an active role-1 membership that has begun and has no end.
bool counts_as_admin(const Scene& scene, const MembershipRecord& membership) {
    const User* user = scene.directory.user(membership.user);
    return user != nullptr && user->status == UserStatus::active && membership.role == role_admin &&
           membership.status == MembershipStatus::active && !membership.not_after &&
           (!membership.not_before || *membership.not_before <= scene.now);
}

namespace {

bool is_last_admin(const Scene& scene, const Membership& membership) {
    if (!counts_as_admin(scene, membership)) {
        return false;
    }
    bool has_other = false;
    const auto look = [&](const Membership& other) {
        has_other = other.id != membership.id && counts_as_admin(scene, other);
        return !has_other;
    };
    scene.directory.members(membership.org, MembershipId{}, look);
    return !has_other;
}

bool is_live(const Scene& scene, const Membership& membership) {
    const Org* org = scene.directory.org(membership.org);
    return membership.status == MembershipStatus::active && org != nullptr &&
           !org->suspended_here_or_above &&
           (!membership.not_before || *membership.not_before <= scene.now) &&
           (!membership.not_after || scene.now < *membership.not_after);
}

bool actor_stands_above(const Scene& scene, const Org& org) {
    return std::ranges::any_of(org.ancestors, [&](OrgId above) {
        const Membership* membership =
            scene.directory.membership(scene.directory.membership_of(scene.acting_user(), above));
        return membership != nullptr && is_live(scene, *membership);
    });
}

}  // namespace

Objection check_last_admin(const Scene& scene, const Membership& membership,
                           const std::optional<MembershipRecord>& next, bool allow_orphan) {
    const bool stays = next && counts_as_admin(scene, *next);
    if (stays || !is_last_admin(scene, membership)) {
        return std::nullopt;
    }
    const Org& org = *scene.directory.org(membership.org);
    const bool is_out_of_sight =
        org.suspended_here_or_above && membership.user == scene.acting_user();
    if (is_out_of_sight || (allow_orphan && actor_stands_above(scene, org))) {
        return std::nullopt;
    }
    return refuse(RefusalCode::last_admin, "The org would be without an admin.");
}

}  // namespace treeline
