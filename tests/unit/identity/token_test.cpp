// Tokens: their alphabet, their size, and the hash they are known by.
#include "broker/identity/token.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace treeline {
namespace {

std::string hex(const TokenHash& hash) {
    std::string text;
    for (const std::byte byte : hash) {
        text += "0123456789abcdef"[std::to_integer<unsigned>(byte) >> 4];
        text += "0123456789abcdef"[std::to_integer<unsigned>(byte) & 15];
    }
    return text;
}

std::array<std::byte, 24> counting() {
    std::array<std::byte, 24> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = std::byte(i * 11);
    }
    return bytes;
}

TEST(Token, is_base64url_of_the_random_bytes) {
    std::array<std::byte, 24> ones{};
    ones.fill(std::byte{0xff});
    EXPECT_EQ(device_token(ones), std::string(32, '_'));
    std::array<std::byte, 24> high{};
    high.fill(std::byte{0xfb});  // 111110 11… : the two characters that URLs changed
    EXPECT_EQ(device_token(high).substr(0, 4), "-_v7");
    EXPECT_EQ(device_token(counting()), "AAsWISw3Qk1YY255hI-apbC7xtHc5_L9");
}

TEST(Token, of_32_bytes_has_43_characters_and_no_padding) {
    std::array<std::byte, 32> bytes{};
    bytes.back() = std::byte{1};
    const std::string token = access_token(bytes);
    EXPECT_EQ(token.size(), access_token_size);
    EXPECT_EQ(token, std::string(42, 'A') + "E");
}

TEST(Token, of_a_device_is_recognised_by_form_alone) {
    EXPECT_TRUE(is_device_token(device_token(counting())));
    EXPECT_TRUE(is_device_token("abcdefghijklmnopqrstuvwxyzABC-_9"));
}

TEST(Token, of_any_other_form_is_never_looked_up) {
    const std::string good(32, 'a');
    EXPECT_FALSE(is_device_token(""));
    EXPECT_FALSE(is_device_token(good.substr(1)));
    EXPECT_FALSE(is_device_token(good + "a"));
    for (const char bad : {'+', '/', '=', ' ', '\0', '\n', '\x80', '.'}) {
        std::string token = good;
        token.back() = bad;
        EXPECT_FALSE(is_device_token(token)) << int(bad);
    }
}

TEST(Token, is_known_by_its_sha_256) {
    EXPECT_EQ(hex(hash_token("abc")),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(hex(hash_token("")),
              "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

MailKey sample_key() {
    MailKey key{};
    for (std::size_t at = 0; at < key.size(); ++at) {
        key[at] = std::byte{static_cast<unsigned char>(at)};
    }
    return key;
}

// Computed with Python's hmac and base64 modules.
TEST(MailedToken, is_the_base64url_of_the_hmac) {
    EXPECT_EQ(mailed_token(sample_key(), purpose_invitation, "00ff"),
              "RqCs2LkgVsjYTFEQBOMuC-ncAQb5inyTmLJRGRkJelk");
    EXPECT_EQ(keyed_label(sample_key(), "7.0", 16), "b4a4e0a6f863367f");
}

TEST(MailedToken, differs_by_key_purpose_and_nonce) {
    const MailKey key = sample_key();
    MailKey other = key;
    other[31] ^= std::byte{1};
    const std::string token = mailed_token(key, purpose_invitation, "aa");
    EXPECT_EQ(token.size(), access_token_size);
    EXPECT_NE(token, mailed_token(other, purpose_invitation, "aa"));
    EXPECT_NE(token, mailed_token(key, purpose_password_reset, "aa"));
    EXPECT_NE(token, mailed_token(key, purpose_invitation, "ab"));
    EXPECT_NE(mailed_token(key, "ab", "c"), mailed_token(key, "a", "bc"));
}

}  // namespace
}  // namespace treeline
