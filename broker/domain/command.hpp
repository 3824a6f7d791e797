// Commands: what somebody asks the directory to become. Plain values; ids are internal.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
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
struct PatchOrg {
    OrgId org{};
    std::optional<std::string> name;
    std::optional<OrgKind> kind;
    std::optional<bool> can_create_suborgs;
    std::optional<std::string> timezone;
    std::optional<std::string> description;
    std::optional<Metadata> metadata;
    std::optional<DomainRules> domains;
    std::optional<std::uint64_t> if_match;  // the tree revision of its last change
};
struct MoveOrg {  // with all below it, inside its tree
    OrgId org{};
    OrgId parent{};
};
struct SuspendOrg {
    OrgId org{};
};
struct ResumeOrg {
    OrgId org{};
};
struct DeleteOrg {
    OrgId org{};
    std::optional<std::uint64_t> if_match;
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
struct PatchUser {
    UserId user{};
    std::optional<std::string> name;
    std::optional<std::string> title;
    std::optional<std::string> phone;
    std::optional<std::string> locale;
    std::optional<std::string> timezone;
    std::optional<std::uint64_t> if_match;
};
struct DeleteUser {  // ends the memberships in the actor's reach; the account goes with the last
    UserId user{};
    bool allow_orphan = false;
    std::optional<std::uint64_t> if_match;
    std::vector<MembershipId> in_reach{};  // set by with_standing and nobody else
};
struct SetPassword {
    UserId user{};
    std::string password_verifier;
};
struct ForceLogout {
    UserId user{};
};
struct TransferUser {  // moves the home membership
    UserId user{};
    OrgId to_org{};
    RoleId role{};
    bool with_devices = false;  // those he owns in the org that he leaves
    bool allow_orphan = false;
};
// A token that only its mail knows: its hash, and the nonce that the mail's is made from.
struct MailedToken {
    TokenHash hash{};
    std::string nonce;
};
// Operator, for anybody: a reset for the address, if it has an account.
struct RequestReset {
    std::string email;
    MailedToken token;
};
// Operator, for whoever has the mailed token.
struct FinishReset {
    TokenHash token{};
    std::string password_verifier;
};
// An invitation of an address: a pending membership. Whether the address is known changes nothing
// in the answer.
struct Invite {
    OrgId org{};
    std::string email;
    std::string name;
    std::string phone;
    std::string locale;
    RoleId role{};
    std::optional<UnixTime> not_before;
    std::optional<UnixTime> not_after;
    MailedToken token;
};
struct ResendInvitation {  // with a new link; the one before is dead
    MembershipId invitation{};
    MailedToken token;
};
// Operator, for whoever has the mailed token: makes the account, or proves its address.
struct AcceptInvitation {
    TokenHash token{};
    std::string email;  // empty, or it must be the invited one
    std::string name;
    std::string password_verifier;  // empty: none was given
};
struct AcceptMembership {  // by the account whose proven address was invited
    MembershipId membership{};
};
struct DeclineMembership {
    MembershipId membership{};
};
struct SetHome {  // the actor's own
    MembershipId membership{};
};
struct CreateMembership {
    OrgId org{};
    std::optional<UserId> user;  // either a user the actor may see …
    std::string email;           // … or an address: an invitation, pending
    RoleId role{};
    std::optional<UnixTime> not_before;
    std::optional<UnixTime> not_after;
    MailedToken token{};  // of an invitation's link
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
struct CreateRole {
    OrgId root{};
    std::string name;
};
struct RenameRole {
    OrgId root{};
    RoleId role{};
    std::string name;
};
struct DeleteRole {
    OrgId root{};
    RoleId role{};
    RoleId replacement{};
};
enum class PushMode : std::uint8_t { overwrite, merge, link };
struct Push {  // the org's sets, to every org below it
    OrgId org{};
    PushMode mode{};
    std::vector<RoleId> roles;                       // empty: all of them
    std::optional<std::uint64_t> expected_revision;  // the tree's, at the dry run
};
struct UndoPush {
    OrgId org{};
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
// A token that the device is to learn over its connection, before a transfer commits it.
struct StageToken {
    DeviceId device{};
    TokenHash token{};
    // The device has logged in with the one staged before, so that is its token from now on.
    bool has_earlier = false;
};
// How a transfer may go, by the actor's rights (authority/permit.hpp, with_standing).
enum class TransferWay : std::uint8_t {
    unknown,
    at_once,
    offer,
    blind_offer,  // the actor can't see the target: nothing about it may be told
};
// One device to a user, an org, or a user there: at once, or as an offer.
struct CreateTransfer {
    DeviceId device{};
    OrgId to_org{};    // 0: not named
    UserId to_user{};  // 0: not named
    std::optional<std::uint64_t> expected_epoch;
    std::optional<HistoryMode> history;  // nullopt (all three): the default of tenancy.md §4
    std::optional<bool> rotate_token;
    std::optional<bool> notify;
    std::optional<TokenHash> staged{};  // which the device has acknowledged
    TransferWay way{};                  // set by with_standing and nobody else
};
struct AnswerTransfer {
    enum class Step : std::uint8_t { accept, decline, cancel };
    TransferId transfer{};
    Step step{};
    bool keep_token = false;          // with accept: the device's token stays, knowingly
    std::optional<TokenHash> staged;  // with accept
};
// The device itself (Actor: DeviceId): `meta set NAME value`.
struct SetDeviceMeta {
    std::string name;
    std::string value;
};

using Command = std::variant<
    CreateRoot, SignIn, RefreshLogin, SignOut, CreateOrg, PatchOrg, MoveOrg, SuspendOrg, ResumeOrg,
    DeleteOrg, CreateUser, PatchUser, SuspendUser, ResumeUser, DeleteUser, SetPassword, ForceLogout,
    TransferUser, RequestReset, FinishReset, CreateMembership, PatchMembership, EndMembership,
    SetHome, AcceptMembership, DeclineMembership, Invite, ResendInvitation, AcceptInvitation,
    PutPermissions, CreateRole, RenameRole, DeleteRole, Push, UndoPush, CreateDevice, PatchDevice,
    DeleteDevice, RotateToken, SetOwner, StageToken, CreateTransfer, AnswerTransfer, SetDeviceMeta>;

// "create_org": how logs and the audit call it.
std::string_view kind_name(const Command& command);

}  // namespace treeline
