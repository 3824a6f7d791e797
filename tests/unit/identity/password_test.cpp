// Passwords: right, wrong, absent, and at what cost.
#include "broker/identity/password.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "base/time.hpp"

namespace treeline {
namespace {

TEST(Password, is_right_only_for_its_own_verifier) {
    const std::string verifier = hash_password("correct horse");
    EXPECT_TRUE(verify_password("correct horse", verifier));
    EXPECT_FALSE(verify_password("correct horsf", verifier));
    EXPECT_FALSE(verify_password("correct hors", verifier));
    EXPECT_FALSE(verify_password("", verifier));
    EXPECT_FALSE(verify_password(std::string_view("correct horse\0", 14), verifier));
}

TEST(Password, is_hashed_with_argon2id_at_the_agreed_cost) {
    EXPECT_EQ(hash_password("12345678").rfind("$argon2id$v=19$m=19456,t=2,p=1$", 0), 0U);
}

TEST(Password, has_another_salt_each_time) {
    EXPECT_NE(hash_password("12345678"), hash_password("12345678"));
}

TEST(Password, may_be_any_bytes_up_to_128) {
    const std::string password = std::string(126, '\xff') + std::string("\0x", 2);
    EXPECT_TRUE(verify_password(password, hash_password(password)));
}

TEST(Password, of_an_account_without_one_is_never_right) {
    EXPECT_FALSE(verify_password("", ""));
    EXPECT_FALSE(verify_password("12345678", ""));
}

TEST(Password, of_an_account_without_one_costs_as_much_to_refuse) {
    const std::string verifier = hash_password("12345678");
    const auto cost = [](const std::string& against) {
        Millis least = Millis::max();
        for (int round = 0; round < 3; ++round) {
            const SteadyTime before = read_clock().steady;
            EXPECT_FALSE(verify_password("wrong password", against));
            least = std::min(least, read_clock().steady - before);
        }
        return least;
    };
    // A verifier that isn't well formed would be refused at once; the dummy does the whole work.
    EXPECT_GE(cost("") * 4, cost(verifier));
}

TEST(Password, is_refused_by_a_broken_verifier) {
    EXPECT_FALSE(verify_password("12345678", "$argon2id$v=19$m=19456,t=2,p=1$AAAA"));
    EXPECT_FALSE(verify_password("12345678", "plain"));
}

}  // namespace
}  // namespace treeline
