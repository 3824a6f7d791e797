// How the client ends; sysexits(3).
#pragma once

namespace treeline::cli {

inline constexpr int exit_ok = 0;
inline constexpr int exit_usage = 64;
inline constexpr int exit_refused = 65;      // 4xx: the server says no
inline constexpr int exit_unavailable = 69;  // no answer, or 5xx
inline constexpr int exit_no_right = 77;     // 401 and 403: not signed in, or no right

}  // namespace treeline::cli
