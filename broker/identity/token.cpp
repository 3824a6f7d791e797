// Tokens: base64url of random bytes handed in, and their SHA-256.
#include "broker/identity/token.hpp"

#include <algorithm>

#include <openssl/evp.h>
#include <openssl/hmac.h>

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

// The NUL between them keeps ("ab", "c") and ("a", "bc") apart; no purpose holds one.
MailKey keyed_digest(const MailKey& key, std::string_view purpose, std::string_view text) {
    std::string message(purpose);
    message.push_back('\0');
    message.append(text);
    MailKey digest{};
    unsigned int size = 0;
    const auto* made = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                            reinterpret_cast<const unsigned char*>(message.data()), message.size(),
                            reinterpret_cast<unsigned char*>(digest.data()), &size);
    CHECK(made != nullptr && size == digest.size());
    return digest;
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

std::string mailed_token(const MailKey& key, std::string_view purpose, std::string_view nonce) {
    return base64url(keyed_digest(key, purpose, nonce));
}

std::string keyed_label(const MailKey& key, std::string_view text, std::size_t size) {
    constexpr std::string_view digits = "0123456789abcdef";
    const MailKey digest = keyed_digest(key, "label", text);
    CHECK(size % 2 == 0 && size <= 2 * digest.size());
    std::string label;
    for (std::size_t at = 0; at < size / 2; ++at) {
        label += digits[std::to_integer<std::size_t>(digest[at] >> 4)];
        label += digits[std::to_integer<std::size_t>(digest[at] & std::byte{15})];
    }
    return label;
}

}  // namespace treeline
