// apply: roles, permission sets and the links between them, pushes.
#include <algorithm>
#include <utility>

#include "broker/domain/applier.hpp"

namespace treeline {

void Applier::on(const RolePut& e) {
    const std::uint64_t root = number(e.role.root);
    roles_touched_.push_back(e.role.root);
    const auto* before = Directory::found(d_.trees_, root);
    Directory::Tree tree = before == nullptr ? Directory::Tree{} : *before;
    tree.roles[e.role.id] = e.role;
    tree.next_role = std::max(tree.next_role, RoleId{number(e.role.id) + 1});
    d_.trees_.set(root, std::make_shared<const Directory::Tree>(std::move(tree)));
}

// The sets of the role stay where they are: no membership names it, and no number comes again.
void Applier::on(const RoleRemoved& e) {
    const std::uint64_t root = number(e.root);
    roles_touched_.push_back(e.root);
    if (const auto* before = Directory::found(d_.trees_, root)) {
        Directory::Tree tree = *before;
        tree.roles.erase(e.role);
        d_.trees_.set(root, std::make_shared<const Directory::Tree>(std::move(tree)));
    }
}

void Applier::on(const PermissionsPut& e) {
    const PermissionsRecord& put = e.permissions;
    put_set(put.org, {put.role, put.permissions, put.is_linked});
}

// Parents come before their children, so that a link finds what it follows. An org that has been
// deleted since (in a checkpoint's memory of a push) is passed over.
void Applier::on(const PushPut& e) {
    for (const PushGroup& group : e.push.groups) {
        for (const OrgId org : group.orgs) {
            if (d_.org(org) != nullptr) {
                put_set(org, {group.role, group.after.permissions, group.after.is_linked});
            }
        }
    }
    if (e.push.is_undo) {
        d_.pushes_.erase(number(e.push.org));
    } else {
        d_.pushes_.set(number(e.push.org), std::make_shared<const PushRecord>(e.push));
    }
}

void Applier::put_set(OrgId org, Directory::RoleSet set) {
    touch(org);
    if (set.is_linked) {
        const Org* found = d_.org(org);
        set.permissions = d_.permissions(found == nullptr ? OrgId{} : found->parent, set.role);
    }
    const auto* before = Directory::found(d_.permissions_, number(org));
    Directory::RoleSets sets = before == nullptr ? Directory::RoleSets{} : *before;
    const RoleId role = set.role;
    const auto at = std::lower_bound(sets.begin(), sets.end(), role,
                                     [](const auto& s, RoleId r) { return s.role < r; });
    if (at != sets.end() && at->role == role) {
        *at = set;
    } else {
        sets.insert(at, set);
    }
    d_.permissions_.set(number(org), std::make_shared<const Directory::RoleSets>(std::move(sets)));
    follow(org, role);
}

// The linked sets below change with the one that they follow.
void Applier::follow(OrgId parent, RoleId role) {
    std::vector<OrgId> linked;
    d_.children(parent, OrgId{}, [&](OrgId child) {
        if (d_.is_linked(child, role)) {
            linked.push_back(child);
        }
        return true;
    });
    for (const OrgId child : linked) {
        put_set(child, {role, {}, true});
    }
}

// A set's last change is its org's, and one that follows changes with it.
void Applier::stamp_set(OrgId org, RoleId role) {
    set_changed_at(d_.orgs_, number(org), tree_revision_of(org));
    std::vector<OrgId> linked;
    d_.children(org, OrgId{}, [&](OrgId child) {
        if (d_.is_linked(child, role)) {
            linked.push_back(child);
        }
        return true;
    });
    for (const OrgId child : linked) {
        stamp_set(child, role);
    }
}

void Applier::stamp_one(const PermissionsPut& e) {
    stamp_set(e.permissions.org, e.permissions.role);
}

void Applier::stamp_one(const PushPut& e) {
    for (const PushGroup& group : e.push.groups) {
        for (const OrgId org : group.orgs) {
            stamp_set(org, group.role);
        }
    }
}

}  // namespace treeline
