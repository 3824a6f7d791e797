// May this user change, move, suspend or delete an org? The right comes from its parent.
#include "broker/authority/permit_rules.hpp"

namespace treeline {
namespace {

// `permission` at the org's parent. Its own members see the org but not the parent: 403, and the
// parent is not spoken of. A root has none: whoever sees it is told by decide that it is a root.
Objection need_at_parent(const Asker& asker, OrgId id, Permission permission) {
    const Directory& directory = asker.directory;
    if (!sees_org(directory, asker.user, id, asker.now)) {
        return unseen();
    }
    const Org& org = *directory.org(id);
    if (org.parent == OrgId{}) {
        return need(asker, id, permission);
    }
    const Grants grants = grants_at(directory, asker.user, *directory.org(org.parent), asker.now);
    if (contains(grants.permissions, permission)) {
        return std::nullopt;
    }
    if (sees_org(directory, asker.user, org.parent, asker.now)) {
        return org_refusal(directory, asker.user, org.parent, permission, asker.now);
    }
    return forbidden("You may see this organization, but not do this.", permission);
}

bool rests_on_parent(const PatchOrg& command) {
    return command.name || command.kind || command.can_create_suborgs;
}

bool is_setting(const PatchOrg& command) {
    return command.timezone || command.description || command.metadata || command.domains;
}

}  // namespace

Objection permit_on(const Asker& asker, const PatchOrg& command) {
    if (!sees_org(asker.directory, asker.user, command.org, asker.now)) {
        return unseen();
    }
    if (rests_on_parent(command)) {
        if (auto objection = need_at_parent(asker, command.org, Permission::suborgs_edit)) {
            return objection;
        }
    }
    if (is_setting(command) || !rests_on_parent(command)) {
        return need(asker, command.org, Permission::org_settings);
    }
    return std::nullopt;
}

Objection permit_on(const Asker& asker, const MoveOrg& command) {
    if (!sees_org(asker.directory, asker.user, command.org, asker.now) ||
        !sees_org(asker.directory, asker.user, command.parent, asker.now)) {
        return unseen();
    }
    if (auto objection = need_at_parent(asker, command.org, Permission::suborgs_move)) {
        return objection;
    }
    return need(asker, command.parent, Permission::suborgs_create);
}

Objection permit_on(const Asker& asker, const SuspendOrg& command) {
    return need_at_parent(asker, command.org, Permission::suborgs_suspend);
}

Objection permit_on(const Asker& asker, const ResumeOrg& command) {
    return need_at_parent(asker, command.org, Permission::suborgs_suspend);
}

Objection permit_on(const Asker& asker, const DeleteOrg& command) {
    return need_at_parent(asker, command.org, Permission::suborgs_delete);
}

}  // namespace treeline
