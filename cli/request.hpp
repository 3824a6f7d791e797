// From what was given to the call that it means.
#pragma once

#include "base/result.hpp"
#include "cli/client.hpp"
#include "cli/command.hpp"
#include "cli/wrong.hpp"

namespace treeline::cli {

// Percent-encoded, for one part of a path or a query.
std::string encoded(std::string_view text);

// Fails with what is wrong with a value, in words. REQUIRES: `me` and the names of roles in the
// path have been looked up.
ResultOf<ApiRequest, Wrong> request_of(const Command& command, const Given& given);

// A number from 1 to 2^53 - 1, as ids are.
bool is_id(std::string_view text);

}  // namespace treeline::cli
