// The permission table: names, groups, prerequisites and defaults.
#include "broker/domain/permission.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>

#include "base/check.hpp"

namespace treeline {
namespace {

using enum Permission;

constexpr std::array<std::string_view, permission_count> names{
    "own_devices.view",
    "own_devices.control",
    "own_devices.provision",
    "own_devices.edit",
    "own_devices.delete",
    "own_devices.erase_data",
    "own_devices.export",
    "own_devices.timeline_view",
    "own_devices.timeline_edit",
    "own_devices.rotate_token",
    "own_devices.transfer",
    "org_devices.view",
    "org_devices.control",
    "org_devices.provision",
    "org_devices.edit",
    "org_devices.delete",
    "org_devices.erase_data",
    "org_devices.export",
    "org_devices.timeline_view",
    "org_devices.timeline_edit",
    "org_devices.rotate_token",
    "org_devices.transfer",
    "org_devices.service",
    "users.view",
    "users.invite",
    "users.edit",
    "users.delete",
    "users.set_password",
    "users.force_logout",
    "users.suspend",
    "users.transfer",
    "users.export",
    "users.view_activity",
    "roles.view",
    "roles.create",
    "roles.edit",
    "roles.delete",
    "roles.push",
    "templates.view",
    "templates.create",
    "templates.edit",
    "templates.delete",
    "org.settings",
    "suborgs.view",
    "suborgs.enter",
    "suborgs.create",
    "suborgs.edit",
    "suborgs.delete",
    "suborgs.move",
    "suborgs.suspend",
    "static_tokens.manage",
    "api_clients.view",
    "api_clients.create",
    "api_clients.edit",
    "api_clients.delete",
    "webhooks.manage",
    "automations.view",
    "automations.create",
    "automations.edit",
    "automations.delete",
    "automations.execute",
    "ota.view",
    "ota.start",
    "ota.stop",
    "audit.view",
};

constexpr std::array<std::string_view, device_right_count> right_names{
    "view",   "control",       "provision",     "edit",         "delete",   "erase_data",
    "export", "timeline_view", "timeline_edit", "rotate_token", "transfer", "service",
};

// The groups that have a `view`, each from its view to its last permission.
struct Group {
    Permission view;
    Permission last;
};
constexpr std::array groups{
    Group{own_devices_view, own_devices_transfer},
    Group{org_devices_view, org_devices_service},
    Group{users_view, users_view_activity},
    Group{roles_view, roles_push},
    Group{templates_view, templates_delete},
    Group{suborgs_view, suborgs_suspend},
    Group{api_clients_view, api_clients_delete},
    Group{automations_view, automations_execute},
    Group{ota_view, ota_stop},
};

// The device groups list their columns in the order of DeviceRight.
static_assert(index(own_devices_transfer) == static_cast<std::size_t>(DeviceRight::transfer));
static_assert(index(org_devices_service) - index(org_devices_view) ==
              static_cast<std::size_t>(DeviceRight::service));
static_assert(index(audit_view) + 1 == permission_count);

constexpr std::size_t index(DeviceRight right) {
    return static_cast<std::size_t>(right);
}

constexpr auto make_all() {
    std::array<Permission, permission_count> all{};
    for (std::size_t i = 0; i < all.size(); ++i) {
        all[i] = static_cast<Permission>(i);
    }
    return all;
}
constexpr auto all = make_all();

PermissionSet set_of(std::initializer_list<Permission> permissions) {
    PermissionSet set;
    for (const Permission permission : permissions) {
        set.set(index(permission));
    }
    return set;
}

PermissionSet range(Permission first, Permission last) {
    PermissionSet set;
    for (std::size_t i = index(first); i <= index(last); ++i) {
        set.set(i);
    }
    return set;
}

PermissionSet staff_permissions() {
    PermissionSet own = range(own_devices_view, own_devices_transfer);
    own.reset(index(own_devices_delete));
    return own | set_of({org_devices_view, org_devices_control, org_devices_edit,
                         org_devices_export, org_devices_timeline_view, org_devices_timeline_edit,
                         org_devices_service, users_view, users_invite, roles_view, templates_view,
                         suborgs_view, suborgs_enter, automations_view, automations_create,
                         automations_edit, automations_execute});
}

PermissionSet user_permissions() {
    return set_of({own_devices_view, own_devices_control, own_devices_provision, own_devices_edit,
                   own_devices_export, own_devices_timeline_view});
}

DeviceRights columns(const PermissionSet& set, Permission first, std::size_t count) {
    DeviceRights rights;
    for (std::size_t i = 0; i < count; ++i) {
        rights[i] = set[index(first) + i];
    }
    return rights;
}

// The group's permissions without its view, as masks to be cleared at once.
struct GroupMask {
    std::size_t view;
    PermissionSet keep;
};
std::array<GroupMask, groups.size()> make_masks() {
    std::array<GroupMask, groups.size()> masks;
    std::transform(groups.begin(), groups.end(), masks.begin(), [](const Group& group) {
        return GroupMask{index(group.view), ~range(group.view, group.last)};
    });
    return masks;
}

}  // namespace

std::string_view name(Permission permission) {
    CHECK(index(permission) < permission_count);
    return names[index(permission)];
}

std::optional<Permission> permission_named(std::string_view name) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) {
        return std::nullopt;
    }
    return static_cast<Permission>(found - names.begin());
}

std::span<const Permission> all_permissions() {
    return all;
}

std::span<const Permission> prerequisites(Permission permission) {
    static constexpr std::array push{roles_view, suborgs_enter};
    if (permission == roles_push) {
        return push;
    }
    for (const Group& group : groups) {
        if (permission > group.view && permission <= group.last) {
            return {&group.view, 1};
        }
    }
    return {};
}

PermissionSet effective(const PermissionSet& set) {
    static const auto masks = make_masks();
    PermissionSet result = set;
    for (const GroupMask& mask : masks) {
        if (!set[mask.view]) {
            result &= mask.keep;
        }
    }
    if (!contains(result, suborgs_enter)) {
        result.reset(index(roles_push));
    }
    return result;
}

PermissionSet default_permissions(RoleId role) {
    switch (role) {
        case role_admin:
            return PermissionSet().set();
        case role_staff:
            return staff_permissions();
        case role_user:
            return user_permissions();
        default:
            return {};
    }
}

const PermissionSet& admin_floor() {
    static const PermissionSet floor =
        range(users_view, users_view_activity) | set_of({roles_view, roles_edit, org_settings});
    return floor;
}

std::string_view name(DeviceRight right) {
    CHECK(index(right) < device_right_count);
    return right_names[index(right)];
}

std::optional<DeviceRight> device_right_named(std::string_view name) {
    const auto found = std::find(right_names.begin(), right_names.end(), name);
    if (found == right_names.end()) {
        return std::nullopt;
    }
    return static_cast<DeviceRight>(found - right_names.begin());
}

std::optional<Permission> own_permission(DeviceRight right) {
    if (right == DeviceRight::service) {
        return std::nullopt;
    }
    return static_cast<Permission>(index(own_devices_view) + index(right));
}

Permission org_permission(DeviceRight right) {
    return static_cast<Permission>(index(org_devices_view) + index(right));
}

DeviceRights own_device_rights(const PermissionSet& set) {
    return columns(set, own_devices_view, device_right_count - 1);
}

DeviceRights org_device_rights(const PermissionSet& set) {
    return columns(set, org_devices_view, device_right_count);
}

DeviceRights reading_device_rights() {
    DeviceRights rights;
    for (const DeviceRight right : {DeviceRight::view, DeviceRight::export_data,
                                    DeviceRight::timeline_view, DeviceRight::service}) {
        rights.set(index(right));
    }
    return rights;
}

const PermissionSet& reading_permissions() {
    static const PermissionSet reading =
        set_of({users_view, roles_view, templates_view, suborgs_view, api_clients_view,
                automations_view, ota_view, audit_view});
    return reading;
}

}  // namespace treeline
