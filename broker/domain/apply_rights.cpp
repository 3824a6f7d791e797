// apply: roles, permission sets and the links between them, pushes.
#include <algorithm>
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
        std::vector<PushedPair>& of_role = pairs[group.role];
        for (const Org* org : directory.orgs(group.orgs)) {
            if (org != nullptr) {
                of_role.push_back({org->ancestors.size(), org->id, &group.after});
            }
        }
    }
    for (auto& [role, of_role] : pairs) {
        if (!std::ranges::is_sorted(of_role, {}, &PushedPair::depth)) {  // it is, with one group
            std::ranges::sort(of_role, {}, &PushedPair::depth);
        }
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
    const auto is_first = [&](OrgId org) { return seen.add(org); };
    for (const PushedPair& pair : pairs) {
        if (is_first(pair.org)) {
            follow_from(pair.org, role, is_first);
        }
    }
}

// The linked sets below change with the one that they follow.
void Applier::put_set(OrgId org, const Directory::RoleSet& set) {
    write_set(org, set);
    follow_from(org, set.role, [](OrgId) { return true; });
}

// What the org follows, where it is linked, and then what follows it.
template <class IsFirst>
void Applier::follow_from(OrgId id, RoleId role, const IsFirst& is_first) {
    sets_touched_.push_back(id);
    RoleValue value = d_.role_value(id, role);
    if (value.is_linked) {
        const Org* org = d_.org(id);
        const PermissionSet above = d_.permissions(org == nullptr ? OrgId{} : org->parent, role);
        if (value.permissions != above) {
            value.permissions = above;
            write_set(id, {role, above, true});
        }
    }
    let_follow(id, role, value.permissions, is_first);
}

// Calls is_first(OrgId) for each org that follows; those below one are passed over where it is not.
template <class IsFirst>
void Applier::let_follow(OrgId above, RoleId role, const PermissionSet& held,
                         const IsFirst& is_first) {
    d_.children(above, OrgId{}, [&](OrgId org) {
        const RoleValue value = d_.role_value(org, role);
        if (value.is_linked && is_first(org)) {
            sets_touched_.push_back(org);
            if (value.permissions != held) {
                write_set(org, {role, held, true});
            }
            let_follow(org, role, held, is_first);
        }
        return true;
    });
}

void Applier::write_set(OrgId org, const Directory::RoleSet& set) {
    touch(org);
    Directory::RoleSets& sets = edit_row(d_.permissions_, number(org));
    const auto at = std::lower_bound(sets.begin(), sets.end(), set.role,
                                     [](const auto& s, RoleId r) { return s.role < r; });
    if (at != sets.end() && at->role == set.role) {
        *at = set;
    } else {
        sets.insert(at, set);
    }
}

Directory foresee(Directory before, const Event& push) {
    Applier(before).put(push);
    return before;
}

}  // namespace treeline
