// The facts about each thing, as the log and the checkpoint hold them. Plain values.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "broker/domain/ids.hpp"
#include "broker/domain/permission.hpp"

namespace treeline {

using Metadata = std::map<std::string, std::string>;

enum class OrgKind : std::uint8_t { root, business, partner, client, personal, branch };
enum class OrgStatus : std::uint8_t { active, suspended };

struct OrgRecord {
    OrgId id{};
    OrgId parent{};  // 0: a root
    std::string name;
    OrgKind kind = OrgKind::business;
    bool can_create_suborgs = false;
    OrgStatus status = OrgStatus::active;
    std::string timezone = "UTC";
    std::string description;
    UnixTime created_at{};
    Metadata metadata;

    bool operator==(const OrgRecord&) const = default;
};

enum class UserStatus : std::uint8_t { pending, active, suspended };

struct UserRecord {
    UserId id{};
    std::string email;  // case-folded
    std::optional<UnixTime> email_verified_at;
    std::string name;
    std::string title;
    std::string phone;
    std::string locale;
    std::string timezone;
    UserStatus status = UserStatus::active;
    std::string password_verifier;  // argon2id, encoded; empty: no password yet
    MembershipId home{};
    std::uint64_t auth_epoch = 0;  // rises with force logout, password reset, suspend
    UnixTime created_at{};

    bool operator==(const UserRecord&) const = default;
};

enum class MembershipStatus : std::uint8_t { pending, active };

struct MembershipRecord {
    MembershipId id{};
    UserId user{};  // 0: invited by an address nobody here has yet
    std::string invited_email;
    OrgId org{};
    RoleId role{};
    MembershipStatus status = MembershipStatus::active;
    std::optional<UnixTime> not_before;
    std::optional<UnixTime> not_after;
    UserId granted_by{};

    bool operator==(const MembershipRecord&) const = default;
};

struct RoleRecord {
    OrgId root{};
    RoleId id{};
    std::string name;

    bool operator==(const RoleRecord&) const = default;
};

// permissions(org, role), as set (prerequisites not applied).
struct PermissionsRecord {
    OrgId org{};
    RoleId role{};
    PermissionSet permissions;

    bool operator==(const PermissionsRecord&) const = default;
};

struct DeviceRecord {
    DeviceId id{};
    OrgId org{};
    UserId owner{};  // 0: none
    std::string name;
    TokenHash token{};
    std::uint64_t ownership_epoch = 1;
    std::uint64_t readable_from_epoch = 1;
    UnixTime created_at{};
    Metadata metadata;
    std::vector<std::string> tags;

    bool operator==(const DeviceRecord&) const = default;
};

// A sign-in: an access token and the refresh token that renews it.
struct LoginRecord {
    LoginId id{};
    UserId user{};
    std::uint64_t auth_epoch = 0;  // dead when the user's has moved on
    TokenHash access{};
    UnixTime access_expires{};
    TokenHash refresh{};
    std::vector<TokenHash> spent_refreshes;  // oldest first: the use of any means theft
    UnixTime refresh_expires{};
    UnixTime created_at{};

    bool operator==(const LoginRecord&) const = default;
};

}  // namespace treeline
