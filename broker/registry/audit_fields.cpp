// What of each record the audit says.
#include "broker/registry/audit_fields.hpp"

#include <array>

#include "proto/utf8.hpp"

namespace treeline {
namespace {

template <std::size_t N, class Enum>
std::string word(const std::array<std::string_view, N>& words, Enum value) {
    return std::string(words[static_cast<std::size_t>(value)]);
}

std::string flag(std::optional<bool> value) {
    if (!value) {
        return {};
    }
    return *value ? "true" : "false";
}

std::string instant(const std::optional<UnixTime>& time) {
    return time ? std::to_string(to_unix_ms(*time)) : std::string();
}

std::string raw(const TokenHash& token) {
    return {reinterpret_cast<const char*>(token.data()), token.size()};
}

Said secret(const char* name, std::string value) {
    return {name, std::move(value), true};
}

void add_metadata(const Metadata& metadata, Saying& out) {
    for (const auto& [key, value] : metadata) {
        out.push_back({"metadata." + proto::to_utf8(key), proto::to_utf8(value)});
    }
}

std::string joined(const std::vector<std::string>& texts) {
    std::string out;
    for (const std::string& text : texts) {
        out += (out.empty() ? "" : ",") + proto::to_utf8(text);
    }
    return out;
}

template <class Id>
std::string numbered(const char* kind, const WireIds& wire, Id id) {
    return number(id) == 0 ? std::string() : kind + std::to_string(wire.of(id));
}

// An invitation says no user: whether its address is known here is nobody's business.
bool is_invitation(const MembershipRecord& membership) {
    return membership.status == MembershipStatus::pending && !membership.invited_email.empty();
}

}  // namespace

Saying say(const WireIds& wire, const OrgRecord& org) {
    constexpr std::array<std::string_view, 6> kinds{"root",   "business", "partner",
                                                    "client", "personal", "branch"};
    Saying out{{"parent", reference(wire, org.parent)},
               {"name", org.name},
               {"kind", word(kinds, org.kind)},
               {"can_create_suborgs", flag(org.can_create_suborgs)},
               {"status", org.status == OrgStatus::active ? "active" : "suspended"},
               {"timezone", org.timezone},
               {"description", org.description},
               {"allowed_domains", joined(org.domains.allowed)},
               {"blocked_domains", joined(org.domains.blocked)}};
    add_metadata(org.metadata, out);
    return out;
}

// The phone is for those who reach the whole account; a chain has more readers.
Saying say(const WireIds&, const UserRecord& user) {
    constexpr std::array<std::string_view, 3> statuses{"pending", "active", "suspended"};
    return {{"email", user.email.str()},
            {"email_verified_at", instant(user.email_verified_at)},
            {"name", user.name.str()},
            {"title", user.title.str()},
            secret("phone", user.phone.str()),
            {"locale", user.locale.str()},
            {"timezone", user.timezone.str()},
            {"status", word(statuses, user.status)},
            secret("password", user.password_verifier.str()),
            secret("reset", user.reset ? raw(user.reset->token) : std::string()),
            secret("sessions_ended", user.auth_epoch == 0 ? "" : std::to_string(user.auth_epoch))};
}

Saying say(const WireIds& wire, const MembershipRecord& membership) {
    const bool is_invited = is_invitation(membership);
    return {{"user", is_invited ? std::string() : reference(wire, membership.user)},
            {"email", is_invited ? membership.invited_email.str() : std::string()},
            {"role", reference(membership.role)},
            {"status", membership.status == MembershipStatus::active ? "active" : "pending"},
            {"not_before", instant(membership.not_before)},
            {"not_after", instant(membership.not_after)},
            {"granted_by", reference(wire, membership.granted_by)},
            secret("link", membership.invite ? raw(membership.invite->token) : std::string())};
}

Saying say(const WireIds& wire, const DeviceRecord& device) {
    Saying out{
        {"org", reference(wire, device.org)},
        {"owner", reference(wire, device.owner)},
        {"name", device.name},
        secret("token", raw(device.token)),
        secret("staged_token", device.staged_token ? raw(*device.staged_token) : std::string()),
        {"ownership_epoch", std::to_string(device.ownership_epoch)},
        {"tags", joined(device.tags)}};
    add_metadata(device.metadata, out);
    return out;
}

Saying say(const WireIds& wire, const TransferRecord& transfer) {
    constexpr std::array<std::string_view, 5> states{"offered", "accepted", "declined", "cancelled",
                                                     "expired"};
    constexpr std::array<std::string_view, 3> histories{"move", "keep", "cut"};
    return {{"device", reference(wire, transfer.device)},
            {"state", word(states, transfer.state)},
            {"from_org", reference(wire, transfer.from_org)},
            {"from_owner", reference(wire, transfer.from_owner)},
            {"to_org", reference(wire, transfer.to_org)},
            {"to_user", reference(wire, transfer.to_user)},
            {"history", transfer.history ? word(histories, *transfer.history) : std::string()},
            {"rotate_token", flag(transfer.rotate_token)},
            {"notify", flag(transfer.notify)}};
}

Saying say(const RoleRecord& role) {
    return {{"name", role.name}};
}

Saying say(const PermissionSet& permissions, bool is_linked) {
    std::string names;
    for (const Permission permission : all_permissions()) {
        if (contains(permissions, permission)) {
            names += names.empty() ? "" : ",";
            names += name(permission);
        }
    }
    return {{"permissions", names}, {"linked", flag(is_linked)}};
}

std::string reference(const WireIds& wire, OrgId id) {
    return numbered("org/", wire, id);
}
std::string reference(const WireIds& wire, UserId id) {
    return numbered("user/", wire, id);
}
std::string reference(const WireIds& wire, MembershipId id) {
    return numbered("membership/", wire, id);
}
std::string reference(const WireIds& wire, DeviceId id) {
    return numbered("device/", wire, id);
}
std::string reference(const WireIds& wire, LoginId id) {
    return numbered("session/", wire, id);
}
std::string reference(const WireIds& wire, TransferId id) {
    return numbered("transfer/", wire, id);
}
std::string reference(RoleId id) {
    return "role/" + std::to_string(number(id));
}

}  // namespace treeline
