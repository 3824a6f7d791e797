// What of an answer goes into the audit: denied attempts, and looks from above.
#pragma once

#include <optional>

#include "broker/api/call.hpp"

namespace treeline {

// Before the answer leaves. A problem (503): it can't be recorded, so it must not be answered.
std::optional<Problem> record_denial(const Call& call, const Problem& problem);
std::optional<Problem> record_look(const Call& call);

}  // namespace treeline
