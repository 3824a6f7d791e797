// The server's TLS policy in one place (device-protocol.md §1, house.md "TLS without fat").
#include "broker/edge/tls_context.hpp"

#include <cstring>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "base/check.hpp"
#include "net/tls_connection.hpp"

namespace treeline {

namespace {

constexpr const char* suites_tls12 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* suites_legacy = ":ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-SHA256";

template <std::size_t N>
void fill_random(std::array<unsigned char, N>& bytes) {
    CHECK(RAND_bytes(bytes.data(), static_cast<int>(N)) == 1);
}

TicketKey fresh_ticket_key() {
    TicketKey key;
    fill_random(key.name);
    fill_random(key.cipher);
    fill_random(key.mac);
    return key;
}

void free_keys(void*, void* keys, CRYPTO_EX_DATA*, int, long, void*) {
    delete static_cast<TicketKeys*>(keys);
}

// The slot of an SSL_CTX in which its ticket keys live; they die with it.
int keys_slot() {
    static const int slot = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, free_keys);
    return slot;
}

const TicketKey* find_key(const TicketKeys& keys, const unsigned char* name) {
    for (const TicketKey* key : {&keys.current, &keys.previous}) {
        if (std::memcmp(key->name.data(), name, key->name.size()) == 0) {
            return key;
        }
    }
    return nullptr;
}

bool set_up_mac(EVP_MAC_CTX* mac, const TicketKey& key) {
    std::array<unsigned char, 32> secret = key.mac;
    char digest[] = "SHA256";
    const std::array<OSSL_PARAM, 3> params{
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, secret.data(), secret.size()),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end()};
    return EVP_MAC_CTX_set_params(mac, params.data()) == 1;
}

// OpenSSL's contract: 1 go on, 2 go on and renew the ticket, 0 full handshake, -1 error.
int on_ticket(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
              EVP_MAC_CTX* mac, int encrypt) {
    const auto* keys =
        static_cast<const TicketKeys*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), keys_slot()));
    if (encrypt != 0) {
        const TicketKey& key = keys->current;
        std::memcpy(name, key.name.data(), key.name.size());
        const bool ok =
            RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) == 1 &&
            EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), nullptr, key.cipher.data(), iv) == 1 &&
            set_up_mac(mac, key);
        return ok ? 1 : -1;
    }
    const TicketKey* key = find_key(*keys, name);
    if (key == nullptr) {
        return 0;
    }
    const bool ok =
        EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), nullptr, key->cipher.data(), iv) == 1 &&
        set_up_mac(mac, *key);
    if (!ok) {
        return -1;
    }
    return key == &keys->current ? 1 : 2;
}

void set_policy(SSL_CTX* context, bool legacy) {
    // The floor is set by hand: with the security level alone old versions get alert 80, not 70.
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    const std::string suites = std::string(suites_tls12) + (legacy ? suites_legacy : "");
    SSL_CTX_set_cipher_list(context, suites.c_str());
    SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384");
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
                                     SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_max_early_data(context, 0);
    SSL_CTX_set_recv_max_early_data(context, 0);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, 1);
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
}

std::string last_error() {
    const unsigned long code = ERR_peek_last_error();
    const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
    ERR_clear_error();
    return reason == nullptr ? "unreadable" : reason;
}

}  // namespace

TicketKeys fresh_ticket_keys() {
    return {fresh_ticket_key(), fresh_ticket_key()};
}

TicketKeys rotate(const TicketKeys& keys) {
    return {fresh_ticket_key(), keys.current};
}

ResultOf<std::shared_ptr<const TlsContext>, std::string> TlsContext::load(const TlsFiles& files,
                                                                          const TicketKeys& keys) {
    SSL_CTX* raw = SSL_CTX_new(TLS_server_method());
    CHECK(raw != nullptr);
    const std::shared_ptr<const TlsContext> context(new TlsContext(raw));
    set_policy(raw, files.legacy_suites);
    if (!files.openssl_records) {
        TlsConnection::hand_over_after_handshake(raw);
    }
    SSL_CTX_set_ex_data(raw, keys_slot(), new TicketKeys(keys));
    SSL_CTX_set_tlsext_ticket_key_evp_cb(raw, on_ticket);
    ERR_clear_error();
    if (SSL_CTX_use_certificate_chain_file(raw, files.certificate.c_str()) != 1) {
        return "certificate " + files.certificate.string() + ": " + last_error();
    }
    if (SSL_CTX_use_PrivateKey_file(raw, files.key.c_str(), SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(raw) != 1) {
        return "key " + files.key.string() + ": " + last_error();
    }
    return context;
}

SSL* TlsContext::start() const {
    SSL* ssl = SSL_new(context_.get());
    if (ssl != nullptr) {
        SSL_set_accept_state(ssl);
    }
    return ssl;
}

}  // namespace treeline
