// Messages as events: what was read is checked field by field, since the disk is not trusted.
#include <algorithm>
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
    org.domains.allowed = {message.allowed_domains().begin(), message.allowed_domains().end()};
    org.domains.blocked = {message.blocked_domains().begin(), message.blocked_domains().end()};
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
    if (!message.reset_token().empty()) {
        user.reset.emplace().expires_at = from_unix_ms(message.reset_expires_ms());
        if (!read_hash(message.reset_token(), user.reset->token)) {
            return std::nullopt;
        }
    }
    return UserPut{std::move(user)};
}

bool read_invite(const wire::Invitation& message, InviteRecord& invite) {
    invite.expires_at = from_unix_ms(message.expires_at_ms());
    invite.created_at = from_unix_ms(message.created_at_ms());
    invite.name = message.name();
    invite.phone = message.phone();
    invite.locale = message.locale();
    return read_hash(message.token(), invite.token);
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
    if (message.has_invitation() &&
        !read_invite(message.invitation(), membership.invite.emplace())) {
        return std::nullopt;
    }
    return MembershipPut{std::move(membership)};
}

// A right that this version can't name would be lost silently, so the entry is refused.
template <class Message>
bool read_permissions(const Message& message, PermissionSet& set) {
    for (const std::string& text : message.permissions()) {
        const auto permission = permission_named(text);
        if (!permission) {
            return false;
        }
        set.set(index(*permission));
    }
    return true;
}

Decoded permissions_put(const wire::Permissions& message) {
    PermissionsRecord permissions;
    permissions.org = OrgId{message.org()};
    permissions.role = RoleId{message.role()};
    permissions.is_linked = message.linked();
    if (!read_permissions(message, permissions.permissions)) {
        return std::nullopt;
    }
    return PermissionsPut{permissions};
}

bool read_value(const wire::RoleValue& message, RoleValue& value) {
    value.is_linked = message.linked();
    return read_permissions(message, value.permissions);
}

Decoded push_put(const wire::Push& message) {
    PushRecord push;
    push.org = OrgId{message.org()};
    push.is_undo = message.undo();
    for (const wire::PushGroup& from : message.groups()) {
        PushGroup& group = push.groups.emplace_back();
        group.role = RoleId{from.role()};
        if (!read_value(from.before(), group.before) || !read_value(from.after(), group.after)) {
            return std::nullopt;
        }
        for (const std::uint64_t org : from.orgs()) {
            group.orgs.push_back(OrgId{org});
        }
    }
    return PushPut{std::move(push)};
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
    device.tags = std::vector<std::string>(message.tags().begin(), message.tags().end());
    if (!message.staged_token().empty() &&
        !read_hash(message.staged_token(), device.staged_token.emplace())) {
        return std::nullopt;
    }
    for (const wire::KeptHistory& kept : message.kept()) {
        device.kept.edit().push_back({OrgId{kept.org()}, kept.from_epoch(), kept.to_epoch()});
    }
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

Decoded transfer_put(const wire::Transfer& message) {
    TransferRecord transfer;
    if (!read_enum(message.state(), TransferState::expired, transfer.state) ||
        (message.history() != 0 &&
         !read_enum(message.history(), HistoryMode::cut, transfer.history.emplace()))) {
        return std::nullopt;
    }
    transfer.id = TransferId{message.id()};
    transfer.device = DeviceId{message.device()};
    transfer.from_org = OrgId{message.from_org()};
    transfer.from_owner = UserId{message.from_owner()};
    transfer.to_org = OrgId{message.to_org()};
    transfer.to_user = UserId{message.to_user()};
    transfer.into_org = OrgId{message.into_org()};
    if (message.has_rotate_token()) {
        transfer.rotate_token = message.rotate_token();
    }
    transfer.notify = message.notify();
    transfer.is_blind = message.blind();
    transfer.made_by = UserId{message.made_by()};
    transfer.created_at = from_unix_ms(message.created_at_ms());
    transfer.expires_at = from_unix_ms(message.expires_at_ms());
    transfer.closed_at = from_unix_ms(message.closed_at_ms());
    transfer.closed_by = UserId{message.closed_by()};
    transfer.from_epoch = message.from_epoch();
    return TransferPut{transfer};
}

Decoded answer_kept(const wire::KeptAnswer& message) {
    KeptAnswer answer;
    if (!read_hash(message.key(), answer.key) || !read_hash(message.request(), answer.request)) {
        return std::nullopt;
    }
    answer.created = message.created();
    answer.at = from_unix_ms(message.at_ms());
    answer.tree_revision = message.tree_revision();
    return AnswerKept{answer};
}

Decoded counters_put(const wire::Counters& message) {
    return CountersPut{
        message.next_org(),        message.next_user(),
        message.next_membership(), message.next_device(),
        message.next_login(),      std::max<std::uint64_t>(message.next_transfer(), 1)};
}

Decoded changed_at(const wire::ChangedAt& message) {
    ChangedAt event;
    if (!read_enum(message.kind(), ChangedAt::Kind::roles, event.kind)) {
        return std::nullopt;
    }
    event.id = message.id();
    event.tree_revision = message.tree_revision();
    if (message.has_last_login_at_ms()) {
        event.last_login_at = from_unix_ms(message.last_login_at_ms());
    }
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
        case Kind::kRoleRemoved:
            return RoleRemoved{OrgId{wire.role_removed().root()}, RoleId{wire.role_removed().id()}};
        case Kind::kPermissionsPut:
            return permissions_put(wire.permissions_put());
        case Kind::kPushPut:
            return push_put(wire.push_put());
        case Kind::kDevicePut:
            return device_put(wire.device_put());
        case Kind::kDeviceRemoved:
            return DeviceRemoved{DeviceId{wire.device_removed()}};
        case Kind::kLoginPut:
            return login_put(wire.login_put());
        case Kind::kLoginRemoved:
            return LoginRemoved{LoginId{wire.login_removed()}};
        case Kind::kTransferPut:
            return transfer_put(wire.transfer_put());
        case Kind::kAnswerKept:
            return answer_kept(wire.answer_kept());
        case Kind::kCountersPut:
            return counters_put(wire.counters_put());
        case Kind::kTreeCounted:
            return TreeCounted{OrgId{wire.tree_counted().root()}, wire.tree_counted().revision(),
                               wire.tree_counted().next_role()};
        case Kind::kChangedAt:
            return changed_at(wire.changed_at());
        case Kind::KIND_NOT_SET:
            break;
    }
    return std::nullopt;
}

}  // namespace treeline
