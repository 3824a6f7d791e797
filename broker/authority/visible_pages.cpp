// What a user may see, as pages: the orgs in reach first, then one walk per org and not per row.
#include <algorithm>

#include "broker/authority/name_filter.hpp"
#include "broker/authority/page_of.hpp"
#include "broker/authority/visible.hpp"
#include "broker/authority/walk.hpp"

namespace treeline {
namespace {

void add_subtree(const Directory& directory, OrgId org, std::vector<OrgId>& orgs) {
    std::size_t next = orgs.size();
    for (orgs.push_back(org); next < orgs.size(); ++next) {
        directory.children(orgs[next], OrgId{}, [&](OrgId child) {
            orgs.push_back(child);
            return true;
        });
    }
}

// Every org that the viewer may see: those of the live memberships, and with suborgs.view all
// below them. Ascending.
std::vector<OrgId> orgs_in_sight(const Directory& directory, UserId viewer, UnixTime now) {
    std::vector<OrgId> orgs;
    if (!is_active(directory, viewer)) {
        return orgs;
    }
    directory.memberships(viewer, [&](const Membership& membership) {
        if (!is_live(directory, membership, now)) {
            return true;
        }
        const PermissionSet set = directory.permissions(membership.org, membership.role);
        if (contains(set, Permission::suborgs_view)) {
            add_subtree(directory, membership.org, orgs);
        } else {
            orgs.push_back(membership.org);
        }
        return true;
    });
    std::ranges::sort(orgs);
    const auto repeated = std::ranges::unique(orgs);
    orgs.erase(repeated.begin(), repeated.end());
    return orgs;
}

// The orgs whose devices the filter asks for. A named org that the viewer can't see gives none:
// what stands below it must not be told.
std::vector<OrgId> orgs_asked_for(const Directory& directory, UserId viewer,
                                  const DeviceFilter& filter, UnixTime now) {
    if (filter.org == OrgId{}) {
        return orgs_in_sight(directory, viewer, now);
    }
    std::vector<OrgId> orgs;
    if (!sees_org(directory, viewer, filter.org, now)) {
        return orgs;
    }
    if (filter.subtree) {
        add_subtree(directory, filter.org, orgs);
    } else {
        orgs.push_back(filter.org);
    }
    return orgs;
}

void add_devices(const Directory& directory, UserId viewer, const Org& org,
                 const DeviceFilter& filter, const NameFilter& text, UnixTime now,
                 std::vector<DeviceId>& devices) {
    const PermissionSet permissions = grants_at(directory, viewer, org, now).permissions;
    const bool sees_all = contains(permissions, Permission::org_devices_view);
    if (!sees_all && !contains(permissions, Permission::own_devices_view)) {
        return;
    }
    directory.devices(org.id, DeviceId{}, [&](const Device& device) {
        const bool is_visible = sees_all || device.owner == viewer;
        const bool is_asked_for = filter.owner == UserId{} || device.owner == filter.owner;
        if (is_visible && is_asked_for && text.passes(device.name)) {
            devices.push_back(device.id);
        }
        return true;
    });
}

template <class Which>  // bool(const Membership&)
Page<MembershipId> page_in(const Directory& directory, OrgId org, const PageRequest& page,
                           Which&& which) {
    std::vector<MembershipId> memberships;
    directory.members(org, MembershipId{}, [&](const Membership& membership) {
        if (which(membership)) {
            memberships.push_back(membership.id);
        }
        return true;
    });
    return page_of(std::move(memberships), page);
}

}  // namespace

Page<DeviceId> visible_devices(const Directory& directory, UserId viewer,
                               const DeviceFilter& filter, const PageRequest& page, UnixTime now) {
    const NameFilter text(filter.text);
    std::vector<DeviceId> devices;
    for (const OrgId org : orgs_asked_for(directory, viewer, filter, now)) {
        add_devices(directory, viewer, *directory.org(org), filter, text, now, devices);
    }
    return page_of(std::move(devices), page);
}

Page<OrgId> visible_orgs(const Directory& directory, UserId viewer, OrgId within,
                         const PageRequest& page, UnixTime now) {
    std::vector<OrgId> orgs = orgs_in_sight(directory, viewer, now);
    if (within != OrgId{}) {
        const bool is_seen = std::ranges::binary_search(orgs, within);
        std::erase_if(orgs,
                      [&](OrgId org) { return !is_seen || !directory.is_within(org, within); });
    }
    return page_of(std::move(orgs), page);
}

Page<UserId> users_of(const Directory& directory, OrgId org, const PageRequest& page) {
    std::vector<UserId> users;
    directory.members(org, MembershipId{}, [&](const Membership& membership) {
        if (membership.status == MembershipStatus::active) {
            users.push_back(membership.user);
        }
        return true;
    });
    return page_of(std::move(users), page);
}

Page<MembershipId> memberships_in(const Directory& directory, OrgId org, const PageRequest& page) {
    return page_in(directory, org, page, [](const Membership&) { return true; });
}

Page<MembershipId> invitations_in(const Directory& directory, OrgId org, const PageRequest& page) {
    return page_in(directory, org, page, [](const Membership& membership) {
        return membership.status == MembershipStatus::pending;
    });
}

}  // namespace treeline
