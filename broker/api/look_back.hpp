// Requests that name an instant (`as_of`, `at`, `from`, `to`): a time, or a revision.
#pragma once

#include "broker/api/call.hpp"

namespace treeline {

// Reads the instants that the route takes from the query. 400 for what is neither, and for an
// instant that the route does not take.
std::optional<Problem> read_instants(Call& call);
// Finds the worlds of the instants that were asked for, then gives the call to `next`. An instant
// that can't be is no answer yet: 404 and 403 come before 422 (call.cpp answers it).
void look_back(CallPtr call, Handler next);

// What the call's list is made from: the present, and where `as_of` was given the past.
bool is_of_the_past(const Call& call, std::size_t which = 0);
// The revision that the answer is true at; `present` where no instant was asked for.
std::uint64_t revision_then(const Call& call, std::uint64_t present, std::size_t which = 0);
// Past and present are one where no instant was asked for.
Hindsight hindsight_of(const Call& call, std::size_t which = 0);

}  // namespace treeline
