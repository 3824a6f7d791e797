// Tokens: base64url of random bytes handed in, and their SHA-256.
#include "broker/identity/token.hpp"

#include <algorithm>

#include <openssl/evp.h>

#include "base/check.hpp"

namespace treeline {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// RFC 4648 §5 without padding: three bytes become four characters, the rest 2 or 3.
std::string base64url(std::span<const std::byte> bytes) {
    std::string text;
    text.reserve((bytes.size() * 4 + 2) / 3);
    std::uint32_t bits = 0;
    int held = 0;
    for (const std::byte byte : bytes) {
        bits = (bits << 8) | std::to_integer<std::uint32_t>(byte);
        for (held += 8; held >= 6; held -= 6) {
            text += alphabet[(bits >> (held - 6)) & 63];
        }
    }
    if (held > 0) {
        text += alphabet[(bits << (6 - held)) & 63];
    }
    return text;
}

}  // namespace

std::string device_token(std::span<const std::byte, 24> random) {
    return base64url(random);
}

std::string access_token(std::span<const std::byte, 32> random) {
    return base64url(random);
}

bool is_device_token(std::string_view text) {
    return text.size() == device_token_size &&
           std::ranges::all_of(text, [](char c) { return alphabet.find(c) != alphabet.npos; });
}

TokenHash hash_token(std::string_view token) {
    std::array<unsigned char, std::tuple_size_v<TokenHash>> digest{};
    unsigned int size = 0;
    const int done =
        EVP_Digest(token.data(), token.size(), digest.data(), &size, EVP_sha256(), nullptr);
    CHECK(done == 1 && size == digest.size());
    TokenHash hash{};
    std::ranges::transform(digest, hash.begin(), [](unsigned char c) { return std::byte{c}; });
    return hash;
}

}  // namespace treeline
