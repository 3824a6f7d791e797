// Until when what a user was told stands by itself: for those who send it later than it was made.
#pragma once

#include "broker/domain/directory.hpp"

namespace treeline {

// The next instant at which a membership of the user's begins or ends; unix_time_max: none does.
UnixTime rights_end(const Directory& world, UserId user, UnixTime now);

}  // namespace treeline
