// The ciphers of TLS 1.3's records as two functions, over the code of libraries.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace treeline::proto::tls {

// [RFC 8446 B.4] The suites that we take; the numbers are the wire's.
enum class Suite : std::uint16_t {
    aes_128_gcm_sha256 = 0x1301,
    aes_256_gcm_sha384 = 0x1302,
    chacha20_poly1305_sha256 = 0x1303,
};
std::optional<Suite> suite_of(std::uint16_t number);

inline constexpr std::size_t tag_size_bytes = 16;

// Encrypts `size` bytes where they lie, and puts tag_size_bytes behind them. `key` as long as the
// suite's; the nonce, 12 bytes, never twice under one key.
void encrypt(Suite suite, const unsigned char* key, const unsigned char* nonce,
             std::string_view header, unsigned char* bytes, std::size_t size);
// The `size` bytes at `cipher`, and the tag behind them, into `into`. False, and nothing in `into`
// may be used, when the tag is another.
[[nodiscard]] bool decrypt(Suite suite, const unsigned char* key, const unsigned char* nonce,
                           std::string_view header, const unsigned char* cipher, std::size_t size,
                           unsigned char* into);

}  // namespace treeline::proto::tls
