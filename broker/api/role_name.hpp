// A role in a body: its number, or its name in that tree.
#pragma once

#include <string_view>

#include "broker/api/call.hpp"

namespace treeline {

// The role that the body's field `name` means in the tree of `org`. RoleId 0 where it is none: the
// body is then refused with 422.
RoleId role_in(Call& call, std::string_view name, OrgId org);

}  // namespace treeline
