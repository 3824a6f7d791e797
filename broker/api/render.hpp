// Objects as answers show them, each to one viewer: what the viewer may not see is never in one.
#pragma once

#include <span>
#include <string>

#include "broker/api/json.hpp"
#include "broker/api/shape.hpp"
#include "broker/authority/visible.hpp"
#include "broker/session/values.hpp"

namespace treeline {

// Whose eyes, on which world, at what time.
struct View {
    const Directory& directory;
    UserId viewer{};
    UnixTime now{};
};

// REQUIRES (all): the viewer sees the object itself.
json::object show(const View& view, const Org& org);
json::object show(const View& view, const User& user);
json::object show(const View& view, const Membership& membership);
json::object show(const View& view, const Device& device, const Presence& presence);
json::object show(const StoredValue& value);
json::object show(const View& view, const TransferRecord& transfer);
// An id as `view` may see it: itself, "above" or "outside"; null for 0. A user's stands in
// something of the org `standing`.
json::value org_id(const View& view, OrgId org);
json::value user_id(const View& view, OrgId standing, UserId user);
json::array names_of(const PermissionSet& permissions);

std::string_view name(OrgKind kind);
std::optional<OrgKind> org_kind_named(std::string_view name);

// The shapes of those objects, for the OpenAPI document and its test.
extern const Shape org_shape, user_shape, membership_shape, device_shape, pin_shape,
    permissions_shape, revision_shape, transfer_shape;

}  // namespace treeline
