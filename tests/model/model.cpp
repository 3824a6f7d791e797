// The access rule and what is visible, as tenancy.md §2 and §3 have it.
#include "tests/model/model.hpp"

#include <algorithm>

namespace treeline::model {
namespace {

const Org* org_of(const World& world, Id id) {
    for (const Org& org : world.orgs) {
        if (org.id == id) {
            return &org;
        }
    }
    return nullptr;
}

const Device* device_of(const World& world, Id id) {
    for (const Device& device : world.devices) {
        if (device.id == id) {
            return &device;
        }
    }
    return nullptr;
}

bool is_active(const World& world, Id id) {
    for (const User& user : world.users) {
        if (user.id == id) {
            return user.status == "active";
        }
    }
    return false;
}

// The names of one group, without the group.
Names columns(const Names& set, const std::string& group) {
    Names result;
    for (const std::string& permission : set) {
        if (permission.rfind(group + ".", 0) == 0) {
            result.insert(permission.substr(group.size() + 1));
        }
    }
    return result;
}

Names only_reading(const Names& rights) {
    Names result;
    for (const char* right : {"view", "export", "timeline_view", "service"}) {
        if (rights.count(right) == 1) {
            result.insert(right);
        }
    }
    return result;
}

void add(Names& to, const Names& from) {
    to.insert(from.begin(), from.end());
}

bool is_device_group(const std::string& permission) {
    return permission.rfind("own_devices.", 0) == 0 || permission.rfind("org_devices.", 0) == 0;
}

bool is_view(const std::string& permission) {
    return permission.substr(permission.find('.')) == ".view";
}

}  // namespace

bool is_proper_ancestor(const World& world, Id above, Id org) {
    const Org* here = org_of(world, org);
    while (here != nullptr && here->parent != 0) {
        if (here->parent == above) {
            return true;
        }
        here = org_of(world, here->parent);
    }
    return false;
}

bool is_suspended(const World& world, Id id) {
    for (const Org& org : world.orgs) {
        if (org.suspended && (org.id == id || is_proper_ancestor(world, org.id, id))) {
            return true;
        }
    }
    return false;
}

Names set_of(const World& world, Id org, unsigned role) {
    for (const Set& set : world.sets) {
        if (set.org == org && set.role == role) {
            return set.permissions;
        }
    }
    return {};
}

bool is_live(const World& world, const Membership& membership, Instant now) {
    if (membership.pending || is_suspended(world, membership.org)) {
        return false;
    }
    if (membership.not_before && now < *membership.not_before) {
        return false;
    }
    return !membership.not_after || now < *membership.not_after;
}

bool has_live_membership(const World& world, Id user, Instant now) {
    return std::ranges::any_of(world.memberships, [&](const Membership& m) {
        return m.user == user && is_live(world, m, now);
    });
}

std::optional<Instant> next_edge(const World& world, Id user, Instant now) {
    std::optional<Instant> next;
    for (const Membership& m : world.memberships) {
        for (const auto& edge : {m.not_before, m.not_after}) {
            if (m.user == user && edge && *edge > now && (!next || *edge < *next)) {
                next = edge;
            }
        }
    }
    return next;
}

Names device_rights(const World& world, Id user, Id device_id, Instant now) {
    Names granted;
    const Device* device = device_of(world, device_id);
    if (device == nullptr || !is_active(world, user)) {
        return granted;
    }
    for (const Membership& m : world.memberships) {
        if (m.user != user || !is_live(world, m, now)) {
            continue;
        }
        const Names p = effective(set_of(world, m.org, m.role));
        if (device->org == m.org) {
            add(granted, columns(p, "org_devices"));
            if (device->owner == user) {
                add(granted, columns(p, "own_devices"));
            }
        } else if (is_proper_ancestor(world, m.org, device->org) && p.count("suborgs.view") == 1) {
            const Names all = columns(p, "org_devices");
            add(granted, p.count("suborgs.enter") == 1 ? all : only_reading(all));
        }
    }
    return granted;
}

Names org_permissions(const World& world, Id user, Id org, Instant now) {
    Names granted;
    if (!is_active(world, user)) {
        return granted;
    }
    for (const Membership& m : world.memberships) {
        if (m.user != user || !is_live(world, m, now)) {
            continue;
        }
        const Names p = effective(set_of(world, m.org, m.role));
        const bool is_above = is_proper_ancestor(world, m.org, org);
        const bool gives_all = m.org == org || (is_above && p.count("suborgs.enter") == 1);
        const bool gives_views = is_above && p.count("suborgs.view") == 1;
        for (const std::string& permission : p) {
            if (!is_device_group(permission) &&
                (gives_all || (gives_views && is_view(permission)))) {
                granted.insert(permission);
            }
        }
    }
    return granted;
}

Names held(const World& world, Id user, Id org, Instant now) {
    Names granted;
    if (!is_active(world, user)) {
        return granted;
    }
    for (const Membership& m : world.memberships) {
        if (m.user != user || !is_live(world, m, now)) {
            continue;
        }
        const Names p = effective(set_of(world, m.org, m.role));
        const bool enters = is_proper_ancestor(world, m.org, org) && p.count("suborgs.enter") == 1;
        if (m.org == org || enters) {
            add(granted, p);
        }
    }
    return granted;
}

bool sees_org(const World& world, Id viewer, Id org, Instant now) {
    if (!is_active(world, viewer)) {
        return false;
    }
    for (const Membership& m : world.memberships) {
        if (m.user != viewer || !is_live(world, m, now)) {
            continue;
        }
        const Names p = effective(set_of(world, m.org, m.role));
        const bool from_above =
            is_proper_ancestor(world, m.org, org) && p.count("suborgs.view") == 1;
        if (m.org == org || from_above) {
            return true;
        }
    }
    return false;
}

bool sees_user(const World& world, Id viewer, Id user, Instant now) {
    if (!is_active(world, viewer)) {
        return false;
    }
    if (viewer == user) {
        return true;
    }
    return std::ranges::any_of(world.memberships, [&](const Membership& m) {
        return m.user == user && !m.pending &&
               org_permissions(world, viewer, m.org, now).count("users.view") == 1;
    });
}

bool sees_device(const World& world, Id viewer, Id device, Instant now) {
    return device_rights(world, viewer, device, now).count("view") == 1;
}

bool sees_membership(const World& world, Id viewer, Id membership, Instant now) {
    for (const Membership& m : world.memberships) {
        if (m.id == membership) {
            return is_active(world, viewer) &&
                   (m.user == viewer ||
                    org_permissions(world, viewer, m.org, now).count("users.view") == 1);
        }
    }
    return false;
}

std::vector<Id> visible_orgs(const World& world, Id viewer, Instant now) {
    std::vector<Id> ids;
    for (const Org& org : world.orgs) {
        if (sees_org(world, viewer, org.id, now)) {
            ids.push_back(org.id);
        }
    }
    std::ranges::sort(ids);
    return ids;
}

std::vector<Id> visible_devices(const World& world, Id viewer, Instant now) {
    std::vector<Id> ids;
    for (const Device& device : world.devices) {
        if (sees_device(world, viewer, device.id, now)) {
            ids.push_back(device.id);
        }
    }
    std::ranges::sort(ids);
    return ids;
}

}  // namespace treeline::model
