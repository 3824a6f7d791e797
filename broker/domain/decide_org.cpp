// The rules for making roots and orgs (tenancy.md §1).
#include "broker/domain/decide_rules.hpp"
#include "broker/domain/text.hpp"

namespace treeline {
namespace {

constexpr std::size_t timezone_size_max = 64;
constexpr std::size_t description_size_max = 4096;

OrgRecord new_root(const Scene& scene, const CreateRoot& command) {
    OrgRecord org;
    org.id = OrgId{scene.directory.next().next_org};
    org.name = command.name;
    org.kind = OrgKind::root;
    org.can_create_suborgs = true;
    org.created_at = scene.now;
    return org;
}

void add_default_roles(Decision& made, OrgId root) {
    const auto add = [&](RoleId role, const char* role_name) {
        made.change.events.emplace_back(RolePut{{root, role, role_name}});
        made.change.events.emplace_back(PermissionsPut{{root, role, default_permissions(role)}});
    };
    add(role_admin, "Admin");
    add(role_staff, "Staff");
    add(role_user, "User");
}

// An address that is known keeps its account as it is; only one without a home gets this one.
UserRecord root_admin(const Scene& scene, const CreateRoot& command, const std::string& email,
                      MembershipId membership) {
    UserRecord user;
    if (const User* known = scene.directory.user_by_email(email)) {
        user = *known;
    } else {
        user.id = UserId{scene.directory.next().next_user};
        user.email = email;
        user.name = command.admin_name;
        user.timezone = "UTC";
        user.password_verifier = command.password_verifier;
        user.created_at = scene.now;
    }
    if (user.home == MembershipId{}) {
        user.home = membership;
    }
    return user;
}

Objection check_root(const Scene& scene, const CreateRoot& command) {
    if (auto objection = check_name(scene, command.name)) {
        return objection;
    }
    if (auto objection = check_name(scene, command.admin_name)) {
        return objection;
    }
    if (!fold_email(command.admin_email)) {
        return refuse(RefusalCode::invalid, "That is not an e-mail address.");
    }
    return std::nullopt;
}

Objection check_place(const Scene& scene, const Org& parent, const std::string& name) {
    if (!parent.can_create_suborgs) {
        return refuse(RefusalCode::suborgs_off, "This org can't have sub-orgs.");
    }
    const std::size_t depth = parent.ancestors.size() + 2;  // the root is 1
    if (depth > scene.limits.depth_max) {
        return refuse(RefusalCode::too_deep, "The tree would be too deep.");
    }
    if (scene.directory.child_named(parent.id, fold_name(name)) != OrgId{}) {
        return refuse(RefusalCode::name_taken, "A sub-org with this name exists.");
    }
    return std::nullopt;
}

OrgRecord new_org(const Scene& scene, const CreateOrg& command) {
    OrgRecord org;
    org.id = OrgId{scene.directory.next().next_org};
    org.parent = command.parent;
    org.name = command.name;
    org.kind = command.kind;
    org.can_create_suborgs = command.can_create_suborgs;
    org.timezone = command.timezone;
    org.description = command.description;
    org.created_at = scene.now;
    org.metadata = command.metadata;
    return org;
}

}  // namespace

Objection check_org_values(const Scene& scene, const OrgRecord& org) {
    if (auto objection = check_name(scene, org.name)) {
        return objection;
    }
    if (!is_valid_name(org.timezone, timezone_size_max)) {
        return refuse(RefusalCode::invalid, "That is not a time zone.");
    }
    if (!is_valid_text(org.description, description_size_max)) {
        return refuse(RefusalCode::invalid, "The description is too long or not text.");
    }
    if (auto objection = check_domains(org.domains)) {
        return objection;
    }
    return check_metadata(scene, org.metadata);
}

Decided<Decision> decide_on(const Scene& scene, const CreateRoot& command) {
    if (auto objection = check_root(scene, command)) {
        return *objection;
    }
    const OrgRecord org = new_root(scene, command);
    const std::string email = *fold_email(command.admin_email);
    const MembershipId membership_id{scene.directory.next().next_membership};
    const UserRecord user = root_admin(scene, command, email, membership_id);
    if (user.status != UserStatus::active) {
        return refuse(RefusalCode::user_pending, "This account is not active.");
    }
    if (user.password_verifier.empty()) {
        return refuse(RefusalCode::invalid, "A new admin needs a password.");
    }
    MembershipRecord membership;
    membership.id = membership_id;
    membership.user = user.id;
    membership.org = org.id;
    membership.role = role_admin;
    Decision made = decision(number(org.id), OrgPut{org});
    add_default_roles(made, org.id);
    made.change.events.emplace_back(UserPut{user});
    made.change.events.emplace_back(MembershipPut{membership});
    return made;
}

Decided<Decision> decide_on(const Scene& scene, const CreateOrg& command) {
    const Org* parent = scene.directory.org(command.parent);
    if (parent == nullptr) {
        return refuse(RefusalCode::not_found);
    }
    const OrgRecord org = new_org(scene, command);
    if (org.kind == OrgKind::root) {
        return refuse(RefusalCode::invalid, "A root is made on the server's host only.");
    }
    if (auto objection = check_org_values(scene, org)) {
        return *objection;
    }
    if (auto objection = check_place(scene, *parent, command.name)) {
        return *objection;
    }
    Decision made = decision(number(org.id), OrgPut{org});
    for (const RoleRecord& role : scene.directory.roles(parent->root)) {
        const PermissionSet copied = scene.directory.permissions(parent->id, role.id);
        made.change.events.emplace_back(PermissionsPut{{org.id, role.id, copied}});
    }
    return made;
}

}  // namespace treeline
