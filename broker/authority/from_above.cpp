// What the viewer's own membership in an org gives, without the ones above it.
#include "broker/authority/from_above.hpp"

#include "broker/authority/walk.hpp"

namespace treeline {
namespace {

// nullopt: no live membership there.
std::optional<PermissionSet> own_here(const Directory& directory, UserId viewer, OrgId org,
                                      UnixTime now) {
    const Membership* const membership = directory.membership(directory.membership_of(viewer, org));
    if (membership == nullptr || !is_live(directory, *membership, now)) {
        return std::nullopt;
    }
    return effective(directory.permissions(org, membership->role));
}

}  // namespace

bool looks_from_above(const Directory& directory, UserId viewer, OrgId org,
                      std::optional<Permission> permission, UnixTime now) {
    const auto own = own_here(directory, viewer, org, now);
    return !own || (permission && !contains(*own, *permission));
}

bool looks_from_above(const Directory& directory, UserId viewer, const Device& device,
                      DeviceRight right, UnixTime now) {
    const auto own = own_here(directory, viewer, device.org, now);
    return !own || !contains(rights_on(*own, device.owner == viewer), right);
}

OrgId looks_from_above(const Directory& directory, UserId viewer, UserId user, UnixTime now) {
    const User* const found = directory.user(user);
    OrgId looked_at{};
    bool is_own = viewer == user || found == nullptr;
    directory.memberships(user, [&](const Membership& membership) {
        const auto own = own_here(directory, viewer, membership.org, now);
        is_own = is_own || (own && contains(*own, Permission::users_view));
        const bool is_in_reach =
            contains(org_permissions(directory, viewer, membership.org, now).permissions,
                     Permission::users_view);
        if (is_in_reach && (looked_at == OrgId{} || membership.id == found->home)) {
            looked_at = membership.org;
        }
        return !is_own;
    });
    return is_own ? OrgId{} : looked_at;
}

}  // namespace treeline
