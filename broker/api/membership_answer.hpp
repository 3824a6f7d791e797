// A membership as an answer, to whoever may see it still.
#pragma once

#include "broker/api/call.hpp"

namespace treeline {

// Only a revision where the caller does not see the membership `created` (any more).
Checked<Answer> show_membership(Call& call, const Directory& directory, std::uint64_t created);

}  // namespace treeline
