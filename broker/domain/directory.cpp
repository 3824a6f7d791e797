// Directory: its questions. Changes are made in apply.cpp.
#include "broker/domain/directory.hpp"

#include <algorithm>

#include "broker/domain/tables.hpp"
#include "broker/domain/text.hpp"

namespace treeline {

std::string child_key(OrgId parent, std::string_view folded_name) {
    return std::to_string(number(parent)).append("/").append(folded_name);
}

std::uint64_t Directory::tree_revision(OrgId root) const {
    const Tree* tree = found(trees_, number(root));
    return tree == nullptr ? 0 : tree->revision;
}

std::uint64_t Directory::org_changed_at(OrgId org) const {
    const OrgMarks* const marks = org_marks_.find(number(org));
    return marks == nullptr ? 0 : marks->changed_at;
}

std::uint64_t Directory::rights_changed_at(OrgId org) const {
    const OrgMarks* const marks = org_marks_.find(number(org));
    return marks == nullptr ? 0 : marks->rights_changed_at;
}

std::uint64_t Directory::roles_changed_at(OrgId root) const {
    const Tree* tree = found(trees_, number(root));
    return tree == nullptr ? 0 : tree->roles_changed_at;
}

const Org* Directory::org(OrgId id) const {
    return found(orgs_, number(id));
}
const User* Directory::user(UserId id) const {
    return found(users_, number(id));
}
const Membership* Directory::membership(MembershipId id) const {
    return found(memberships_, number(id));
}
const Device* Directory::device(DeviceId id) const {
    return found(devices_, number(id));
}
const LoginRecord* Directory::login(LoginId id) const {
    return found(logins_, number(id));
}

std::vector<const Org*> Directory::orgs(const std::vector<OrgId>& ids) const {
    return all_found(orgs_, ids);
}
std::vector<const User*> Directory::users(const std::vector<UserId>& ids) const {
    return all_found(users_, ids);
}
std::vector<const Membership*> Directory::memberships(const std::vector<MembershipId>& ids) const {
    return all_found(memberships_, ids);
}
std::vector<std::size_t> Directory::membership_counts(const std::vector<UserId>& of) const {
    std::vector<std::size_t> counts(of.size());
    std::ranges::transform(memberships_of_.find_all(numbers(of)), counts.begin(),
                           [](const NumberSet* ids) { return ids == nullptr ? 0 : ids->size(); });
    return counts;
}

const RoleRecord* Directory::role(OrgId root, RoleId id) const {
    const Tree* tree = found(trees_, number(root));
    if (tree == nullptr) {
        return nullptr;
    }
    const auto role = tree->roles.find(id);
    return role == tree->roles.end() ? nullptr : &role->second;
}

std::vector<RoleRecord> Directory::roles(OrgId root) const {
    std::vector<RoleRecord> result;
    if (const Tree* tree = found(trees_, number(root))) {
        for (const auto& [id, role] : tree->roles) {
            result.push_back(role);
        }
    }
    return result;
}

RoleId Directory::next_role(OrgId root) const {
    const Tree* tree = found(trees_, number(root));
    return tree == nullptr ? RoleId{} : tree->next_role;
}

const Directory::RoleSet* Directory::role_set(OrgId org, RoleId role) const {
    if (const RoleSets* sets = found(permissions_, number(org))) {
        for (const RoleSet& set : *sets) {
            if (set.role == role) {
                return &set;
            }
        }
    }
    return nullptr;
}

PermissionSet Directory::permissions(OrgId org, RoleId role) const {
    const RoleSet* set = role_set(org, role);
    return set == nullptr ? PermissionSet{} : set->permissions;
}
bool Directory::is_linked(OrgId org, RoleId role) const {
    const RoleSet* set = role_set(org, role);
    return set != nullptr && set->is_linked;
}
RoleValue Directory::role_value(OrgId org, RoleId role) const {
    const RoleSet* set = role_set(org, role);
    return set == nullptr ? RoleValue{} : RoleValue{set->permissions, set->is_linked};
}
const PushRecord* Directory::last_push(OrgId org) const {
    return found(pushes_, number(org));
}
const TransferRecord* Directory::transfer(TransferId id) const {
    return found(transfers_, number(id));
}
const KeptAnswer* Directory::kept_answer(const TokenHash& key) const {
    return found_by(answers_by_key_, key, answers_,
                    [&](const KeptAnswer& answer) { return answer.key == key; });
}
const Membership* Directory::invitation_by_token(const TokenHash& token) const {
    return found_by(invitations_by_token_, token, memberships_, [&](const Membership& membership) {
        return membership.invite && membership.invite->token == token;
    });
}
const User* Directory::user_by_reset(const TokenHash& token) const {
    return found_by(users_by_reset_, token, users_,
                    [&](const User& user) { return user.reset && user.reset->token == token; });
}

const User* Directory::user_by_email(std::string_view folded_email) const {
    return found_by(users_by_email_, folded_email, users_,
                    [&](const User& user) { return user.email == folded_email; });
}
const Device* Directory::device_by_token(const TokenHash& token) const {
    return found_by(devices_by_token_, token, devices_, [&](const Device& device) {
        return device.token == token || (device.staged_token && *device.staged_token == token);
    });
}
const LoginRecord* Directory::login_by_access(const TokenHash& access) const {
    return found_by(logins_by_access_, access, logins_,
                    [&](const LoginRecord& login) { return login.access == access; });
}
const LoginRecord* Directory::login_by_refresh(const TokenHash& refresh) const {
    return found_by(logins_by_refresh_, refresh, logins_,
                    [&](const LoginRecord& login) { return login.refresh == refresh; });
}
const LoginRecord* Directory::login_by_spent_refresh(const TokenHash& refresh) const {
    return found_by(logins_by_spent_, refresh, logins_, [&](const LoginRecord& login) {
        const auto& spent = login.spent_refreshes;
        return std::find(spent.begin(), spent.end(), refresh) != spent.end();
    });
}

OrgId Directory::child_named(OrgId parent, std::string_view folded_name) const {
    const Org* child = found_by(
        children_by_name_, child_key(parent, folded_name), orgs_,
        [&](const Org& org) { return org.parent == parent && fold_name(org.name) == folded_name; });
    return child == nullptr ? OrgId{} : child->id;
}

std::vector<const Membership*> Directory::invitations_to(std::string_view folded_email) const {
    std::vector<const Membership*> result;
    if (const NumberSet* ids = invitations_.find(folded_email)) {
        ids->visit(0, [&](std::uint64_t id) {
            result.push_back(found(memberships_, id));
            return true;
        });
    }
    return result;
}

MembershipId Directory::membership_of(UserId user, OrgId org) const {
    MembershipId result{};
    const auto look = [&](const Membership& membership) {
        if (membership.org == org) {
            result = membership.id;
        }
        return result == MembershipId{};
    };
    visit_index(memberships_of_, number(user), 0, memberships_, look);
    return result;
}

bool Directory::is_within(OrgId org_id, OrgId above_id) const {
    const Org* below = org(org_id);
    const Org* above = org(above_id);
    if (below == nullptr || above == nullptr) {
        return false;
    }
    const std::size_t depth = above->ancestors.size();
    return org_id == above_id ||
           (depth < below->ancestors.size() && below->ancestors[depth] == above_id);
}

std::vector<OrgId> Directory::roots() const {
    std::vector<OrgId> result;
    trees_.visit(0, [&](std::uint64_t id, const auto&) {
        result.push_back(OrgId{id});
        return true;
    });
    return result;
}

std::vector<const Membership*> Directory::memberships_of(UserId user) const {
    std::vector<const Membership*> result;
    const auto collect = [&](const Membership& membership) {
        result.push_back(&membership);
        return true;
    };
    visit_index(memberships_of_, number(user), 0, memberships_, collect);
    return result;
}

}  // namespace treeline
