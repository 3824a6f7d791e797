// May this user change what a role gives in an org?
#include "broker/authority/permit_rules.hpp"
#include "broker/domain/followers.hpp"

namespace treeline {
namespace {

// The orgs below whose set of the role is linked change with it: what that gives in each of them
// must be held there. (What it gives below them it gives below `top`, which has been asked.)
Objection may_change_followers(const Asker& asker, const Org& top, RoleId role,
                               const Replacing& change) {
    if (holds_below(asker, top, change.before.here | change.added.here)) {
        return std::nullopt;  // the common case: no org needs to be looked at
    }
    Objection objection;
    visit_followers(asker.directory, top.id, role, [&](OrgId id) {
        if (id == top.id || objection) {
            return !objection;
        }
        const Org& org = *asker.directory.org(id);
        if (sees_org(asker.directory, asker.user, id, asker.now)) {
            objection = acts_upward(asker, org, {change.before.here, {}});
        }
        if (!objection) {
            objection = may_add(asker, org, {change.added.here, {}}, asker.now);
        }
        return !objection;
    });
    return objection;
}

}  // namespace

Objection permit_on(const Asker& asker, const PutPermissions& command) {
    const Directory& directory = asker.directory;
    const Org* org = directory.org(command.org);
    if (org == nullptr || !sees_org(directory, asker.user, command.org, asker.now) ||
        directory.role(org->root, command.role) == nullptr) {
        return unseen();
    }
    if (auto objection = need(asker, command.org, Permission::roles_edit)) {
        return objection;
    }
    const Replacing change =
        replacing(directory.permissions(command.org, command.role), command.permissions);
    if (auto objection = acts_upward(asker, *org, change.before)) {
        return objection;
    }
    if (auto objection = may_add(asker, *org, change.added, asker.now)) {
        return objection;
    }
    return may_change_followers(asker, *org, command.role, change);
}

}  // namespace treeline
