// permit, split by concept: one permit_on per command, and the rules that several of them share.
#pragma once

#include <optional>
#include <string>

#include "broker/authority/permit.hpp"
#include "broker/authority/visible.hpp"
#include "broker/authority/walk.hpp"

namespace treeline {

using Objection = std::optional<Refusal>;

// An active user who asks, of one world at one instant.
struct Asker {
    const Directory& directory;
    UserId user{};
    UnixTime now{};
};

Objection permit_on(const Asker& asker, const SignOut& command);
Objection permit_on(const Asker& asker, const CreateOrg& command);
Objection permit_on(const Asker& asker, const CreateUser& command);
Objection permit_on(const Asker& asker, const SuspendUser& command);
Objection permit_on(const Asker& asker, const ResumeUser& command);
Objection permit_on(const Asker& asker, const CreateMembership& command);
Objection permit_on(const Asker& asker, const PatchMembership& command);
Objection permit_on(const Asker& asker, const EndMembership& command);
Objection permit_on(const Asker& asker, const PutPermissions& command);
Objection permit_on(const Asker& asker, const CreateDevice& command);
Objection permit_on(const Asker& asker, const PatchDevice& command);
Objection permit_on(const Asker& asker, const DeleteDevice& command);
Objection permit_on(const Asker& asker, const RotateToken& command);
Objection permit_on(const Asker& asker, const SetOwner& command);
Objection permit_on(const Asker& asker, const PatchOrg& command);
Objection permit_on(const Asker& asker, const MoveOrg& command);
Objection permit_on(const Asker& asker, const SuspendOrg& command);
Objection permit_on(const Asker& asker, const ResumeOrg& command);
Objection permit_on(const Asker& asker, const DeleteOrg& command);
Objection permit_on(const Asker& asker, const PatchUser& command);
Objection permit_on(const Asker& asker, const DeleteUser& command);
Objection permit_on(const Asker& asker, const SetPassword& command);
Objection permit_on(const Asker& asker, const ForceLogout& command);
Objection permit_on(const Asker& asker, const TransferUser& command);
Objection permit_on(const Asker& asker, const SetHome& command);
Objection permit_on(const Asker& asker, const AcceptMembership& command);
Objection permit_on(const Asker& asker, const DeclineMembership& command);
Objection permit_on(const Asker& asker, const Invite& command);
Objection permit_on(const Asker& asker, const ResendInvitation& command);
Objection permit_on(const Asker& asker, const CreateRole& command);
Objection permit_on(const Asker& asker, const RenameRole& command);
Objection permit_on(const Asker& asker, const DeleteRole& command);
Objection permit_on(const Asker& asker, const Push& command);
Objection permit_on(const Asker& asker, const UndoPush& command);
Objection permit_on(const Asker& asker, const CreateTransfer& command);
Objection permit_on(const Asker& asker, const AnswerTransfer& command);

Refusal unseen();  // 404: missing and invisible alike
Refusal forbidden(std::string detail, std::optional<Permission> missing = std::nullopt);

// not_found where the org is out of sight, else forbidden where `permission` is missing there.
Objection need(const Asker& asker, OrgId org, Permission permission);

// not_found where the device is out of sight, else forbidden where `right` on it is missing.
Objection need_on(const Asker& asker, DeviceId device, DeviceRight right);

// An act on an account needs the permission at every org of the user; else `membership_scope`.
Objection need_everywhere(const Asker& asker, UserId user, Permission permission);
// Nobody acts on an account that holds, or will hold, what they don't; on one's own anybody may.
Objection acts_upward_on(const Asker& asker, UserId user);

// May he give somebody the role in the org until then, be it at once or once an invitation is
// accepted?
Objection may_invite(const Asker& asker, OrgId org, RoleId role,
                     const std::optional<UnixTime>& not_after);
// An invitation holds while its maker could make it: `gone` otherwise.
Objection check_maker(const Directory& directory, const Membership& invitation, UnixTime now);
// How far his rights carry a transfer.
TransferWay way_of(const Asker& asker, const CreateTransfer& command);
// The memberships of `user` that the asker may end by deleting him.
std::vector<MembershipId> memberships_in_reach(const Asker& asker, UserId user);

// What a membership (or a set, or a role in it) gives: in its own org, and in every org below.
struct Giving {
    PermissionSet here;
    PermissionSet below;
};
Giving giving(const PermissionSet& set);
Giving without(const Giving& more, const Giving& less);

// What stands, and what comes, where a role's set in an org is replaced by another.
struct Replacing {
    Giving before;
    Giving added;
};
Replacing replacing(const PermissionSet& before, const PermissionSet& after);

// "Every permission that a change adds must be held there", at every org that it reaches, and by
// memberships that last until `until` (unix_time_max: without an end).
Objection may_add(const Asker& asker, const Org& org, const Giving& added, UnixTime until);
// Is all of it held in every org below `top` anyway? Then neither objects to anything there.
bool holds_below(const Asker& asker, const Org& top, const PermissionSet& wanted);
// "Nobody acts upward": nobody acts on what gives `target` from `org` down unless he holds all of
// it wherever both reach.
Objection acts_upward(const Asker& asker, const Org& org, const Giving& target);

}  // namespace treeline
