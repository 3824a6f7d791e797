// Nobody climbs: what is added must be held, and nobody acts upward (tenancy.md §2, §3).
#include "broker/authority/permit_rules.hpp"

namespace treeline {
namespace {

// Held at `org` by memberships that last until `until`.
PermissionSet held_until(const Asker& asker, const Org& org, UnixTime until) {
    PermissionSet held;
    walk(asker.directory, asker.user, org, asker.now, [&](const Standing& standing) {
        const bool lasts = standing.membership.not_after.value_or(unix_time_max) >= until;
        const bool counts = standing.reach == Reach::here || standing.reach == Reach::enter;
        if (lasts && counts) {
            held |= standing.effective;
        }
    });
    return held;
}

// The part of it that is held in every org below as well, whatever else is held there.
PermissionSet held_downwards(const Asker& asker, const Org& org, UnixTime until) {
    PermissionSet held;
    walk(asker.directory, asker.user, org, asker.now, [&](const Standing& standing) {
        const bool lasts = standing.membership.not_after.value_or(unix_time_max) >= until;
        if (lasts && contains(standing.effective, Permission::suborgs_enter)) {
            held |= standing.effective;
        }
    });
    return held;
}

std::optional<Permission> first_of(const PermissionSet& set) {
    for (const Permission permission : all_permissions()) {
        if (contains(set, permission)) {
            return permission;
        }
    }
    return std::nullopt;
}

// Which orgs below count: all that a change reaches, or those that the asker reaches too.
enum class Below { all, in_sight };

// A permission of `wanted` that the asker doesn't hold where it is given.
std::optional<Permission> lacking_below(const Asker& asker, const Org& top,
                                        const PermissionSet& wanted, UnixTime until,
                                        Below counted) {
    const PermissionSet open = wanted & ~held_downwards(asker, top, until);
    if (open.none()) {
        return std::nullopt;  // the common case: no org below needs to be looked at
    }
    std::optional<Permission> lacking;
    std::vector<OrgId> waiting{top.id};
    const auto look = [&](OrgId id) {
        const Org& org = *asker.directory.org(id);
        if (counted == Below::all || sees_org(asker.directory, asker.user, id, asker.now)) {
            lacking = first_of(open & ~held_until(asker, org, until));
        }
        waiting.push_back(id);
        return !lacking;
    };
    while (!waiting.empty() && !lacking) {
        const OrgId parent = waiting.back();
        waiting.pop_back();
        asker.directory.children(parent, OrgId{}, look);
    }
    return lacking;
}

std::optional<Permission> lacking(const Asker& asker, const Org& org, const Giving& wanted,
                                  UnixTime until, Below counted) {
    if (const auto here = first_of(wanted.here & ~held_until(asker, org, until))) {
        return here;
    }
    return lacking_below(asker, org, wanted.below, until, counted);
}

}  // namespace

Giving giving(const PermissionSet& set) {
    const PermissionSet given = effective(set);
    if (contains(given, Permission::suborgs_enter)) {
        return {given, given};  // held below as a whole, own-device permissions included
    }
    const bool sees = contains(given, Permission::suborgs_view);
    return {given, acting_permissions(given, sees ? Reach::view : Reach::none)};
}

Giving without(const Giving& more, const Giving& less) {
    return {more.here & ~less.here, more.below & ~less.below};
}

Replacing replacing(const PermissionSet& before, const PermissionSet& after) {
    const Giving had = giving(before);
    Giving added = without(giving(after), had);
    // A permission that has no effect yet would get it with its prerequisite, unlooked at.
    added.here |= after & ~before;
    return {had, added};
}

bool holds_below(const Asker& asker, const Org& top, const PermissionSet& wanted) {
    return (wanted & ~held_downwards(asker, top, asker.now)).none();
}

Objection may_add(const Asker& asker, const Org& org, const Giving& added, UnixTime until) {
    if (const auto missing = lacking(asker, org, added, asker.now, Below::all)) {
        return forbidden("Nobody gives more than they hold.", missing);
    }
    if (const auto missing = lacking(asker, org, added, until, Below::all)) {
        return forbidden("A grant ends no later than its granter's own membership.", missing);
    }
    return std::nullopt;
}

Objection acts_upward(const Asker& asker, const Org& org, const Giving& target) {
    const auto missing = lacking(asker, org, target, asker.now, Below::in_sight);
    if (!missing) {
        return std::nullopt;
    }
    return forbidden("Nobody acts on somebody who holds what they don't.", missing);
}

}  // namespace treeline
