// The rules for changing, moving, suspending and deleting orgs (tenancy.md §1).
#include <algorithm>

#include "broker/domain/decide_rules.hpp"
#include "broker/domain/text.hpp"

namespace treeline {
namespace {

Refusal root_refused() {
    return refuse(RefusalCode::root, "A root is not changed so over the API.");
}

OrgRecord patched(const Org& org, const PatchOrg& command) {
    OrgRecord next = org;
    next.name = command.name.value_or(org.name);
    next.kind = command.kind.value_or(org.kind);
    next.can_create_suborgs = command.can_create_suborgs.value_or(org.can_create_suborgs);
    next.timezone = command.timezone.value_or(org.timezone);
    next.description = command.description.value_or(org.description);
    next.metadata = command.metadata.value_or(org.metadata);
    next.domains = command.domains.value_or(org.domains);
    return next;
}

Objection check_patch(const Scene& scene, const Org& org, const OrgRecord& next) {
    if (auto objection = check_org_values(scene, next)) {
        return objection;
    }
    const bool rests_on_parent = next.name != org.name || next.kind != org.kind ||
                                 next.can_create_suborgs != org.can_create_suborgs;
    if (org.parent == OrgId{}) {
        return rests_on_parent ? Objection(root_refused()) : std::nullopt;
    }
    if (next.kind == OrgKind::root) {
        return refuse(RefusalCode::invalid, "A root is made on the server's host only.");
    }
    const OrgId named = scene.directory.child_named(org.parent, fold_name(next.name));
    if (named != OrgId{} && named != org.id) {
        return refuse(RefusalCode::name_taken, "A sub-org with this name exists.");
    }
    return std::nullopt;
}

// How many levels stand below the org.
std::size_t height_of(const Directory& directory, OrgId org) {
    std::size_t height = 0;
    directory.children(org, OrgId{}, [&](OrgId child) {
        height = std::max(height, height_of(directory, child) + 1);
        return true;
    });
    return height;
}

Objection check_move(const Scene& scene, const Org& org, const Org& parent) {
    if (org.parent == OrgId{}) {
        return root_refused();
    }
    if (org.root != parent.root) {
        return refuse(RefusalCode::cross_tree, "An org moves inside its own tree only.");
    }
    if (scene.directory.is_within(parent.id, org.id)) {
        return refuse(RefusalCode::cycle, "An org can't stand below itself.");
    }
    if (parent.id == org.parent) {
        return refuse(RefusalCode::already_there, "It stands there already.");
    }
    if (!parent.can_create_suborgs) {
        return refuse(RefusalCode::suborgs_off, "The new parent can't have sub-orgs.");
    }
    const std::size_t depth = parent.ancestors.size() + 2 + height_of(scene.directory, org.id);
    if (depth > scene.limits.depth_max) {
        return refuse(RefusalCode::too_deep, "The tree would be too deep.");
    }
    if (scene.directory.child_named(parent.id, fold_name(org.name)) != OrgId{}) {
        return refuse(RefusalCode::name_taken, "A sub-org with this name exists there.");
    }
    return std::nullopt;
}

// What it followed is another's now: the values stay, the links end.
void end_links(const Scene& scene, const Org& org, Decision& made) {
    for (const RoleRecord& role : scene.directory.roles(org.root)) {
        if (scene.directory.is_linked(org.id, role.id)) {
            const PermissionSet held = scene.directory.permissions(org.id, role.id);
            made.change.events.emplace_back(PermissionsPut{{org.id, role.id, held}});
        }
    }
}

Decided<Decision> put_status(const Scene& scene, OrgId id, OrgStatus status) {
    const Org* org = scene.directory.org(id);
    if (org == nullptr) {
        return refuse(RefusalCode::not_found);
    }
    if (org->parent == OrgId{}) {
        return root_refused();
    }
    if (org->status == status) {
        return unchanged(number(id));
    }
    OrgRecord next = *org;
    next.status = status;
    return decision(number(id), OrgPut{next});
}

bool is_empty(const Directory& directory, OrgId org) {
    bool empty = true;
    directory.children(org, OrgId{}, [&](OrgId) { return empty = false; });
    directory.devices(org, DeviceId{}, [&](const Device&) { return empty = false; });
    return empty;
}

}  // namespace

Decided<Decision> decide_on(const Scene& scene, const PatchOrg& command) {
    const Org* org = scene.directory.org(command.org);
    if (org == nullptr) {
        return refuse(RefusalCode::not_found);
    }
    if (auto objection =
            check_if_match(command.if_match, scene.directory.org_changed_at(org->id))) {
        return *objection;
    }
    const OrgRecord next = patched(*org, command);
    if (next == *org) {
        return unchanged(number(org->id));
    }
    if (auto objection = check_patch(scene, *org, next)) {
        return *objection;
    }
    return decision(number(org->id), OrgPut{next});
}

Decided<Decision> decide_on(const Scene& scene, const MoveOrg& command) {
    const Org* org = scene.directory.org(command.org);
    const Org* parent = scene.directory.org(command.parent);
    if (org == nullptr || parent == nullptr) {
        return refuse(RefusalCode::not_found);
    }
    if (auto objection = check_move(scene, *org, *parent)) {
        return *objection;
    }
    OrgRecord next = *org;
    next.parent = parent->id;
    Decision made = decision(number(org->id), OrgPut{next});
    end_links(scene, *org, made);
    cancel_offers_below(scene, org->id, made);
    return made;
}

Decided<Decision> decide_on(const Scene& scene, const SuspendOrg& command) {
    return put_status(scene, command.org, OrgStatus::suspended);
}

Decided<Decision> decide_on(const Scene& scene, const ResumeOrg& command) {
    return put_status(scene, command.org, OrgStatus::active);
}

Decided<Decision> decide_on(const Scene& scene, const DeleteOrg& command) {
    const Org* org = scene.directory.org(command.org);
    if (org == nullptr) {
        return refuse(RefusalCode::not_found);
    }
    if (auto objection =
            check_if_match(command.if_match, scene.directory.org_changed_at(org->id))) {
        return *objection;
    }
    if (org->parent == OrgId{}) {
        return root_refused();
    }
    if (!is_empty(scene.directory, org->id)) {
        return refuse(RefusalCode::not_empty, "It has devices or sub-orgs.");
    }
    Decision made{Change{}, number(org->id)};
    cancel_offers_to(scene, org->id, made);
    // Invitations are memberships as well, and end with the others.
    scene.directory.members(org->id, MembershipId{}, [&](const Membership& membership) {
        made.change.events.emplace_back(MembershipRemoved{membership.id});
        move_home(scene, membership, made);
        return true;
    });
    made.change.events.emplace_back(OrgRemoved{org->id});
    return made;
}

}  // namespace treeline
