// TrafficKey: one direction of a TLS 1.3 connection after its handshake; seals and opens records.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "proto/tls/aead.hpp"

namespace treeline::proto::tls {

// [RFC 8446 B.1]
enum class ContentType : std::uint8_t {
    change_cipher_spec = 20,
    alert = 21,
    handshake = 22,
    application_data = 23,
};

inline constexpr std::size_t header_size_bytes = 5;
inline constexpr std::size_t content_size_bytes_max = 16 * 1024;
// [RFC 8446 §5.2] Of what follows the header: content, its type, padding and tag.
inline constexpr std::size_t fragment_size_bytes_max = content_size_bytes_max + 256;

// Bytes of a traffic secret: as many as the suite's hash has.
std::size_t secret_size_bytes(Suite suite);

// Owned by one shard; moves with its connection. Wiped when it goes.
// The ciphers are libsodium's (AES-256-GCM with the processor's instructions, ChaCha20) and
// OpenSSL's (AES-128-GCM, and AES-256-GCM where the processor has none). Source: RFC 8446 §5, §7.
class TrafficKey {
  public:
    // `sequence`: records that the handshake has already sealed under this key.
    // REQUIRES: secret.size() == secret_size_bytes(suite).
    TrafficKey(Suite suite, std::string_view secret, std::uint64_t sequence);
    // One key counts for itself: what was moved from may not be used any more.
    TrafficKey(TrafficKey&& other) noexcept;
    TrafficKey& operator=(TrafficKey&&) = delete;
    ~TrafficKey();

    // Appends one record. A peer takes content_size_bytes_max of content.
    // REQUIRES: with type and tag, at most fragment_size_bytes_max.
    void seal(ContentType type, std::string_view content, std::string& out);
    // Opens a whole record, header and all, into the front of `into`: content, type, padding, which
    // are tag_size_bytes less than its fragment. False for one that this peer didn't seal, or not
    // next. REQUIRES: room for that, and a fragment longer than the tag.
    [[nodiscard]] bool open(std::string_view record, std::span<char> into);
    // [RFC 8446 §7.2] The next generation of the secret; counts from 0 again.
    void update();

  private:
    using Nonce = std::array<unsigned char, 12>;

    void derive();
    Nonce next_nonce();

    Suite suite_;
    std::array<unsigned char, 48> secret_{};
    std::array<unsigned char, 32> key_{};
    Nonce iv_{};
    std::uint64_t sequence_;
};

}  // namespace treeline::proto::tls
