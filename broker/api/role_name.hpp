// A role in a body: its number, or its name in that tree.
#pragma once

#include <string_view>

#include "broker/api/call.hpp"
#include "broker/api/render.hpp"

namespace treeline {

// The role that the body's field `name` means in the tree of `org`. RoleId 0 where it is none: the
// body is then refused with 422.
RoleId role_in(Call& call, std::string_view name, OrgId org);
// The same for one value of the kind `role`.
RoleId role_called(Call& call, const json::value& called, OrgId org);
// The role that the path's second part names in the tree of `org`; 0 where there is none.
RoleId path_role(const Directory& directory, const Call& call, OrgId org);
// A role with its permissions in `org`, as answers show it.
json::object show_role(const Directory& directory, OrgId org, const RoleRecord& role);
extern const Shape role_shape;

}  // namespace treeline
