// The walk behind every answer of this room: which memberships of a user reach an org, and how.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/time.hpp"
#include "broker/domain/directory.hpp"

namespace treeline {

// How a live membership reaches an org: it stands in it, or in a proper ancestor whose role has
// suborgs.enter, or suborgs.view alone, or neither. Strongest first.
enum class Reach : std::uint8_t { here, enter, view, none };

// One live membership in the org or in an ancestor of it.
struct Standing {
    const Membership& membership;
    const Org& org;       // the membership's
    PermissionSet given;  // its role's set there, as set
    PermissionSet effective;
    Reach reach{};
};

// Is `below` the org `above` itself or an org below it?
inline bool contains_org(const Org& above, const Org& below) {
    const std::size_t depth = above.ancestors.size();
    return above.id == below.id ||
           (depth < below.ancestors.size() && below.ancestors[depth] == above.id);
}

// Active and inside its window; says nothing of suspended orgs.
inline bool is_in_force(const MembershipRecord& membership, UnixTime now) {
    return membership.status == MembershipStatus::active &&
           (!membership.not_before || *membership.not_before <= now) &&
           (!membership.not_after || now < *membership.not_after);
}

// The earliest edge of one membership's window after `now`; unix_time_max: none.
inline UnixTime edge_after(const MembershipRecord& membership, UnixTime now) {
    UnixTime edge = unix_time_max;
    for (const auto& end : {membership.not_before, membership.not_after}) {
        if (end && *end > now) {
            edge = std::min(edge, *end);
        }
    }
    return edge;
}

inline Reach reach_of(const Org& from, const Org& to, const PermissionSet& effective) {
    if (from.id == to.id) {
        return Reach::here;
    }
    if (contains(effective, Permission::suborgs_enter)) {
        return Reach::enter;
    }
    return contains(effective, Permission::suborgs_view) ? Reach::view : Reach::none;
}

// Calls visit(Standing) for each membership of `user` that is live and stands in `org` or above
// it. The user's own status is the caller's business. Allocates nothing.
template <class Visit>
void walk(const Directory& directory, UserId user, const Org& org, UnixTime now, Visit&& visit) {
    directory.memberships(user, [&](const Membership& membership) {
        const Org* at = directory.org(membership.org);
        if (at != nullptr && contains_org(*at, org) && !at->suspended_here_or_above &&
            is_in_force(membership, now)) {
            const PermissionSet given = directory.permissions(at->id, membership.role);
            const PermissionSet held = effective(given);
            visit(Standing{membership, *at, given, held, reach_of(*at, org, held)});
        }
        return true;
    });
}

inline bool is_active(const Directory& directory, UserId user) {
    const User* found = directory.user(user);
    return found != nullptr && found->status == UserStatus::active;
}

// The permissions by which a membership acts in an org that it reaches so: all of them where it
// stands; below, without own_devices, and with suborgs.view alone only the reading ones.
PermissionSet acting_permissions(const PermissionSet& effective, Reach reach);

// Everything the user may in `org`: org_permissions, the org's device columns, and the own-device
// columns of a membership in the org itself. Every verdict is read from this one answer.
struct Grants {
    PermissionSet permissions;
    UnixTime valid_until = unix_time_max;
};
Grants grants_at(const Directory& directory, UserId user, const Org& org, UnixTime now);
// The rights that `permissions` (of grants_at the device's org) give on one device there.
DeviceRights rights_on(const PermissionSet& permissions, bool is_owner);

}  // namespace treeline
