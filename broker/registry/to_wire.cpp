// Events as messages: how records are written to the log and to checkpoints.
#include "broker/registry/wire.hpp"

namespace treeline {

namespace {

namespace wire = record::v1;

std::string bytes(const std::array<std::byte, 32>& hash) {
    return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

// The enums on the disk begin at 1, so that a missing field is told from the first value.
template <class Wire, class Enum>
Wire enumerated(Enum value) {
    return static_cast<Wire>(static_cast<int>(value) + 1);
}

template <class Message>
void put_metadata(const Metadata& metadata, Message& message) {
    for (const auto& [name, value] : metadata) {
        wire::Pair* pair = message.add_metadata();
        pair->set_name(name);
        pair->set_value(value);
    }
}

template <class Message>
void put_permissions(const PermissionSet& set, Message& message) {
    for (const Permission permission : all_permissions()) {
        if (contains(set, permission)) {
            message.add_permissions(std::string(name(permission)));
        }
    }
}

void put(const Founded& event, wire::Event& out) {
    out.mutable_founded()->set_wire_key(bytes(event.wire_key));
}

void put(const OrgPut& event, wire::Event& out) {
    const OrgRecord& org = event.org;
    wire::Org& message = *out.mutable_org_put();
    message.set_id(number(org.id));
    message.set_parent(number(org.parent));
    message.set_name(org.name);
    message.set_kind(enumerated<wire::OrgKind>(org.kind));
    message.set_can_create_suborgs(org.can_create_suborgs);
    message.set_status(enumerated<wire::OrgStatus>(org.status));
    message.set_timezone(org.timezone);
    message.set_description(org.description);
    message.set_created_at_ms(to_unix_ms(org.created_at));
    put_metadata(org.metadata, message);
    for (const std::string& domain : org.domains.allowed) {
        message.add_allowed_domains(domain);
    }
    for (const std::string& domain : org.domains.blocked) {
        message.add_blocked_domains(domain);
    }
}

void put(const OrgRemoved& event, wire::Event& out) {
    out.set_org_removed(number(event.org));
}

void put(const UserPut& event, wire::Event& out) {
    const UserRecord& user = event.user;
    wire::User& message = *out.mutable_user_put();
    message.set_id(number(user.id));
    message.set_email(user.email.str());
    if (user.email_verified_at) {
        message.set_email_verified_at_ms(to_unix_ms(*user.email_verified_at));
    }
    message.set_name(user.name.str());
    message.set_title(user.title.str());
    message.set_phone(user.phone.str());
    message.set_locale(user.locale.str());
    message.set_timezone(user.timezone.str());
    message.set_status(enumerated<wire::UserStatus>(user.status));
    message.set_password_verifier(user.password_verifier.str());
    message.set_home(number(user.home));
    message.set_auth_epoch(user.auth_epoch);
    message.set_created_at_ms(to_unix_ms(user.created_at));
    if (user.reset) {
        message.set_reset_token(bytes(user.reset->token));
        message.set_reset_expires_ms(to_unix_ms(user.reset->expires_at));
    }
}

void put(const UserRemoved& event, wire::Event& out) {
    out.set_user_removed(number(event.user));
}

void put_invite(const InviteRecord& invite, wire::Invitation& message) {
    message.set_token(bytes(invite.token));
    message.set_expires_at_ms(to_unix_ms(invite.expires_at));
    message.set_created_at_ms(to_unix_ms(invite.created_at));
    message.set_name(invite.name);
    message.set_phone(invite.phone);
    message.set_locale(invite.locale);
}

void put(const MembershipPut& event, wire::Event& out) {
    const MembershipRecord& membership = event.membership;
    wire::Membership& message = *out.mutable_membership_put();
    message.set_id(number(membership.id));
    message.set_user(number(membership.user));
    message.set_invited_email(membership.invited_email.str());
    message.set_org(number(membership.org));
    message.set_role(number(membership.role));
    message.set_status(enumerated<wire::MembershipStatus>(membership.status));
    if (membership.not_before) {
        message.set_not_before_ms(to_unix_ms(*membership.not_before));
    }
    if (membership.not_after) {
        message.set_not_after_ms(to_unix_ms(*membership.not_after));
    }
    message.set_granted_by(number(membership.granted_by));
    if (membership.invite) {
        put_invite(*membership.invite, *message.mutable_invitation());
    }
}

void put(const MembershipRemoved& event, wire::Event& out) {
    out.set_membership_removed(number(event.membership));
}

void put(const RolePut& event, wire::Event& out) {
    wire::Role& message = *out.mutable_role_put();
    message.set_root(number(event.role.root));
    message.set_id(number(event.role.id));
    message.set_name(event.role.name);
}

void put(const PermissionsPut& event, wire::Event& out) {
    wire::Permissions& message = *out.mutable_permissions_put();
    message.set_org(number(event.permissions.org));
    message.set_role(number(event.permissions.role));
    put_permissions(event.permissions.permissions, message);
    message.set_linked(event.permissions.is_linked);
}

void put(const RoleRemoved& event, wire::Event& out) {
    out.mutable_role_removed()->set_root(number(event.root));
    out.mutable_role_removed()->set_id(number(event.role));
}

void put_value(const RoleValue& value, wire::RoleValue& message) {
    put_permissions(value.permissions, message);
    message.set_linked(value.is_linked);
}

void put(const PushPut& event, wire::Event& out) {
    wire::Push& message = *out.mutable_push_put();
    message.set_org(number(event.push.org));
    message.set_undo(event.push.is_undo);
    for (const PushGroup& group : event.push.groups) {
        wire::PushGroup& added = *message.add_groups();
        added.set_role(number(group.role));
        put_value(group.before, *added.mutable_before());
        put_value(group.after, *added.mutable_after());
        for (const OrgId org : group.orgs) {
            added.add_orgs(number(org));
        }
    }
}

void put(const DevicePut& event, wire::Event& out) {
    const DeviceRecord& device = event.device;
    wire::Device& message = *out.mutable_device_put();
    message.set_id(number(device.id));
    message.set_org(number(device.org));
    message.set_owner(number(device.owner));
    message.set_name(device.name);
    message.set_token(bytes(device.token));
    message.set_ownership_epoch(device.ownership_epoch);
    message.set_readable_from_epoch(device.readable_from_epoch);
    message.set_created_at_ms(to_unix_ms(device.created_at));
    put_metadata(device.metadata, message);
    for (const std::string& tag : device.tags) {
        message.add_tags(tag);
    }
    if (device.staged_token) {
        message.set_staged_token(bytes(*device.staged_token));
    }
    for (const KeptHistory& kept : device.kept) {
        wire::KeptHistory& added = *message.add_kept();
        added.set_org(number(kept.org));
        added.set_from_epoch(kept.from_epoch);
        added.set_to_epoch(kept.to_epoch);
    }
}

void put(const DeviceRemoved& event, wire::Event& out) {
    out.set_device_removed(number(event.device));
}

void put(const LoginPut& event, wire::Event& out) {
    const LoginRecord& login = event.login;
    wire::Login& message = *out.mutable_login_put();
    message.set_id(number(login.id));
    message.set_user(number(login.user));
    message.set_auth_epoch(login.auth_epoch);
    message.set_access(bytes(login.access));
    message.set_access_expires_ms(to_unix_ms(login.access_expires));
    message.set_refresh(bytes(login.refresh));
    for (const TokenHash& spent : login.spent_refreshes) {
        message.add_spent_refreshes(bytes(spent));
    }
    message.set_refresh_expires_ms(to_unix_ms(login.refresh_expires));
    message.set_created_at_ms(to_unix_ms(login.created_at));
}

void put(const LoginRemoved& event, wire::Event& out) {
    out.set_login_removed(number(event.login));
}

void put(const TransferPut& event, wire::Event& out) {
    const TransferRecord& transfer = event.transfer;
    wire::Transfer& message = *out.mutable_transfer_put();
    message.set_id(number(transfer.id));
    message.set_device(number(transfer.device));
    message.set_state(enumerated<wire::TransferState>(transfer.state));
    message.set_from_org(number(transfer.from_org));
    message.set_from_owner(number(transfer.from_owner));
    message.set_to_org(number(transfer.to_org));
    message.set_to_user(number(transfer.to_user));
    message.set_into_org(number(transfer.into_org));
    if (transfer.history) {
        message.set_history(enumerated<wire::HistoryMode>(*transfer.history));
    }
    if (transfer.rotate_token) {
        message.set_rotate_token(*transfer.rotate_token);
    }
    message.set_notify(transfer.notify);
    message.set_blind(transfer.is_blind);
    message.set_made_by(number(transfer.made_by));
    message.set_created_at_ms(to_unix_ms(transfer.created_at));
    message.set_expires_at_ms(to_unix_ms(transfer.expires_at));
    message.set_closed_at_ms(to_unix_ms(transfer.closed_at));
    message.set_closed_by(number(transfer.closed_by));
    message.set_from_epoch(transfer.from_epoch);
}

void put(const AnswerKept& event, wire::Event& out) {
    wire::KeptAnswer& message = *out.mutable_answer_kept();
    message.set_key(bytes(event.answer.key));
    message.set_request(bytes(event.answer.request));
    message.set_created(event.answer.created);
    message.set_at_ms(to_unix_ms(event.answer.at));
    message.set_tree_revision(event.answer.tree_revision);
}

void put(const CountersPut& event, wire::Event& out) {
    wire::Counters& message = *out.mutable_counters_put();
    message.set_next_org(event.next_org);
    message.set_next_user(event.next_user);
    message.set_next_membership(event.next_membership);
    message.set_next_device(event.next_device);
    message.set_next_login(event.next_login);
    message.set_next_transfer(event.next_transfer);
}

void put(const TreeCounted& event, wire::Event& out) {
    wire::TreeCounted& message = *out.mutable_tree_counted();
    message.set_root(number(event.root));
    message.set_revision(event.revision);
    message.set_next_role(event.next_role);
}

void put(const ChangedAt& event, wire::Event& out) {
    wire::ChangedAt& message = *out.mutable_changed_at();
    message.set_kind(enumerated<wire::ChangedKind>(event.kind));
    message.set_id(event.id);
    message.set_tree_revision(event.tree_revision);
    if (event.last_login_at) {
        message.set_last_login_at_ms(to_unix_ms(*event.last_login_at));
    }
}

}  // namespace

void to_wire(const Event& event, record::v1::Event& wire) {
    std::visit([&](const auto& e) { put(e, wire); }, event);
}

}  // namespace treeline
