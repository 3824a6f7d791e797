// The rules for devices and their owners (tenancy.md §4).
#include "broker/domain/decide_rules.hpp"
#include "broker/domain/text.hpp"

namespace treeline {
namespace {

constexpr std::size_t tags_max = 64;

Objection check_tags(const Scene& scene, const std::vector<std::string>& tags) {
    if (tags.size() > tags_max) {
        return refuse(RefusalCode::invalid, "There are too many tags.");
    }
    for (const std::string& tag : tags) {
        if (!is_valid_name(tag, scene.limits.name_size_max)) {
            return refuse(RefusalCode::invalid, "A tag is not acceptable.");
        }
    }
    return std::nullopt;
}

Objection check_values(const Scene& scene, const DeviceRecord& device) {
    if (auto objection = check_name(scene, device.name)) {
        return objection;
    }
    if (auto objection = check_metadata(scene, device.metadata)) {
        return objection;
    }
    return check_tags(scene, device.tags);
}

DeviceRecord new_device(const Scene& scene, const CreateDevice& command) {
    DeviceRecord device;
    device.id = DeviceId{scene.directory.next().next_device};
    device.org = command.org;
    device.owner = command.owner.value_or(UserId{});
    device.name = command.name;
    device.token = command.token;
    device.created_at = scene.now;
    device.metadata = command.metadata;
    device.tags = command.tags;
    return device;
}

}  // namespace

Objection check_owner(const Scene& scene, OrgId org, UserId owner) {
    if (owner == UserId{}) {
        return std::nullopt;
    }
    const User* user = scene.directory.user(owner);
    if (user == nullptr) {
        return refuse(RefusalCode::not_found);
    }
    const Membership* membership =
        scene.directory.membership(scene.directory.membership_of(owner, org));
    if (membership == nullptr || membership->status != MembershipStatus::active ||
        (membership->not_after && *membership->not_after <= scene.now)) {
        return refuse(RefusalCode::invalid, "An owner is a member of the device's org.");
    }
    if (user->status != UserStatus::active) {
        return refuse(RefusalCode::user_pending, "The user is pending or suspended.");
    }
    return std::nullopt;
}

Objection check_token(const Scene& scene, const TokenHash& token) {
    if (scene.directory.device_by_token(token) != nullptr) {
        return refuse(RefusalCode::invalid, "The token is in use.");
    }
    return std::nullopt;
}

Decided<Decision> decide_on(const Scene& scene, const CreateDevice& command) {
    if (scene.directory.org(command.org) == nullptr) {
        return refuse(RefusalCode::not_found);
    }
    const DeviceRecord device = new_device(scene, command);
    if (auto objection = check_values(scene, device)) {
        return *objection;
    }
    if (auto objection = check_token(scene, command.token)) {
        return *objection;
    }
    if (auto objection = check_owner(scene, device.org, device.owner)) {
        return *objection;
    }
    return decision(number(device.id), DevicePut{device});
}

Decided<Decision> decide_on(const Scene& scene, const PatchDevice& command) {
    const Device* device = scene.directory.device(command.device);
    if (device == nullptr) {
        return refuse(RefusalCode::not_found);
    }
    if (auto objection = check_if_match(command.if_match, device->changed_at)) {
        return *objection;
    }
    DeviceRecord next = *device;
    next.name = command.name.value_or(device->name);
    next.metadata = command.metadata.value_or(device->metadata);
    next.tags = command.tags.value_or(device->tags);
    if (next == *device) {
        return unchanged(number(device->id));
    }
    if (auto objection = check_values(scene, next)) {
        return *objection;
    }
    return decision(number(device->id), DevicePut{next});
}

Decided<Decision> decide_on(const Scene& scene, const DeleteDevice& command) {
    const Device* device = scene.directory.device(command.device);
    if (device == nullptr) {
        return refuse(RefusalCode::not_found);
    }
    if (auto objection = check_if_match(command.if_match, device->changed_at)) {
        return *objection;
    }
    Decision made = decision(number(device->id), DeviceRemoved{device->id});
    cancel_offer(scene, device->id, made);
    return made;
}

Decided<Decision> decide_on(const Scene& scene, const RotateToken& command) {
    const Device* device = scene.directory.device(command.device);
    if (device == nullptr) {
        return refuse(RefusalCode::not_found);
    }
    if (auto objection = check_token(scene, command.token)) {
        return *objection;
    }
    DeviceRecord next = *device;
    next.token = command.token;
    next.staged_token
        .reset();  // whatever the device has learned meanwhile is as dead as the old one
    return decision(number(device->id), DevicePut{next});
}

Decided<Decision> decide_on(const Scene& scene, const SetOwner& command) {
    const Device* device = scene.directory.device(command.device);
    if (device == nullptr) {
        return refuse(RefusalCode::not_found);
    }
    if (auto objection = check_if_match(command.if_match, device->changed_at)) {
        return *objection;
    }
    const UserId owner = command.owner.value_or(UserId{});
    if (owner == device->owner) {
        return unchanged(number(device->id));
    }
    if (auto objection = check_owner(scene, device->org, owner)) {
        return *objection;
    }
    Decision made = unchanged(number(device->id));
    change_owner(scene, *device, owner, made);
    return made;
}

Decided<Decision> decide_on(const Scene& scene, const SetDeviceMeta& command) {
    const DeviceId* self = std::get_if<DeviceId>(&scene.actor.who);
    const Device* device = self == nullptr ? nullptr : scene.directory.device(*self);
    if (device == nullptr) {
        return refuse(RefusalCode::not_found);
    }
    DeviceRecord next = *device;
    next.metadata.edit()[command.name] = command.value;
    if (next == *device) {
        return unchanged(number(device->id));
    }
    if (auto objection = check_metadata(scene, next.metadata)) {
        return *objection;
    }
    return decision(number(device->id), DevicePut{next});
}

}  // namespace treeline
