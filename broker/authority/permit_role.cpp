// May this user make, rename or delete a role of the tree?
#include "broker/authority/permit_rules.hpp"

namespace treeline {
namespace {

// Roles stand at the root of their tree: asked for anywhere else, they are not there.
Objection need_at_root(const Asker& asker, OrgId root, Permission permission) {
    const Org* org = asker.directory.org(root);
    if (org == nullptr || org->parent != OrgId{}) {
        return unseen();
    }
    return need(asker, root, permission);
}

// Asks `may` of the org and of each below it, until one objects.
template <class May>
Objection in_every_org(const Asker& asker, OrgId top, May&& may) {
    std::vector<OrgId> waiting{top};
    while (!waiting.empty()) {
        const OrgId id = waiting.back();
        waiting.pop_back();
        if (auto objection = may(*asker.directory.org(id))) {
            return objection;
        }
        asker.directory.children(id, OrgId{}, [&](OrgId child) {
            waiting.push_back(child);
            return true;
        });
    }
    return std::nullopt;
}

}  // namespace

Objection permit_on(const Asker& asker, const CreateRole& command) {
    return need_at_root(asker, command.root, Permission::roles_create);
}

Objection permit_on(const Asker& asker, const RenameRole& command) {
    if (auto objection = need_at_root(asker, command.root, Permission::roles_edit)) {
        return objection;
    }
    return asker.directory.role(command.root, command.role) == nullptr ? Objection(unseen())
                                                                       : std::nullopt;
}

// The role is taken from all who have it and the replacement given to them, wherever they are.
Objection permit_on(const Asker& asker, const DeleteRole& command) {
    if (auto objection = need_at_root(asker, command.root, Permission::roles_delete)) {
        return objection;
    }
    if (asker.directory.role(command.root, command.role) == nullptr) {
        return unseen();
    }
    return in_every_org(asker, command.root, [&](const Org& org) {
        const Directory& directory = asker.directory;
        if (auto objection =
                acts_upward(asker, org, giving(directory.permissions(org.id, command.role)))) {
            return objection;
        }
        const Giving given = giving(directory.permissions(org.id, command.replacement));
        return may_add(asker, org, given, asker.now);
    });
}

}  // namespace treeline
