// The access rule of tenancy.md §3.
#include "broker/authority/authorise.hpp"

#include "broker/authority/walk.hpp"

namespace treeline {
namespace {

using enum Permission;

PermissionSet own_columns() {
    PermissionSet own;
    for (std::size_t i = index(own_devices_view); i <= index(own_devices_transfer); ++i) {
        own.set(i);
    }
    return own;
}

PermissionSet device_columns() {
    PermissionSet all = own_columns();
    for (std::size_t i = index(org_devices_view); i <= index(org_devices_service); ++i) {
        all.set(i);
    }
    return all;
}

// What suborgs.view alone lets through: the *.view of the groups, and reading the devices.
PermissionSet reading_columns() {
    PermissionSet reading = reading_permissions();
    for (std::size_t i = 0; i < device_right_count; ++i) {
        if (reading_device_rights()[i]) {
            reading.set(index(org_permission(static_cast<DeviceRight>(i))));
        }
    }
    return reading;
}

}  // namespace

PermissionSet acting_permissions(const PermissionSet& effective, Reach reach) {
    static const PermissionSet not_own = ~own_columns();
    static const PermissionSet reading = reading_columns();
    switch (reach) {
        case Reach::here:
            return effective;
        case Reach::enter:
            return effective & not_own;
        case Reach::view:
            return effective & reading;
        case Reach::none:
            return {};
    }
    return {};
}

Grants grants_at(const Directory& directory, UserId user, const Org& org, UnixTime now) {
    Grants grants;
    if (!is_active(directory, user)) {
        return grants;
    }
    walk(directory, user, org, now, [&](const Standing& standing) {
        grants.permissions |= acting_permissions(standing.effective, standing.reach);
    });
    grants.valid_until = next_window_edge(directory, user, now);
    return grants;
}

DeviceRights rights_on(const PermissionSet& permissions, bool is_owner) {
    DeviceRights rights = org_device_rights(permissions);
    if (is_owner) {
        rights |= own_device_rights(permissions);
    }
    return rights;
}

DeviceVerdict device_rights(const Directory& directory, UserId user, DeviceId device,
                            UnixTime now) {
    const Device* found = directory.device(device);
    const Org* org = found == nullptr ? nullptr : directory.org(found->org);
    if (org == nullptr) {
        return {};
    }
    const Grants grants = grants_at(directory, user, *org, now);
    return {rights_on(grants.permissions, found->owner == user), grants.valid_until};
}

OrgVerdict org_permissions(const Directory& directory, UserId user, OrgId org, UnixTime now) {
    static const PermissionSet other_groups = ~device_columns();
    const Org* found = directory.org(org);
    if (found == nullptr) {
        return {};
    }
    const Grants grants = grants_at(directory, user, *found, now);
    return {grants.permissions & other_groups, grants.valid_until};
}

PermissionSet held(const Directory& directory, UserId user, OrgId org, UnixTime now) {
    PermissionSet held;
    const Org* found = directory.org(org);
    if (found == nullptr || !is_active(directory, user)) {
        return held;
    }
    walk(directory, user, *found, now, [&](const Standing& standing) {
        if (standing.reach == Reach::here || standing.reach == Reach::enter) {
            held |= standing.effective;
        }
    });
    return held;
}

bool is_live(const Directory& directory, const Membership& membership, UnixTime now) {
    const Org* org = directory.org(membership.org);
    return org != nullptr && !org->suspended_here_or_above && is_in_force(membership, now);
}

bool has_live_membership(const Directory& directory, UserId user, UnixTime now) {
    bool found = false;
    directory.memberships(user, [&](const Membership& membership) {
        found = is_live(directory, membership, now);
        return !found;
    });
    return found;
}

UnixTime next_window_edge(const Directory& directory, UserId user, UnixTime now) {
    UnixTime next = unix_time_max;
    directory.memberships(user, [&](const Membership& membership) {
        next = std::min(next, edge_after(membership, now));
        return true;
    });
    return next;
}

}  // namespace treeline
