// Passwords: argon2id (m = 19 MiB, t = 2). Tens of milliseconds: only on the password pool.
#pragma once

#include <string>
#include <string_view>

namespace treeline {

inline constexpr std::size_t password_size_min = 8;
inline constexpr std::size_t password_size_max = 128;

// The encoded verifier (salt inside). REQUIRES: size within the bounds. Blocks.
std::string hash_password(std::string_view password);
// Constant time for a given verifier. An empty verifier is compared with a dummy one, takes as
// long and is never right. Blocks.
bool verify_password(std::string_view password, const std::string& verifier);

}  // namespace treeline
