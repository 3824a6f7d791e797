// Events: what has happened, each the new state of one thing. The log is a sequence of them, and a
// checkpoint is the shortest such sequence. Applying one can't fail.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "broker/domain/records.hpp"

namespace treeline {

using WireKey = std::array<std::byte, 32>;

struct Founded {  // the first event of every log
    WireKey wire_key{};
    bool operator==(const Founded&) const = default;
};
struct OrgPut {
    OrgRecord org;
    bool operator==(const OrgPut&) const = default;
};
struct OrgRemoved {
    OrgId org{};
    bool operator==(const OrgRemoved&) const = default;
};
struct UserPut {
    UserRecord user;
    bool operator==(const UserPut&) const = default;
};
struct UserRemoved {
    UserId user{};
    bool operator==(const UserRemoved&) const = default;
};
struct MembershipPut {
    MembershipRecord membership;
    bool operator==(const MembershipPut&) const = default;
};
struct MembershipRemoved {
    MembershipId membership{};
    bool operator==(const MembershipRemoved&) const = default;
};
struct RolePut {
    RoleRecord role;
    bool operator==(const RolePut&) const = default;
};
struct RoleRemoved {
    OrgId root{};
    RoleId role{};
    bool operator==(const RoleRemoved&) const = default;
};
struct PermissionsPut {
    PermissionsRecord permissions;
    bool operator==(const PermissionsPut&) const = default;
};
// The values of every pair named, and the memory of them for an undo.
struct PushPut {
    PushRecord push;
    bool operator==(const PushPut&) const = default;
};
struct DevicePut {
    DeviceRecord device;
    bool operator==(const DevicePut&) const = default;
};
struct DeviceRemoved {
    DeviceId device{};
    bool operator==(const DeviceRemoved&) const = default;
};
struct LoginPut {
    LoginRecord login;
    bool operator==(const LoginPut&) const = default;
};
struct LoginRemoved {
    LoginId login{};
    bool operator==(const LoginRemoved&) const = default;
};
struct TransferPut {
    TransferRecord transfer;
    bool operator==(const TransferPut&) const = default;
};
// Forgotten 24 h later, as the changes that follow see it.
struct AnswerKept {
    KeptAnswer answer;
    bool operator==(const AnswerKept&) const = default;
};
// Checkpoints only: the next free numbers, and a tree's own revision count.
struct CountersPut {
    std::uint64_t next_org = 1, next_user = 1, next_membership = 1, next_device = 1, next_login = 1;
    std::uint64_t next_transfer = 1;
    bool operator==(const CountersPut&) const = default;
};
struct TreeCounted {
    OrgId root{};
    std::uint64_t revision = 0;
    std::uint32_t next_role = 0;  // 0: one more than the greatest there is
    bool operator==(const TreeCounted&) const = default;
};
// Checkpoints only: the object's last-change revision, counted in its tree (the ETag), and what a
// user's row learned from sign-ins that are gone.
struct ChangedAt {
    // The last two: of an org or a root, Directory::rights_changed_at and roles_changed_at.
    enum class Kind : std::uint8_t { org, user, membership, device, rights, roles } kind{};
    std::uint64_t id = 0;
    std::uint64_t tree_revision = 0;
    std::optional<UnixTime> last_login_at;  // of a user
    bool operator==(const ChangedAt&) const = default;
};

using Event = std::variant<Founded, OrgPut, OrgRemoved, UserPut, UserRemoved, MembershipPut,
                           MembershipRemoved, RolePut, RoleRemoved, PermissionsPut, PushPut,
                           DevicePut, DeviceRemoved, LoginPut, LoginRemoved, TransferPut,
                           AnswerKept, CountersPut, TreeCounted, ChangedAt>;

// What a mail is about; its words are broker/mail's.
enum class MailKind : std::uint8_t {
    invitation,             // to an address nobody here has yet
    membership_invitation,  // to somebody with an account
    password_reset,
    password_changed,
    transfer_notice,
    account_exists,
};
// A mail to be sent once the change that it tells of is durable. Its values never hold a token:
// they hold the nonce that the token is made from (identity/mailed_token.hpp).
struct OutgoingMail {
    std::string to;
    MailKind kind{};
    std::map<std::string, std::string> values;
    bool operator==(const OutgoingMail&) const = default;
};

// Everything one accepted command changed: one entry of the log, one revision.
struct Change {
    UnixTime at{};
    UserId actor{};  // 0: the host's operator or the broker itself
    // Roots whose revision counts this change, ascending. Empty for the founding and for logins: a
    // sign-in changes nothing that a tree shows.
    std::vector<OrgId> trees;
    std::vector<Event> events;
    std::vector<OutgoingMail> mail{};
    std::string command{};  // the kind of command, for the audit: "create_org"
    std::string from{};     // the asker's address; empty: on this host
};

}  // namespace treeline
