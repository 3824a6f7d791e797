// Tokens: random, shown once, known afterwards only by their hash.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "broker/domain/ids.hpp"

namespace treeline {

// 32 random bytes of one data directory, kept outside the log (DIR/mail.key, mode 0600).
using MailKey = std::array<std::byte, 32>;

inline constexpr std::size_t device_token_size = 32;  // base64url of 24 random bytes
inline constexpr std::size_t access_token_size = 43;  // base64url of 32 random bytes

// base64url without padding.
std::string device_token(std::span<const std::byte, 24> random);
std::string access_token(std::span<const std::byte, 32> random);
// Is it 32 characters of base64url? Anything else is never looked up.
bool is_device_token(std::string_view text);
TokenHash hash_token(std::string_view token);

// What a mailed token is for; a token of one purpose is worth nothing for the other.
inline constexpr std::string_view purpose_invitation = "invitation";
inline constexpr std::string_view purpose_password_reset = "password_reset";
// The token that stands in a mail: base64url(HMAC-SHA256(key, purpose 0x00 nonce)), 43 characters.
// The log holds only the nonce, so who reads the log (or a copy of it) without the key has no link.
std::string mailed_token(const MailKey& key, std::string_view purpose, std::string_view nonce);
// The first `size` of HMAC-SHA256(key, "label" 0x00 text) in hex: names that nobody else can guess
// or repeat, such as a Message-ID. REQUIRES: an even size of at most 64.
std::string keyed_label(const MailKey& key, std::string_view text, std::size_t size);

}  // namespace treeline
