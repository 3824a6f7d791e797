// Tokens: random, shown once, known afterwards only by their hash.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "broker/domain/ids.hpp"

namespace treeline {

inline constexpr std::size_t device_token_size = 32;  // base64url of 24 random bytes
inline constexpr std::size_t access_token_size = 43;  // base64url of 32 random bytes

// base64url without padding.
std::string device_token(std::span<const std::byte, 24> random);
std::string access_token(std::span<const std::byte, 32> random);
// Is it 32 characters of base64url? Anything else is never looked up.
bool is_device_token(std::string_view text);
TokenHash hash_token(std::string_view token);

}  // namespace treeline
