// The facts about each thing, as the log and the checkpoint hold them. Plain values.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/boxed.hpp"
#include "base/packed_text.hpp"
#include "base/time.hpp"
#include "broker/domain/ids.hpp"
#include "broker/domain/permission.hpp"

namespace treeline {

using Metadata = std::map<std::string, std::string>;

enum class OrgKind : std::uint8_t { root, business, partner, client, personal, branch };
enum class OrgStatus : std::uint8_t { active, suspended };

// Whose addresses may come into an org, by domain (tenancy.md §5). Case-folded, sorted, each once.
struct DomainRules {
    std::vector<std::string> allowed;  // empty: any
    std::vector<std::string> blocked;

    bool operator==(const DomainRules&) const = default;
};

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
    DomainRules domains;  // the org's own; those of its ancestors bind it too

    bool operator==(const OrgRecord&) const = default;
};

enum class UserStatus : std::uint8_t { pending, active, suspended };

// A password reset that waits for its mailed token. Only the newest one lives.
struct ResetRecord {
    TokenHash token{};
    UnixTime expires_at{};

    bool operator==(const ResetRecord&) const = default;
};

struct UserRecord {
    UserId id{};
    PackedText email;  // case-folded
    std::optional<UnixTime> email_verified_at;
    PackedText name;
    PackedText title;
    PackedText phone;
    PackedText locale;
    PackedText timezone;
    UserStatus status = UserStatus::active;
    PackedText password_verifier;  // argon2id, encoded; empty: no password yet
    MembershipId home{};
    std::uint64_t auth_epoch = 0;  // rises with force logout, password reset, suspend
    UnixTime created_at{};
    Boxed<ResetRecord> reset;

    bool operator==(const UserRecord&) const = default;
};

enum class MembershipStatus : std::uint8_t { pending, active };

// What a pending membership made by address carries besides. The invitation's id is the
// membership's.
struct InviteRecord {
    TokenHash token{};  // of the one live link
    UnixTime expires_at{};
    UnixTime created_at{};
    std::string name;  // what the maker knows of the person; the account's, once it is made
    std::string phone;
    std::string locale;

    bool operator==(const InviteRecord&) const = default;
};

struct MembershipRecord {
    MembershipId id{};
    UserId user{};  // 0: invited by an address nobody here has yet
    PackedText invited_email;
    OrgId org{};
    RoleId role{};
    MembershipStatus status = MembershipStatus::active;
    std::optional<UnixTime> not_before;
    std::optional<UnixTime> not_after;
    UserId granted_by{};
    Boxed<InviteRecord> invite;

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
    bool is_linked = false;  // follows the parent's; `permissions` is then what that one holds

    bool operator==(const PermissionsRecord&) const = default;
};

// A role's value in an org, as a push finds or leaves it.
struct RoleValue {
    PermissionSet permissions;
    bool is_linked = false;

    bool operator==(const RoleValue&) const = default;
};
// The pairs that a push changed alike.
struct PushGroup {
    RoleId role{};
    RoleValue before;
    RoleValue after;
    std::vector<OrgId> orgs;  // parents before their children

    bool operator==(const PushGroup&) const = default;
};
// The last push from `org`, so that it can be undone; or its undoing, after which none is kept.
struct PushRecord {
    OrgId org{};
    std::vector<PushGroup> groups;
    bool is_undo = false;

    bool operator==(const PushRecord&) const = default;
};

inline constexpr Millis answer_kept_for{24LL * 60 * 60 * 1000};

// What an asker of an earlier call is told again: Idempotency-Key (platform-api.md "Writes").
struct KeptAnswer {
    TokenHash key{};      // of caller, method, path and key
    TokenHash request{};  // of the body
    std::uint64_t created = 0;
    UnixTime at{};
    std::uint64_t tree_revision = 0;  // the first of the change's trees, after it

    bool operator==(const KeptAnswer&) const = default;
};
enum class HistoryMode : std::uint8_t { move, keep, cut };

// What an org that gave a device away keeps reading: the values of these ownership epochs.
struct KeptHistory {
    OrgId org{};
    std::uint64_t from_epoch = 0;
    std::uint64_t to_epoch = 0;  // inclusive

    bool operator==(const KeptHistory&) const = default;
};

enum class TransferState : std::uint8_t { offered, accepted, declined, cancelled, expired };

// One transfer of one device: an offer on its way, or what became of it. An immediate one is
// `accepted` at once. Contract: tenancy.md §4.
struct TransferRecord {
    TransferId id{};
    DeviceId device{};
    TransferState state = TransferState::offered;
    OrgId from_org{};
    UserId from_owner{};  // 0: none
    OrgId to_org{};       // as asked; 0: not named. May name nothing: an offer to the unseen
    UserId to_user{};     // as asked; 0: not named
    OrgId into_org{};     // where the device went, or would go; 0: not known to the maker
    // The contract. nullopt: as is usual where it goes, which is known for sure at the acceptance;
    // that puts in what was done.
    std::optional<HistoryMode> history;
    std::optional<bool> rotate_token;
    bool notify = true;
    bool is_blind = false;  // the maker couldn't see the target
    UserId made_by{};
    UnixTime created_at{};
    UnixTime expires_at{};  // of an offer
    UnixTime closed_at{};
    UserId closed_by{};            // 0: the broker
    std::uint64_t from_epoch = 0;  // the device's ownership epoch when it was made

    bool operator==(const TransferRecord&) const = default;
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
    Rare<Metadata> metadata;
    Rare<std::vector<std::string>> tags;
    // Sent to the device and not yet committed: until then both tokens log in.
    Boxed<TokenHash> staged_token;
    Rare<std::vector<KeptHistory>> kept;

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
