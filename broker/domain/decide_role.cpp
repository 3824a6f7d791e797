// The rules for custom roles (tenancy.md §3).
#include "broker/domain/decide_rules.hpp"
#include "broker/domain/text.hpp"

namespace treeline {
namespace {

constexpr std::size_t roles_max = 64;  // of a tree: every org holds a set of each

// Roles are made, named and deleted at the root of their tree.
const Org* root_of(const Scene& scene, OrgId id) {
    const Org* org = scene.directory.org(id);
    return org != nullptr && org->parent == OrgId{} ? org : nullptr;
}

Objection check_role_name(const Scene& scene, OrgId root, RoleId self, const std::string& name) {
    if (auto objection = check_name(scene, name)) {
        return objection;
    }
    for (const RoleRecord& role : scene.directory.roles(root)) {
        if (role.id != self && fold_name(role.name) == fold_name(name)) {
            return refuse(RefusalCode::name_taken, "A role with this name exists.");
        }
    }
    return std::nullopt;
}

// Those with the role change over in the same entry: at no moment are they without one.
void replace_in_memberships(const Scene& scene, const DeleteRole& command, Decision& made) {
    scene.directory.all_memberships(MembershipId{}, [&](const Membership& membership) {
        const Org* org = scene.directory.org(membership.org);
        if (org != nullptr && org->root == command.root && membership.role == command.role) {
            MembershipRecord next = membership;
            next.role = command.replacement;
            made.change.events.emplace_back(MembershipPut{next});
        }
        return true;
    });
}

}  // namespace

Decided<Decision> decide_on(const Scene& scene, const CreateRole& command) {
    const Org* root = root_of(scene, command.root);
    if (root == nullptr) {
        return refuse(RefusalCode::not_found);
    }
    if (auto objection = check_role_name(scene, root->id, RoleId{}, command.name)) {
        return *objection;
    }
    if (scene.directory.roles(root->id).size() >= roles_max) {
        return refuse(RefusalCode::invalid, "The tree has as many roles as it can have.");
    }
    const RoleId role = scene.directory.next_role(root->id);
    return decision(number(role), RolePut{{root->id, role, command.name}});
}

Decided<Decision> decide_on(const Scene& scene, const RenameRole& command) {
    const Org* root = root_of(scene, command.root);
    const RoleRecord* role =
        root == nullptr ? nullptr : scene.directory.role(root->id, command.role);
    if (role == nullptr) {
        return refuse(RefusalCode::not_found);
    }
    if (role->name == command.name) {
        return unchanged(number(role->id));
    }
    if (auto objection = check_role_name(scene, root->id, role->id, command.name)) {
        return *objection;
    }
    return decision(number(role->id), RolePut{{root->id, role->id, command.name}});
}

Decided<Decision> decide_on(const Scene& scene, const DeleteRole& command) {
    const Org* root = root_of(scene, command.root);
    if (root == nullptr || scene.directory.role(root->id, command.role) == nullptr) {
        return refuse(RefusalCode::not_found);
    }
    if (command.role == role_admin) {
        return refuse(RefusalCode::invalid, "Admin can't be deleted.");
    }
    const bool has_replacement = command.replacement != RoleId{};
    if (has_replacement && (command.replacement == command.role ||
                            scene.directory.role(root->id, command.replacement) == nullptr)) {
        return refuse(RefusalCode::invalid, "The replacement is no other role of this tree.");
    }
    Decision made{Change{}, number(command.role)};
    replace_in_memberships(scene, command, made);
    if (!has_replacement && !made.change.events.empty()) {
        return refuse(RefusalCode::role_in_use, "The role is in use: name a replacement.");
    }
    made.change.events.emplace_back(RoleRemoved{root->id, command.role});
    return made;
}

}  // namespace treeline
