// Record   = type (23) version (0x0303) length fragment
// fragment = AEAD(content type padding), the header as additional data, the nonce from a count.
#include "proto/tls/traffic_key.hpp"

#include <algorithm>
#include <utility>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/check.hpp"

namespace treeline::proto::tls {

namespace {

constexpr std::uint64_t sequence_max = ~std::uint64_t{0};

// [RFC 8446 §7.1] HKDF-Expand-Label with no context. One block of the hash is all that TLS asks
// for here. REQUIRES: into.size() <= the size of the secret.
void expand(Suite suite, std::span<const unsigned char> secret, std::string_view label,
            std::span<unsigned char> into) {
    const std::string name = "tls13 " + std::string(label);
    std::string info{'\0', static_cast<char>(into.size()), static_cast<char>(name.size())};
    info += name + '\0' + '\1';
    std::array<unsigned char, EVP_MAX_MD_SIZE> block{};
    const auto* const hash = suite == Suite::aes_256_gcm_sha384 ? EVP_sha384() : EVP_sha256();
    const auto* const made = HMAC(hash, secret.data(), static_cast<int>(secret.size()),
                                  reinterpret_cast<const unsigned char*>(info.data()), info.size(),
                                  block.data(), nullptr);
    CHECK(made != nullptr && into.size() <= secret.size());
    std::copy_n(block.begin(), into.size(), into.begin());
    OPENSSL_cleanse(block.data(), block.size());
}

std::size_t key_size_bytes(Suite suite) {
    return suite == Suite::aes_128_gcm_sha256 ? 16 : 32;
}

}  // namespace

std::size_t secret_size_bytes(Suite suite) {
    return suite == Suite::aes_256_gcm_sha384 ? 48 : 32;
}

TrafficKey::TrafficKey(Suite suite, std::string_view secret, std::uint64_t sequence)
    : suite_(suite), sequence_(sequence) {
    CHECK(secret.size() == secret_size_bytes(suite));
    std::ranges::copy(secret, secret_.begin());
    derive();
}

TrafficKey::TrafficKey(TrafficKey&& other) noexcept
    : suite_(other.suite_),
      secret_(other.secret_),
      key_(other.key_),
      iv_(other.iv_),
      sequence_(std::exchange(other.sequence_, sequence_max)) {}

TrafficKey::~TrafficKey() {
    OPENSSL_cleanse(secret_.data(), secret_.size());
    OPENSSL_cleanse(key_.data(), key_.size());
    OPENSSL_cleanse(iv_.data(), iv_.size());
}

// [RFC 8446 §7.3]
void TrafficKey::derive() {
    const auto secret = std::span(secret_).first(secret_size_bytes(suite_));
    expand(suite_, secret, "key", std::span(key_).first(key_size_bytes(suite_)));
    expand(suite_, secret, "iv", iv_);
}

void TrafficKey::update() {
    const auto secret = std::span(secret_).first(secret_size_bytes(suite_));
    std::array<unsigned char, 48> next{};
    expand(suite_, secret, "traffic upd", std::span(next).first(secret.size()));
    secret_ = next;
    OPENSSL_cleanse(next.data(), next.size());
    derive();
    sequence_ = 0;
}

// [RFC 8446 §5.3]
TrafficKey::Nonce TrafficKey::next_nonce() {
    CHECK(sequence_ != sequence_max);
    Nonce nonce = iv_;
    for (std::size_t i = 0; i < sizeof sequence_; ++i) {
        nonce[nonce.size() - 1 - i] ^= static_cast<unsigned char>(sequence_ >> (8 * i));
    }
    ++sequence_;
    return nonce;
}

void TrafficKey::seal(ContentType type, std::string_view content, std::string& out) {
    const std::size_t inner_size = content.size() + 1;
    const std::size_t fragment_size = inner_size + tag_size_bytes;
    CHECK(fragment_size <= fragment_size_bytes_max);
    const std::size_t begin = out.size();
    const std::array<char, header_size_bytes> header{
        static_cast<char>(ContentType::application_data), 3, 3,
        static_cast<char>(fragment_size >> 8U), static_cast<char>(fragment_size & 0xffU)};
    out.append(header.data(), header.size());
    out.append(content);
    out.append(1 + tag_size_bytes, static_cast<char>(type));  // the tag's place is filled below
    auto* const inner = reinterpret_cast<unsigned char*>(out.data()) + begin + header.size();
    const Nonce nonce = next_nonce();
    encrypt(suite_, key_.data(), nonce.data(), {header.data(), header.size()}, inner, inner_size);
}

bool TrafficKey::open(std::string_view record, std::span<char> into) {
    const std::string_view header = record.substr(0, header_size_bytes);
    const std::string_view fragment = record.substr(header_size_bytes);
    CHECK(fragment.size() > tag_size_bytes);
    const std::size_t inner_size = fragment.size() - tag_size_bytes;
    CHECK(inner_size <= into.size());
    const Nonce nonce = next_nonce();
    return decrypt(suite_, key_.data(), nonce.data(), header,
                   reinterpret_cast<const unsigned char*>(fragment.data()), inner_size,
                   reinterpret_cast<unsigned char*>(into.data()));
}

}  // namespace treeline::proto::tls
