// apply: roles, permission sets and the links between them, pushes.
#include <algorithm>
#include <tuple>
#include <utility>

#include "broker/domain/applier.hpp"
#include "broker/domain/followers.hpp"
#include "broker/domain/push.hpp"

namespace treeline {

struct Applier::PushedPair {
    std::size_t depth = 0;
    OrgId org{};
    const RoleValue* after = nullptr;
};

// Parents before their children, whatever groups they are in, so that a link finds what it follows.
// An org that has been deleted since (in a checkpoint's memory of a push) is passed over.
Applier::PairsByRole Applier::pairs_by_role(const Directory& directory, const PushRecord& push) {
    PairsByRole pairs;
    for (const PushGroup& group : push.groups) {
        for (const OrgId id : group.orgs) {
            if (const Org* org = directory.org(id)) {
                pairs[group.role].push_back({org->ancestors.size(), id, &group.after});
            }
        }
    }
    for (auto& [role, of_role] : pairs) {
        std::sort(of_role.begin(), of_role.end(), [](const auto& a, const auto& b) {
            return std::tie(a.depth, a.org) < std::tie(b.depth, b.org);
        });
    }
    return pairs;
}

void Applier::on(const RolePut& e) {
    const std::uint64_t root = number(e.role.root);
    roles_touched_.push_back(e.role.root);
    const auto* before = Directory::found(d_.trees_, root);
    Directory::Tree tree = before == nullptr ? Directory::Tree{} : *before;
    tree.roles[e.role.id] = e.role;
    tree.next_role = std::max(tree.next_role, RoleId{number(e.role.id) + 1});
    put_row(d_.trees_, root, std::move(tree));
}

// The sets of the role stay where they are: no membership names it, and no number comes again.
void Applier::on(const RoleRemoved& e) {
    const std::uint64_t root = number(e.root);
    roles_touched_.push_back(e.root);
    if (const auto* before = Directory::found(d_.trees_, root)) {
        Directory::Tree tree = *before;
        tree.roles.erase(e.role);
        put_row(d_.trees_, root, std::move(tree));
    }
}

void Applier::on(const PermissionsPut& e) {
    const PermissionsRecord& put = e.permissions;
    put_set(put.org, {put.role, put.permissions, put.is_linked});
}

void Applier::on(const PushPut& e) {
    for (const auto& [role, pairs] : pairs_by_role(d_, e.push)) {
        put_pushed(role, pairs);
    }
    if (e.push.is_undo) {
        d_.pushes_.erase(number(e.push.org));
    } else {
        put_row(d_.pushes_, number(e.push.org), e.push);
    }
}

// First each its own, then what follows them; so each org is come to twice, however deep it lies.
void Applier::put_pushed(RoleId role, const std::vector<PushedPair>& pairs) {
    for (const PushedPair& pair : pairs) {
        write_set(pair.org, {role, pair.after->permissions, pair.after->is_linked});
    }
    SeenOrgs seen(d_);
    for (const PushedPair& pair : pairs) {
        visit_followers(d_, pair.org, role, [&](OrgId org) {
            const bool is_new = seen.add(org);
            if (is_new) {
                follow_parent(org, role);
            }
            return is_new;
        });
    }
}

// The linked sets below change with the one that they follow.
void Applier::put_set(OrgId org, const Directory::RoleSet& set) {
    write_set(org, set);
    visit_followers(d_, org, set.role, [&](OrgId follower) {
        follow_parent(follower, set.role);
        return true;
    });
}

void Applier::write_set(OrgId org, const Directory::RoleSet& set) {
    touch(org);
    if (!d_.permissions_.contains(number(org))) {
        put_row(d_.permissions_, number(org), {});
    }
    Directory::RoleSets& sets = edit_row(d_.permissions_, number(org));
    const auto at = std::lower_bound(sets.begin(), sets.end(), set.role,
                                     [](const auto& s, RoleId r) { return s.role < r; });
    if (at != sets.end() && at->role == set.role) {
        *at = set;
    } else {
        sets.insert(at, set);
    }
}

// REQUIRES: the set above is as it will be.
void Applier::follow_parent(OrgId id, RoleId role) {
    const Org* org = d_.org(id);
    const PermissionSet above = d_.permissions(org == nullptr ? OrgId{} : org->parent, role);
    if (d_.is_linked(id, role) && d_.permissions(id, role) != above) {
        write_set(id, {role, above, true});
    }
}

// A set's last change is its org's, and one that follows changes with it.
void Applier::stamp_set(OrgId top, RoleId role, SeenOrgs& seen) {
    visit_followers(d_, top, role, [&](OrgId org) {
        const bool is_new = seen.add(org);
        if (is_new) {
            set_changed_at(d_.orgs_, number(org), tree_revision_of(org));
        }
        return is_new;
    });
}

void Applier::stamp_one(const PermissionsPut& e) {
    visit_followers(d_, e.permissions.org, e.permissions.role, [&](OrgId org) {
        set_changed_at(d_.orgs_, number(org), tree_revision_of(org));
        return true;
    });
}

void Applier::stamp_one(const PushPut& e) {
    for (const auto& [role, pairs] : pairs_by_role(d_, e.push)) {
        SeenOrgs seen(d_);
        for (const PushedPair& pair : pairs) {
            stamp_set(pair.org, role, seen);
        }
    }
}

Directory foresee(Directory before, const Event& push) {
    Applier(before).put(push);
    return before;
}

}  // namespace treeline
