// What a user may see, as questions about one thing.
#include "broker/authority/visible.hpp"

#include "broker/authority/walk.hpp"

namespace treeline {

bool sees_org(const Directory& directory, UserId viewer, OrgId org, UnixTime now) {
    const Org* found = directory.org(org);
    if (found == nullptr || !is_active(directory, viewer)) {
        return false;
    }
    bool sees = false;
    walk(directory, viewer, *found, now,
         [&](const Standing& standing) { sees = sees || standing.reach != Reach::none; });
    return sees;
}

namespace {

// `at`: the viewer's permissions in an org.
template <class At>
bool sees_user_by(const Directory& directory, UserId viewer, UserId user, At&& at) {
    if (!is_active(directory, viewer)) {
        return false;
    }
    if (viewer == user) {
        return true;
    }
    bool sees = false;
    directory.memberships(user, [&](const Membership& membership) {
        // A pending one is an offer by whoever made it, and shows him nobody.
        sees = membership.status == MembershipStatus::active &&
               contains(at(membership.org), Permission::users_view);
        return !sees;
    });
    return sees;
}

}  // namespace

bool sees_user(const Directory& directory, UserId viewer, UserId user, UnixTime now) {
    return sees_user_by(directory, viewer, user, [&](OrgId org) {
        return org_permissions(directory, viewer, org, now).permissions;
    });
}

bool Viewer::sees(UserId user) {
    return sees_user_by(directory_, viewer_, user, [&](OrgId org) { return at(org); });
}

bool Viewer::sees(DeviceId device) {
    const Device* const found = directory_.device(device);
    return found != nullptr &&
           contains(rights_on(at(found->org), found->owner == viewer_), DeviceRight::view);
}

const PermissionSet& Viewer::at(OrgId org) {
    const auto [place, is_new] = known_.try_emplace(org);
    const Org* const found = is_new ? directory_.org(org) : nullptr;
    if (found != nullptr) {
        place->second = grants_at(directory_, viewer_, *found, now_).permissions;
    }
    return place->second;
}

bool sees_device(const Directory& directory, UserId viewer, DeviceId device, UnixTime now) {
    return contains(device_rights(directory, viewer, device, now).rights, DeviceRight::view);
}

bool sees_membership(const Directory& directory, UserId viewer, MembershipId membership,
                     UnixTime now) {
    const Membership* found = directory.membership(membership);
    if (found == nullptr || !is_active(directory, viewer)) {
        return false;
    }
    return found->user == viewer ||
           contains(org_permissions(directory, viewer, found->org, now).permissions,
                    Permission::users_view);
}

Hidden hidden(const Directory& directory, OrgId standing, OrgId other) {
    const bool is_above = standing != other && directory.is_within(standing, other);
    return is_above ? Hidden::above : Hidden::outside;
}

bool covers(const Directory& directory, const Scope& scope, const Device& device) {
    switch (scope.kind) {
        case Scope::Kind::device:
            return scope.device == device.id;
        case Scope::Kind::org:
            return scope.org == device.org;
        case Scope::Kind::subtree:
            return directory.is_within(device.org, scope.org);
    }
    return false;
}

}  // namespace treeline
