// The pairs of a push: one walk down the tree, grouped by what happens to them.
#include "broker/domain/push.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "broker/domain/followers.hpp"

namespace treeline {
namespace {

// A linked one follows whatever was put above it since; it is the link that was pushed.
bool still_stands(const Directory& directory, OrgId org, const PushGroup& group) {
    const RoleValue value = directory.role_value(org, group.role);
    return group.after.is_linked ? value.is_linked : value == group.after;
}

// Collects pairs that change alike. 100,000 orgs have few distinct values.
class Grouping {
  public:
    void add(RoleId role, const RoleValue& before, const RoleValue& after, OrgId org) {
        const auto [at, is_new] = places_.try_emplace(Key{role, before, after}, groups_.size());
        if (is_new) {
            groups_.push_back({role, before, after, {}});
        }
        groups_[at->second].orgs.push_back(org);
    }
    std::vector<PushGroup> take() { return std::move(groups_); }

  private:
    struct Key {
        RoleId role{};
        RoleValue before, after;
        bool operator==(const Key&) const = default;
    };
    struct Hash {
        std::size_t operator()(const Key& key) const {
            const std::hash<PermissionSet> hash;
            return 31 * (31 * number(key.role) + hash(key.before.permissions)) +
                   hash(key.after.permissions);
        }
    };
    std::unordered_map<Key, std::size_t, Hash> places_;
    std::vector<PushGroup> groups_;
};

RoleValue pushed(PushMode mode, const PermissionSet& set, const RoleValue& before) {
    switch (mode) {
        case PushMode::overwrite:
            return {set, false};
        case PushMode::merge:
            return {before.permissions | set, false};
        case PushMode::link:
            return {set, true};
    }
    return before;
}

std::vector<RoleId> roles_of(const Directory& directory, const Push& command) {
    std::vector<RoleId> roles = command.roles;
    if (roles.empty()) {
        for (const RoleRecord& role : directory.roles(directory.org(command.org)->root)) {
            roles.push_back(role.id);
        }
    }
    std::sort(roles.begin(), roles.end());
    roles.erase(std::unique(roles.begin(), roles.end()), roles.end());
    return roles;
}

// Calls visit(OrgId) for every org below `top`, parents before their children.
template <class Visit>
void visit_below(const Directory& directory, OrgId top, Visit&& visit) {
    std::vector<OrgId> waiting{top};
    for (std::size_t next = 0; next < waiting.size(); ++next) {
        directory.children(waiting[next], OrgId{}, [&](OrgId child) {
            visit(child);
            waiting.push_back(child);
            return true;
        });
    }
}

}  // namespace

std::vector<PushGroup> push_groups(const Directory& directory, const Push& command) {
    Grouping grouping;
    const std::vector<RoleId> roles = roles_of(directory, command);
    std::vector<PermissionSet> sets;  // of each of the roles
    for (const RoleId role : roles) {
        sets.push_back(directory.permissions(command.org, role));
    }
    visit_below(directory, command.org, [&](OrgId org) {
        for (std::size_t i = 0; i < roles.size(); ++i) {
            const RoleValue before = directory.role_value(org, roles[i]);
            const RoleValue after = pushed(command.mode, sets[i], before);
            if (after != before) {
                grouping.add(roles[i], before, after, org);
            }
        }
    });
    return grouping.take();
}

Undoing undo_groups(const Directory& directory, OrgId org) {
    Undoing undoing;
    const PushRecord* push = directory.last_push(org);
    if (push == nullptr) {
        return undoing;
    }
    const std::size_t depth = directory.org(org)->ancestors.size();
    const auto is_below = [&](const Org* pushed_to) {
        return pushed_to != nullptr && depth < pushed_to->ancestors.size() &&
               pushed_to->ancestors[depth] == org;
    };
    for (const PushGroup& group : push->groups) {
        PushGroup restored{group.role, group.after, group.before, {}};
        const std::vector<const Org*> found = directory.orgs(group.orgs);
        for (std::size_t i = 0; i < group.orgs.size(); ++i) {
            const OrgId pushed_to = group.orgs[i];
            if (is_below(found[i]) && still_stands(directory, pushed_to, group)) {
                restored.orgs.push_back(pushed_to);
            } else {
                undoing.kept.push_back({pushed_to, group.role});
            }
        }
        if (!restored.orgs.empty()) {
            undoing.groups.push_back(std::move(restored));
        }
    }
    return undoing;
}

std::vector<PushGroup> undo_effect(const Directory& before, const Directory& after,
                                   const std::vector<PushGroup>& groups) {
    std::map<RoleId, SeenOrgs> named;  // and what follows them, once it has been come to
    for (const PushGroup& group : groups) {
        SeenOrgs& of_role = named.try_emplace(group.role, after).first->second;
        for (const OrgId org : group.orgs) {
            of_role.add(org);
        }
    }
    Grouping grouping;
    for (const PushGroup& group : groups) {
        SeenOrgs& of_role = named.at(group.role);
        for (const OrgId top : group.orgs) {
            visit_followers(after, top, group.role, [&](OrgId org) {
                const RoleValue was = before.role_value(org, group.role);
                const RoleValue is = after.role_value(org, group.role);
                if (org != top && (was == is || !of_role.add(org))) {
                    return false;
                }
                grouping.add(group.role, was, is, org);
                return was.permissions != is.permissions;
            });
        }
    }
    return grouping.take();
}

}  // namespace treeline
