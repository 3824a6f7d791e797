// libsodium where it has the cipher: a third of the instructions of OpenSSL's, measured.
#include "proto/tls/aead.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include <openssl/evp.h>
#include <sodium.h>

#include "base/check.hpp"

namespace treeline::proto::tls {

namespace {

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

bool has_fast_aes() {
    static const bool has = [] {
        CHECK(sodium_init() >= 0);
        return crypto_aead_aes256gcm_is_available() == 1;
    }();
    return has;
}

struct FreeContext {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

// Looked up once: by name, each time, it costs more than the cipher.
const EVP_CIPHER* openssl_cipher(Suite suite) {
    static const EVP_CIPHER* const aes_128 = EVP_CIPHER_fetch(nullptr, "AES-128-GCM", nullptr);
    static const EVP_CIPHER* const aes_256 = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
    return suite == Suite::aes_128_gcm_sha256 ? aes_128 : aes_256;
}

Context openssl_begin(Suite suite, const unsigned char* key, const unsigned char* nonce,
                      std::string_view header, int encrypting) {
    Context context(EVP_CIPHER_CTX_new());
    int done = 0;
    CHECK(EVP_CipherInit_ex(context.get(), openssl_cipher(suite), nullptr, key, nonce,
                            encrypting) == 1);
    CHECK(EVP_CipherUpdate(context.get(), nullptr, &done, bytes_of(header),
                           static_cast<int>(header.size())) == 1);
    return context;
}

void openssl_encrypt(Suite suite, const unsigned char* key, const unsigned char* nonce,
                     std::string_view header, unsigned char* bytes, std::size_t size) {
    const Context context = openssl_begin(suite, key, nonce, header, 1);
    int done = 0;
    CHECK(EVP_CipherUpdate(context.get(), bytes, &done, bytes, static_cast<int>(size)) == 1);
    CHECK(EVP_CipherFinal_ex(context.get(), bytes + size, &done) == 1);
    CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, tag_size_bytes, bytes + size) ==
          1);
}

bool openssl_decrypt(Suite suite, const unsigned char* key, const unsigned char* nonce,
                     std::string_view header, const unsigned char* cipher, std::size_t size,
                     unsigned char* into) {
    const Context context = openssl_begin(suite, key, nonce, header, 0);
    int done = 0;
    std::array<unsigned char, tag_size_bytes> tag{};
    std::copy_n(cipher + size, tag.size(), tag.begin());
    CHECK(EVP_CipherUpdate(context.get(), into, &done, cipher, static_cast<int>(size)) == 1);
    CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, tag_size_bytes, tag.data()) ==
          1);
    return EVP_CipherFinal_ex(context.get(), into + size, &done) == 1;
}

bool is_for_openssl(Suite suite) {
    return suite == Suite::aes_128_gcm_sha256 ||
           (suite == Suite::aes_256_gcm_sha384 && !has_fast_aes());
}

}  // namespace

std::optional<Suite> suite_of(std::uint16_t number) {
    const auto suite = static_cast<Suite>(number);
    const bool known = suite == Suite::aes_128_gcm_sha256 || suite == Suite::aes_256_gcm_sha384 ||
                       suite == Suite::chacha20_poly1305_sha256;
    return known ? std::optional(suite) : std::nullopt;
}

void encrypt(Suite suite, const unsigned char* key, const unsigned char* nonce,
             std::string_view header, unsigned char* bytes, std::size_t size) {
    if (is_for_openssl(suite)) {
        return openssl_encrypt(suite, key, nonce, header, bytes, size);
    }
    const auto seal = suite == Suite::aes_256_gcm_sha384
                          ? crypto_aead_aes256gcm_encrypt_detached
                          : crypto_aead_chacha20poly1305_ietf_encrypt_detached;
    seal(bytes, bytes + size, nullptr, bytes, size, bytes_of(header), header.size(), nullptr, nonce,
         key);
}

bool decrypt(Suite suite, const unsigned char* key, const unsigned char* nonce,
             std::string_view header, const unsigned char* cipher, std::size_t size,
             unsigned char* into) {
    if (is_for_openssl(suite)) {
        return openssl_decrypt(suite, key, nonce, header, cipher, size, into);
    }
    const auto open = suite == Suite::aes_256_gcm_sha384
                          ? crypto_aead_aes256gcm_decrypt_detached
                          : crypto_aead_chacha20poly1305_ietf_decrypt_detached;
    return open(into, nullptr, cipher, size, cipher + size, bytes_of(header), header.size(), nonce,
                key) == 0;
}

}  // namespace treeline::proto::tls
