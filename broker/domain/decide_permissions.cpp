// The rule for an org's permission sets (tenancy.md §3).
#include "broker/domain/decide_rules.hpp"

namespace treeline {

Decided<Decision> decide_on(const Scene& scene, const PutPermissions& command) {
    const Org* org = scene.directory.org(command.org);
    if (org == nullptr || scene.directory.role(org->root, command.role) == nullptr) {
        return refuse(RefusalCode::not_found);
    }
    // A set has no revision of its own: its org's stands for it (apply stamps the org).
    if (auto objection =
            check_if_match(command.if_match, scene.directory.org_changed_at(org->id))) {
        return *objection;
    }
    const bool keeps_floor = (command.permissions & admin_floor()) == admin_floor();
    if (command.role == role_admin && !keeps_floor) {
        return refuse(RefusalCode::invalid,
                      "Admin always keeps users.*, roles.view, roles.edit and org.settings.");
    }
    // Even the same set ends a link: the org has set its own.
    if (command.permissions == scene.directory.permissions(org->id, command.role) &&
        !scene.directory.is_linked(org->id, command.role)) {
        return unchanged(number(org->id));
    }
    return decision(number(org->id), PermissionsPut{{org->id, command.role, command.permissions}});
}

}  // namespace treeline
