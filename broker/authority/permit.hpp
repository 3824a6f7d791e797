// permit: may this actor give this command? 404, 403 and what follows from the rights of others;
// `decide` finds the rest.
#pragma once

#include <optional>

#include "broker/authority/authorise.hpp"
#include "broker/domain/command.hpp"
#include "broker/domain/refusal.hpp"

namespace treeline {

// nullopt: yes. `gone` for an offer or an invitation whose maker could
// not make it any more. `not_found` when the
// object is missing or the actor may not see it, else `forbidden` with the missing permission.
// Includes "nobody acts upward", "what is added must be held", "nobody changes the role of their
// own membership" and "a grant's not_after is at most its granter's". The operator may do only what
// its commands are for.
std::optional<Refusal> permit(const Directory& directory, const Actor& actor,
                              const Command& command, UnixTime now);

// `command` with what its rule must know of the actor's rights, as they are in this world: whether
// a transfer may go at once, or is offered, maybe to a target out of sight; which memberships of a
// user he may end. Replaces whatever was set before. Every other command comes back as it is.
Command with_standing(const Directory& directory, const Actor& actor, Command command,
                      UnixTime now);

// For a device the caller can see but not change so: the permission to name in the 403
// (the own group's if the caller owns it in that org, suborgs.enter if only that is missing).
Refusal device_refusal(const Directory& directory, UserId user, DeviceId device, DeviceRight right,
                       UnixTime now);
Refusal org_refusal(const Directory& directory, UserId user, OrgId org, Permission permission,
                    UnixTime now);

}  // namespace treeline
