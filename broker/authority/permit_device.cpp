// May this user make, change or delete a device, or give it an owner?
#include "broker/authority/permit_rules.hpp"

namespace treeline {
namespace {

// An owner is named only by those who may see him.
bool sees_owner(const Asker& asker, const std::optional<UserId>& owner) {
    return !owner || (asker.directory.user(*owner) != nullptr &&
                      sees_user(asker.directory, asker.user, *owner, asker.now));
}

}  // namespace

Objection need_on(const Asker& asker, DeviceId device, DeviceRight right) {
    const DeviceRights rights =
        device_rights(asker.directory, asker.user, device, asker.now).rights;
    if (contains(rights, DeviceRight::view) && contains(rights, right)) {
        return std::nullopt;
    }
    return device_refusal(asker.directory, asker.user, device, right, asker.now);
}

Objection permit_on(const Asker& asker, const CreateDevice& command) {
    const Org* org = asker.directory.org(command.org);
    if (org == nullptr || !sees_org(asker.directory, asker.user, command.org, asker.now) ||
        !sees_owner(asker, command.owner)) {
        return unseen();
    }
    const PermissionSet granted =
        grants_at(asker.directory, asker.user, *org, asker.now).permissions;
    const bool is_own = command.owner == asker.user;
    if (contains(granted, Permission::org_devices_provision) ||
        (is_own && contains(granted, Permission::own_devices_provision))) {
        return std::nullopt;
    }
    const MembershipId member = asker.directory.membership_of(asker.user, command.org);
    const bool names_own = is_own && member != MembershipId{};
    return org_refusal(
        asker.directory, asker.user, command.org,
        names_own ? Permission::own_devices_provision : Permission::org_devices_provision,
        asker.now);
}

Objection permit_on(const Asker& asker, const PatchDevice& command) {
    return need_on(asker, command.device, DeviceRight::edit);
}

Objection permit_on(const Asker& asker, const DeleteDevice& command) {
    return need_on(asker, command.device, DeviceRight::remove);
}

Objection permit_on(const Asker& asker, const RotateToken& command) {
    return need_on(asker, command.device, DeviceRight::rotate_token);
}

Objection permit_on(const Asker& asker, const SetOwner& command) {
    if (!sees_device(asker.directory, asker.user, command.device, asker.now) ||
        !sees_owner(asker, command.owner)) {
        return unseen();
    }
    return need_on(asker, command.device, DeviceRight::transfer);
}

}  // namespace treeline
