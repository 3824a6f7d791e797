// May this user change what a role gives in an org?
#include "broker/authority/permit_rules.hpp"

namespace treeline {

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
    const PermissionSet before = directory.permissions(command.org, command.role);
    if (auto objection = acts_upward(asker, *org, giving(before))) {
        return objection;
    }
    Giving added = without(giving(command.permissions), giving(before));
    // A permission that has no effect yet would get it with its prerequisite, unlooked at.
    added.here |= command.permissions & ~before;
    return may_add(asker, *org, added, asker.now);
}

}  // namespace treeline
