// Looks from above: does a right come only from a membership in an ancestor (tenancy.md §6, Audit)?
#pragma once

#include <optional>

#include "broker/authority/authorise.hpp"

namespace treeline {

// REQUIRES (all): the viewer may look. `permission`: nullopt where seeing the org is enough.
bool looks_from_above(const Directory& directory, UserId viewer, OrgId org,
                      std::optional<Permission> permission, UnixTime now);
bool looks_from_above(const Directory& directory, UserId viewer, const Device& device,
                      DeviceRight right, UnixTime now);
// The org of the user's in which it is one: his home where that is in reach. 0: it is none.
OrgId looks_from_above(const Directory& directory, UserId viewer, UserId user, UnixTime now);

}  // namespace treeline
