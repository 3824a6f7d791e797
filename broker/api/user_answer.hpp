// A user as an answer, with the revision and ETag that its reader may know.
#pragma once

#include "broker/api/call.hpp"

namespace treeline {

// REQUIRES: the caller sees the user.
Answer user_answer(const Call& call, const Directory& directory, const User& user);

}  // namespace treeline
