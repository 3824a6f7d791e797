// The permission table: every independent switch of tenancy.md §3, prerequisites and defaults.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "broker/domain/ids.hpp"

namespace treeline {

// In the order of the table in tenancy.md §3. Stored by name in the log, so the order may change.
enum class Permission : std::uint8_t {
    own_devices_view,
    own_devices_control,
    own_devices_provision,
    own_devices_edit,
    own_devices_delete,
    own_devices_erase_data,
    own_devices_export,
    own_devices_timeline_view,
    own_devices_timeline_edit,
    own_devices_rotate_token,
    own_devices_transfer,
    org_devices_view,
    org_devices_control,
    org_devices_provision,
    org_devices_edit,
    org_devices_delete,
    org_devices_erase_data,
    org_devices_export,
    org_devices_timeline_view,
    org_devices_timeline_edit,
    org_devices_rotate_token,
    org_devices_transfer,
    org_devices_service,
    users_view,
    users_invite,
    users_edit,
    users_delete,
    users_set_password,
    users_force_logout,
    users_suspend,
    users_transfer,
    users_export,
    users_view_activity,
    roles_view,
    roles_create,
    roles_edit,
    roles_delete,
    roles_push,
    templates_view,
    templates_create,
    templates_edit,
    templates_delete,
    org_settings,
    suborgs_view,
    suborgs_enter,
    suborgs_create,
    suborgs_edit,
    suborgs_delete,
    suborgs_move,
    suborgs_suspend,
    static_tokens_manage,
    api_clients_view,
    api_clients_create,
    api_clients_edit,
    api_clients_delete,
    webhooks_manage,
    automations_view,
    automations_create,
    automations_edit,
    automations_delete,
    automations_execute,
    ota_view,
    ota_start,
    ota_stop,
    audit_view,
};
inline constexpr std::size_t permission_count = 65;

using PermissionSet = std::bitset<permission_count>;

constexpr std::size_t index(Permission permission) {
    return static_cast<std::size_t>(permission);
}
inline bool contains(const PermissionSet& set, Permission p) {
    return set[index(p)];
}

// "org_devices.view" and back; nullopt for an unknown name. All permissions, in table order.
std::string_view name(Permission permission);
std::optional<Permission> permission_named(std::string_view name);
std::span<const Permission> all_permissions();

// What must also be in the set for `permission` to have an effect (its group's `view`;
// for roles.push also suborgs.enter). Empty for those that need nothing.
std::span<const Permission> prerequisites(Permission permission);
// Without the permissions whose prerequisites are missing.
PermissionSet effective(const PermissionSet& set);
// The set a new root gives a role; empty for custom roles.
PermissionSet default_permissions(RoleId role);
// What role 1 can never lose: users.*, roles.view, roles.edit, org.settings (tenancy.md §2).
const PermissionSet& admin_floor();

// What somebody may do with one device: the columns of own_devices and org_devices.
enum class DeviceRight : std::uint8_t {
    view,
    control,
    provision,
    edit,
    remove,
    erase_data,
    export_data,
    timeline_view,
    timeline_edit,
    rotate_token,
    transfer,
    service,
};
inline constexpr std::size_t device_right_count = 12;
using DeviceRights = std::bitset<device_right_count>;

inline bool contains(DeviceRights rights, DeviceRight r) {
    return rights[static_cast<std::size_t>(r)];
}
// "view", …, "delete", "erase_data", "export", …, "service"; as in the API's bare actions.
std::string_view name(DeviceRight right);
std::optional<DeviceRight> device_right_named(std::string_view name);
// The permission of the own or of the org group that gives `right`; own has no `service`.
std::optional<Permission> own_permission(DeviceRight right);
Permission org_permission(DeviceRight right);
// The device columns of an (effective) set.
DeviceRights own_device_rights(const PermissionSet& set);
DeviceRights org_device_rights(const PermissionSet& set);
// view, export, timeline_view, service: what suborgs.view alone lets an ancestor do.
DeviceRights reading_device_rights();
// The *.view permissions of the groups other than devices, for an ancestor with suborgs.view only.
const PermissionSet& reading_permissions();

}  // namespace treeline
