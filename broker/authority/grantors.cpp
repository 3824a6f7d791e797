// Who could grant what is missing (tenancy.md §6, Explain).
#include <algorithm>

#include "broker/authority/authorise.hpp"
#include "broker/authority/walk.hpp"

namespace treeline {
namespace {

using enum Permission;

// Nobody changes the role of his own membership: whoever asks for himself needs somebody else.
bool could_grant(const Directory& directory, UserId user, OrgId org, Permission permission,
                 UnixTime now) {
    if (!contains(held(directory, user, org, now), permission)) {
        return false;
    }
    const PermissionSet may = org_permissions(directory, user, org, now).permissions;
    return contains(may, roles_edit) || contains(may, users_edit) || contains(may, users_invite);
}

}  // namespace

std::vector<Grantor> who_could_grant(const Directory& directory, UserId to, OrgId org,
                                     Permission permission, UnixTime now) {
    std::vector<Grantor> found;
    const Org* const here = directory.org(org);
    if (here == nullptr) {
        return found;
    }
    std::vector<OrgId> on_the_way = here->ancestors;
    on_the_way.push_back(org);
    for (const OrgId at : on_the_way) {
        directory.members(at, MembershipId{}, [&](const Membership& membership) {
            if (membership.user != to && is_live(directory, membership, now) &&
                could_grant(directory, membership.user, org, permission, now)) {
                found.push_back({membership.user, at});
            }
            return true;
        });
    }
    std::ranges::sort(found, [](const Grantor& a, const Grantor& b) {
        return a.user != b.user ? a.user < b.user : a.at < b.at;
    });
    const auto repeated = std::ranges::unique(found, {}, &Grantor::user);
    found.erase(repeated.begin(), repeated.end());
    return found;
}

}  // namespace treeline
