// How directory.cpp and apply.cpp agree on keys of indexes.
#pragma once

#include <string>
#include <string_view>

#include "broker/domain/ids.hpp"

namespace treeline {

// Under which children are found by name.
std::string child_key(OrgId parent, std::string_view folded_name);

}  // namespace treeline
