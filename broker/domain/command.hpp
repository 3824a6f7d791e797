// Commands: what somebody asks the directory to become. Plain values; ids are internal.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "broker/domain/records.hpp"

namespace treeline {

// Who asks. Authority comes from here, never from a command's body.
struct Operator {};  // on the server's host, through the admin socket or the first start
struct Actor {
    std::variant<Operator, UserId, DeviceId> who;
    const UserId* user() const { return std::get_if<UserId>(&who); }
    bool is_operator() const { return std::holds_alternative<Operator>(who); }
};

// Operator: another tree with its three default roles and its first admin. An address that is
// already known gets the membership, its password is left alone.
struct CreateRoot {
    std::string name;
    std::string admin_email;
    std::string admin_name;
    std::string password_verifier;
};
// Operator, after the password was checked by the asker.
struct SignIn {
    UserId user{};
    TokenHash access{};
    TokenHash refresh{};
    UnixTime access_expires{};
    UnixTime refresh_expires{};
};
// Operator: trades the refresh token `spent` for new ones; a token that was spent before ends the
// whole login (reuse detection) and is refused with `unauthenticated`.
struct RefreshLogin {
    TokenHash spent{};
    TokenHash access{};
    TokenHash refresh{};
    UnixTime access_expires{};
    UnixTime refresh_expires{};
};
struct SignOut {  // the actor's own
    LoginId login{};
};

struct CreateOrg {
    OrgId parent{};
    std::string name;
    OrgKind kind = OrgKind::client;
    bool can_create_suborgs = false;
    std::string timezone = "UTC";
    std::string description;
    Metadata metadata;
};
struct CreateUser {
    OrgId org{};
    std::string email;
    std::string name;
    RoleId role{};
    std::string password_verifier;
};
struct SuspendUser {
    UserId user{};
    bool allow_orphan = false;
};
struct ResumeUser {
    UserId user{};
};
struct CreateMembership {
    OrgId org{};
    std::optional<UserId> user;  // either a user the actor may see …
    std::string email;           // … or an address: an invitation, pending
    RoleId role{};
    std::optional<UnixTime> not_before;
    std::optional<UnixTime> not_after;
};
struct PatchMembership {
    MembershipId membership{};
    std::optional<RoleId> role;
    std::optional<std::optional<UnixTime>> not_before;  // inner nullopt: remove the edge
    std::optional<std::optional<UnixTime>> not_after;
    bool allow_orphan = false;
    std::optional<std::uint64_t> if_match;  // the tree revision of its last change
};
struct EndMembership {
    MembershipId membership{};
    bool allow_orphan = false;
    std::optional<std::uint64_t> if_match;
};
struct PutPermissions {
    OrgId org{};
    RoleId role{};
    PermissionSet permissions;
    std::optional<std::uint64_t> if_match;
};
struct CreateDevice {
    OrgId org{};
    std::string name;
    std::optional<UserId> owner;
    TokenHash token{};
    Metadata metadata;
    std::vector<std::string> tags;
};
struct PatchDevice {
    DeviceId device{};
    std::optional<std::string> name;
    std::optional<Metadata> metadata;
    std::optional<std::vector<std::string>> tags;
    std::optional<std::uint64_t> if_match;
};
struct DeleteDevice {
    DeviceId device{};
    std::optional<std::uint64_t> if_match;
};
struct RotateToken {
    DeviceId device{};
    TokenHash token{};
};
struct SetOwner {
    DeviceId device{};
    std::optional<UserId> owner;  // nullopt: none
    std::optional<std::uint64_t> if_match;
};
// The device itself (Actor: DeviceId): `meta set NAME value`.
struct SetDeviceMeta {
    std::string name;
    std::string value;
};

using Command =
    std::variant<CreateRoot, SignIn, RefreshLogin, SignOut, CreateOrg, CreateUser, SuspendUser,
                 ResumeUser, CreateMembership, PatchMembership, EndMembership, PutPermissions,
                 CreateDevice, PatchDevice, DeleteDevice, RotateToken, SetOwner, SetDeviceMeta>;

}  // namespace treeline
