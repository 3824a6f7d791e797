// Messages as events: what was read is checked field by field, since the disk is not trusted.
#include <cstring>

#include "broker/registry/wire.hpp"

namespace treeline {

namespace {

namespace wire = record::v1;

using Decoded = std::optional<Event>;

bool read_hash(const std::string& bytes, std::array<std::byte, 32>& hash) {
    if (bytes.size() != hash.size()) {
        return false;
    }
    std::memcpy(hash.data(), bytes.data(), hash.size());
    return true;
}

// The enums on the disk begin at 1; `last` is the greatest that this version knows.
template <class Enum>
bool read_enum(int value, Enum last, Enum& out) {
    if (value < 1 || value - 1 > static_cast<int>(last)) {
        return false;
    }
    out = static_cast<Enum>(value - 1);
    return true;
}

template <class Message>
Metadata metadata_of(const Message& message) {
    Metadata metadata;
    for (const wire::Pair& pair : message.metadata()) {
        metadata.emplace(pair.name(), pair.value());
    }
    return metadata;
}

Decoded founded(const wire::Founded& message) {
    Founded event;
    if (!read_hash(message.wire_key(), event.wire_key)) {
        return std::nullopt;
    }
    return event;
}

Decoded org_put(const wire::Org& message) {
    OrgRecord org;
    if (!read_enum(message.kind(), OrgKind::branch, org.kind) ||
        !read_enum(message.status(), OrgStatus::suspended, org.status)) {
        return std::nullopt;
    }
    org.id = OrgId{message.id()};
    org.parent = OrgId{message.parent()};
    org.name = message.name();
    org.can_create_suborgs = message.can_create_suborgs();
    org.timezone = message.timezone();
    org.description = message.description();
    org.created_at = from_unix_ms(message.created_at_ms());
    org.metadata = metadata_of(message);
    return OrgPut{std::move(org)};
}

Decoded user_put(const wire::User& message) {
    UserRecord user;
    if (!read_enum(message.status(), UserStatus::suspended, user.status)) {
        return std::nullopt;
    }
    user.id = UserId{message.id()};
    user.email = message.email();
    if (message.has_email_verified_at_ms()) {
        user.email_verified_at = from_unix_ms(message.email_verified_at_ms());
    }
    user.name = message.name();
    user.title = message.title();
    user.phone = message.phone();
    user.locale = message.locale();
    user.timezone = message.timezone();
    user.password_verifier = message.password_verifier();
    user.home = MembershipId{message.home()};
    user.auth_epoch = message.auth_epoch();
    user.created_at = from_unix_ms(message.created_at_ms());
    return UserPut{std::move(user)};
}

Decoded membership_put(const wire::Membership& message) {
    MembershipRecord membership;
    if (!read_enum(message.status(), MembershipStatus::active, membership.status)) {
        return std::nullopt;
    }
    membership.id = MembershipId{message.id()};
    membership.user = UserId{message.user()};
    membership.invited_email = message.invited_email();
    membership.org = OrgId{message.org()};
    membership.role = RoleId{message.role()};
    if (message.has_not_before_ms()) {
        membership.not_before = from_unix_ms(message.not_before_ms());
    }
    if (message.has_not_after_ms()) {
        membership.not_after = from_unix_ms(message.not_after_ms());
    }
    membership.granted_by = UserId{message.granted_by()};
    return MembershipPut{std::move(membership)};
}

// A right that this version can't name would be lost silently, so the entry is refused.
Decoded permissions_put(const wire::Permissions& message) {
    PermissionsRecord permissions;
    permissions.org = OrgId{message.org()};
    permissions.role = RoleId{message.role()};
    for (const std::string& text : message.permissions()) {
        const auto permission = permission_named(text);
        if (!permission) {
            return std::nullopt;
        }
        permissions.permissions.set(index(*permission));
    }
    return PermissionsPut{permissions};
}

Decoded device_put(const wire::Device& message) {
    DeviceRecord device;
    if (!read_hash(message.token(), device.token)) {
        return std::nullopt;
    }
    device.id = DeviceId{message.id()};
    device.org = OrgId{message.org()};
    device.owner = UserId{message.owner()};
    device.name = message.name();
    device.ownership_epoch = message.ownership_epoch();
    device.readable_from_epoch = message.readable_from_epoch();
    device.created_at = from_unix_ms(message.created_at_ms());
    device.metadata = metadata_of(message);
    device.tags.assign(message.tags().begin(), message.tags().end());
    return DevicePut{std::move(device)};
}

Decoded login_put(const wire::Login& message) {
    LoginRecord login;
    if (!read_hash(message.access(), login.access) ||
        !read_hash(message.refresh(), login.refresh)) {
        return std::nullopt;
    }
    for (const std::string& spent : message.spent_refreshes()) {
        if (!read_hash(spent, login.spent_refreshes.emplace_back())) {
            return std::nullopt;
        }
    }
    login.id = LoginId{message.id()};
    login.user = UserId{message.user()};
    login.auth_epoch = message.auth_epoch();
    login.access_expires = from_unix_ms(message.access_expires_ms());
    login.refresh_expires = from_unix_ms(message.refresh_expires_ms());
    login.created_at = from_unix_ms(message.created_at_ms());
    return LoginPut{login};
}

Decoded counters_put(const wire::Counters& message) {
    return CountersPut{message.next_org(), message.next_user(), message.next_membership(),
                       message.next_device(), message.next_login()};
}

Decoded changed_at(const wire::ChangedAt& message) {
    ChangedAt event;
    if (!read_enum(message.kind(), ChangedAt::Kind::device, event.kind)) {
        return std::nullopt;
    }
    event.id = message.id();
    event.tree_revision = message.tree_revision();
    return event;
}

}  // namespace

std::optional<Event> from_wire(const record::v1::Event& wire) {
    using Kind = record::v1::Event;
    switch (wire.kind_case()) {
        case Kind::kFounded:
            return founded(wire.founded());
        case Kind::kOrgPut:
            return org_put(wire.org_put());
        case Kind::kOrgRemoved:
            return OrgRemoved{OrgId{wire.org_removed()}};
        case Kind::kUserPut:
            return user_put(wire.user_put());
        case Kind::kUserRemoved:
            return UserRemoved{UserId{wire.user_removed()}};
        case Kind::kMembershipPut:
            return membership_put(wire.membership_put());
        case Kind::kMembershipRemoved:
            return MembershipRemoved{MembershipId{wire.membership_removed()}};
        case Kind::kRolePut:
            return RolePut{{OrgId{wire.role_put().root()}, RoleId{wire.role_put().id()},
                            wire.role_put().name()}};
        case Kind::kPermissionsPut:
            return permissions_put(wire.permissions_put());
        case Kind::kDevicePut:
            return device_put(wire.device_put());
        case Kind::kDeviceRemoved:
            return DeviceRemoved{DeviceId{wire.device_removed()}};
        case Kind::kLoginPut:
            return login_put(wire.login_put());
        case Kind::kLoginRemoved:
            return LoginRemoved{LoginId{wire.login_removed()}};
        case Kind::kCountersPut:
            return counters_put(wire.counters_put());
        case Kind::kTreeCounted:
            return TreeCounted{OrgId{wire.tree_counted().root()}, wire.tree_counted().revision()};
        case Kind::kChangedAt:
            return changed_at(wire.changed_at());
        case Kind::KIND_NOT_SET:
            break;
    }
    return std::nullopt;
}

}  // namespace treeline
