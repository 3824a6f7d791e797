// Passwords: argon2id by libsodium, one cost for every verifier.
#include "broker/identity/password.hpp"

#include <array>

#include <sodium.h>

#include "base/check.hpp"

namespace treeline {
namespace {

constexpr unsigned long long passes = 2;                     // t
constexpr std::size_t memory_bytes = std::size_t{19} << 20;  // m

// What an account without a password is compared with, so that it takes as long as any other.
// The verifier of 32 random bytes that nobody kept, at the same cost.
constexpr const char* dummy_verifier =
    "$argon2id$v=19$m=19456,t=2,p=1$zEpR42q98xJGXkBwwXaN+Q$"
    "JuOtjqmRjbXKqZCrkuRFPXiHiYi2HQlJcTCGHQvV1q0";

void ready() {
    static const bool initialised = sodium_init() >= 0;
    CHECK(initialised);
}

}  // namespace

std::string hash_password(std::string_view password) {
    CHECK(password.size() >= password_size_min && password.size() <= password_size_max);
    ready();
    std::array<char, crypto_pwhash_STRBYTES> verifier{};
    const int done = crypto_pwhash_str_alg(verifier.data(), password.data(), password.size(),
                                           passes, memory_bytes, crypto_pwhash_ALG_ARGON2ID13);
    CHECK(done == 0);  // only when 19 MiB can't be had
    return verifier.data();
}

bool verify_password(std::string_view password, const std::string& verifier) {
    ready();
    const bool known = !verifier.empty();
    const char* against = known ? verifier.c_str() : dummy_verifier;
    const bool equal = crypto_pwhash_str_verify(against, password.data(), password.size()) == 0;
    return known && equal;
}

}  // namespace treeline
