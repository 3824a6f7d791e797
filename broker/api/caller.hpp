// Who asks: from a bearer token to a user, anew for every request.
#pragma once

#include <string>
#include <string_view>

#include "broker/api/problem.hpp"
#include "broker/domain/directory.hpp"

namespace treeline {

struct Caller {
    UserId user{};
    LoginId login{};
};

// The 401 is the same whether the token is missing, garbled, unknown, expired, signed out, of a
// suspended user or of another server. `authorization` is the header's value.
Checked<Caller> caller_of(const Directory& directory, std::string_view authorization, UnixTime now);

}  // namespace treeline
