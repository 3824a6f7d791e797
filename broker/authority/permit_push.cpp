// May this user push an org's sets down its tree, or take that back?
#include "broker/authority/permit_rules.hpp"
#include "broker/domain/push.hpp"

namespace treeline {
namespace {

// As a PUT of each pair: what it takes must be held, or it is an act upward; and what it adds.
Objection may_change(const Asker& asker, const Org& top, const PushGroup& group) {
    const auto [before, added] = replacing(group.before.permissions, group.after.permissions);
    if (holds_below(asker, top, before.here | before.below | added.here | added.below)) {
        return std::nullopt;  // the common case: no org needs to be looked at
    }
    for (const OrgId id : group.orgs) {
        const Org& org = *asker.directory.org(id);
        if (auto objection = acts_upward(asker, org, before)) {
            return objection;
        }
        if (auto objection = may_add(asker, org, added, asker.now)) {
            return objection;
        }
    }
    return std::nullopt;
}

// Then no group is objected to, whatever the groups are: finding them is a walk of the tree.
bool holds_all_below(const Asker& asker, OrgId top) {
    return holds_below(asker, *asker.directory.org(top), PermissionSet().set());
}

// REQUIRES: the groups' orgs are below `top`.
Objection may_change_all(const Asker& asker, OrgId top, const std::vector<PushGroup>& groups) {
    for (const PushGroup& group : groups) {
        if (auto objection = may_change(asker, *asker.directory.org(top), group)) {
            return objection;
        }
    }
    return std::nullopt;
}

}  // namespace

Objection permit_on(const Asker& asker, const Push& command) {
    if (auto objection = need(asker, command.org, Permission::roles_push)) {
        return objection;
    }
    if (holds_all_below(asker, command.org)) {
        return std::nullopt;
    }
    return may_change_all(asker, command.org, push_groups(asker.directory, command));
}

Objection permit_on(const Asker& asker, const UndoPush& command) {
    if (auto objection = need(asker, command.org, Permission::roles_push)) {
        return objection;
    }
    if (holds_all_below(asker, command.org)) {
        return std::nullopt;
    }
    const Event undoing =
        PushPut{{command.org, undo_groups(asker.directory, command.org).groups, true}};
    const Directory after = foresee(asker.directory, undoing);
    return may_change_all(
        asker, command.org,
        undo_effect(asker.directory, after, std::get<PushPut>(undoing).push.groups));
}

}  // namespace treeline
