// What the rules of decide share: the scene they look at and their common answers.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "broker/domain/decide.hpp"

namespace treeline {

// What a rule may look at. Lives for one decision.
struct Scene {
    const Directory& directory;
    const Actor& actor;
    UnixTime now;
    const TreeLimits& limits;

    UserId acting_user() const { return actor.user() == nullptr ? UserId{} : *actor.user(); }
};

// One rule per command; `at`, `actor` and `trees` of the change are filled in by decide().
Decided<Decision> decide_on(const Scene& scene, const CreateRoot& command);
Decided<Decision> decide_on(const Scene& scene, const SignIn& command);
Decided<Decision> decide_on(const Scene& scene, const RefreshLogin& command);
Decided<Decision> decide_on(const Scene& scene, const SignOut& command);
Decided<Decision> decide_on(const Scene& scene, const CreateOrg& command);
Decided<Decision> decide_on(const Scene& scene, const CreateUser& command);
Decided<Decision> decide_on(const Scene& scene, const SuspendUser& command);
Decided<Decision> decide_on(const Scene& scene, const ResumeUser& command);
Decided<Decision> decide_on(const Scene& scene, const CreateMembership& command);
Decided<Decision> decide_on(const Scene& scene, const PatchMembership& command);
Decided<Decision> decide_on(const Scene& scene, const EndMembership& command);
Decided<Decision> decide_on(const Scene& scene, const PutPermissions& command);
Decided<Decision> decide_on(const Scene& scene, const CreateDevice& command);
Decided<Decision> decide_on(const Scene& scene, const PatchDevice& command);
Decided<Decision> decide_on(const Scene& scene, const DeleteDevice& command);
Decided<Decision> decide_on(const Scene& scene, const RotateToken& command);
Decided<Decision> decide_on(const Scene& scene, const SetOwner& command);
Decided<Decision> decide_on(const Scene& scene, const PatchOrg& command);
Decided<Decision> decide_on(const Scene& scene, const MoveOrg& command);
Decided<Decision> decide_on(const Scene& scene, const SuspendOrg& command);
Decided<Decision> decide_on(const Scene& scene, const ResumeOrg& command);
Decided<Decision> decide_on(const Scene& scene, const DeleteOrg& command);
Decided<Decision> decide_on(const Scene& scene, const PatchUser& command);
Decided<Decision> decide_on(const Scene& scene, const DeleteUser& command);
Decided<Decision> decide_on(const Scene& scene, const SetPassword& command);
Decided<Decision> decide_on(const Scene& scene, const ForceLogout& command);
Decided<Decision> decide_on(const Scene& scene, const TransferUser& command);
Decided<Decision> decide_on(const Scene& scene, const RequestReset& command);
Decided<Decision> decide_on(const Scene& scene, const FinishReset& command);
Decided<Decision> decide_on(const Scene& scene, const SetHome& command);
Decided<Decision> decide_on(const Scene& scene, const AcceptMembership& command);
Decided<Decision> decide_on(const Scene& scene, const DeclineMembership& command);
Decided<Decision> decide_on(const Scene& scene, const Invite& command);
Decided<Decision> decide_on(const Scene& scene, const ResendInvitation& command);
Decided<Decision> decide_on(const Scene& scene, const AcceptInvitation& command);
Decided<Decision> decide_on(const Scene& scene, const CreateRole& command);
Decided<Decision> decide_on(const Scene& scene, const RenameRole& command);
Decided<Decision> decide_on(const Scene& scene, const DeleteRole& command);
Decided<Decision> decide_on(const Scene& scene, const Push& command);
Decided<Decision> decide_on(const Scene& scene, const UndoPush& command);
Decided<Decision> decide_on(const Scene& scene, const StageToken& command);
Decided<Decision> decide_on(const Scene& scene, const CreateTransfer& command);
Decided<Decision> decide_on(const Scene& scene, const AnswerTransfer& command);
Decided<Decision> decide_on(const Scene& scene, const SetDeviceMeta& command);

inline Refusal refuse(RefusalCode code, std::string detail = {}) {
    Refusal refusal;
    refusal.code = code;
    refusal.detail = std::move(detail);
    return refusal;
}

inline Decision unchanged(std::uint64_t id) {
    return Decision{Change{}, id};
}
template <class... Events>
Decision decision(std::uint64_t id, Events&&... events) {
    Decision result{Change{}, id};
    (result.change.events.emplace_back(std::forward<Events>(events)), ...);
    return result;
}

// nullopt: as it should be.
using Objection = std::optional<Refusal>;
Objection check_if_match(const std::optional<std::uint64_t>& if_match, std::uint64_t changed_at);
Objection check_name(const Scene& scene, std::string_view name);
Objection check_metadata(const Scene& scene, const Metadata& metadata);
Objection check_role(const Scene& scene, const Org& org, RoleId role);
// May this (folded) address come into the org? By the rules of the org and of all its ancestors:
// a sub-org can narrow what it inherits, never widen it. domain_not_allowed.
Objection check_domain(const Scene& scene, const Org& org, std::string_view email);
Objection check_domains(const DomainRules& rules);
// Name, time zone, description, metadata and domains.
Objection check_org_values(const Scene& scene, const OrgRecord& org);

// A window that can open, and whose end lies ahead where the command sets it.
Objection check_window(const Scene& scene, const MembershipRecord& next, bool sets_end);
// What a granted membership does besides: it answers the invitations of its holder into the org,
// and is a home to who has none.
void settle_in(const Scene& scene, const MembershipRecord& membership, Decision& made);
// Ownership in the org ends with the membership, in the same change.
void clear_ownership(const Scene& scene, const Membership& membership, Decision& made);
// What the command would make, once nothing stands against it.
Decided<MembershipRecord> new_membership(const Scene& scene, const CreateMembership& command);
// A pending membership of `membership.invited_email` with its one live link, and the mail that
// brings it. The same for known and unknown addresses, but for the words of the mail.
Decision invite(const Scene& scene, MembershipRecord membership, const MailedToken& token);
// A mailed token proves the address: whoever reads its mail is the only one to know the password
// from now on. Ends every session; the caller puts `user`.
void prove_address(const Scene& scene, UserRecord& user, std::string_view verifier, Decision& made);
// Every session ends, and every refresh token with it; the caller puts `user`.
void end_sessions(const Scene& scene, UserRecord& user, Decision& made);
Objection check_profile(const Scene& scene, const UserRecord& user);

// With the end of `ended`, the user's oldest remaining membership becomes home; none if none is.
void move_home(const Scene& scene, const Membership& ended, Decision& made);

// last_admin of tenancy.md §2: would `membership`'s org be without an admin if `membership` became
// `next` (nullopt: ended)? Suspended orgs are guarded too, or resuming one would find it orphaned;
// but not against the holder, who can't see them any more. `allow_orphan` counts for an actor with
// a live membership above, and never at a root.
bool counts_as_admin(const Scene& scene, const MembershipRecord& membership);
Objection check_last_admin(const Scene& scene, const Membership& membership,
                           const std::optional<MembershipRecord>& next, bool allow_orphan);

// An owner is a user with an active membership in the device's org, which has not ended; 0: none.
Objection check_owner(const Scene& scene, OrgId org, UserId owner);
// The token is nobody's.
Objection check_token(const Scene& scene, const TokenHash& token);

// ---- transfers (tenancy.md §4), for every rule that moves a device or its owner
// Appends the events of a device that stays where it is and gets another owner (0: none): the
// device, its history, and the end of an offer of it.
void change_owner(const Scene& scene, const Device& device, UserId owner, Decision& made);
// The same for a device that follows its owner into another org of the tree.
void take_along(const Scene& scene, const Device& device, OrgId into, Decision& made);
// Ends the open offer of a device, if there is one.
void cancel_offer(const Scene& scene, DeviceId device, Decision& made);
// Ends the open offers of all devices in `org` and below it: it moves.
void cancel_offers_below(const Scene& scene, OrgId org, Decision& made);
// Ends the open offers to `org`, which is deleted. What its maker couldn't see stays open until it
// expires, as if there never had been such an org.
void cancel_offers_to(const Scene& scene, OrgId org, Decision& made);

}  // namespace treeline
