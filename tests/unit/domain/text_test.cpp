// Names and addresses: what is refused, what counts as the same.
#include "broker/domain/text.hpp"

#include <cstdint>
#include <string>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace treeline {
namespace {

// Of a surrogate: three bytes that are no UTF-8.
std::string utf8(char32_t code) {
    const auto rest = [&](unsigned shift) {
        return static_cast<char>(0x80 | (code >> shift & 63));
    };
    const auto lead = [&](char32_t mark, unsigned shift) {
        return static_cast<char>(mark | code >> shift);
    };
    if (code < 0x80) {
        return {lead(0, 0)};
    }
    if (code < 0x800) {
        return {lead(0xC0, 6), rest(0)};
    }
    if (code < 0x10000) {
        return {lead(0xE0, 12), rest(6), rest(0)};
    }
    return {lead(0xF0, 18), rest(12), rest(6), rest(0)};
}

TEST(Names, have_one_to_eighty_code_points) {
    EXPECT_FALSE(is_valid_name("", 80));
    EXPECT_TRUE(is_valid_name("a", 80));
    EXPECT_TRUE(is_valid_name(std::string(80, 'a'), 80));
    EXPECT_FALSE(is_valid_name(std::string(81, 'a'), 80));
    std::string wide;
    for (int i = 0; i < 80; ++i) {
        wide += "ü";
    }
    EXPECT_TRUE(is_valid_name(wide, 80));
}

TEST(Names, refuse_what_hides_or_reorders_REST_27) {
    for (const std::string_view bad : {"a\x01", "\x7f", "a\nb", "\u0085x", "x\u202eoof", "\u2066x",
                                       "a\u200bb", "\ufeff", " ", "\u00a0", "\u200d"}) {
        EXPECT_FALSE(is_valid_name(bad, 80)) << bad;
    }
    EXPECT_FALSE(is_valid_name(std::string_view("a\0b", 3), 80));
}

TEST(Names, refuse_bytes_that_are_not_utf8_REST_27) {
    for (const std::string_view bad :
         {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "a\x80", "\xc3"}) {
        EXPECT_FALSE(is_valid_name(bad, 80));
        EXPECT_FALSE(count_code_points(bad));
        EXPECT_FALSE(is_valid_text(bad, 80));
    }
}

TEST(Names, are_compared_without_case_and_form_REST_27) {
    EXPECT_EQ(fold_name("Acme"), fold_name("aCME"));
    EXPECT_EQ(fold_name("Caf\u00e9"), fold_name("cafe\u0301"));
    EXPECT_EQ(fold_name("\u00c9clair"), fold_name("e\u0301clair"));
    EXPECT_EQ(fold_name("\u0141\u00f3d\u017a"), fold_name("\u0142o\u0301dz\u0301"));
    EXPECT_EQ(fold_name("\u0419\u041e\u0414"), fold_name("\u0439\u043e\u0434"));
    EXPECT_EQ(fold_name("\u039f\u0394\u039f\u03a3"), fold_name("\u03bf\u03b4\u03bf\u03c2"));
    EXPECT_EQ(fold_name("  a \u00a0 b "), fold_name("A b"));
    EXPECT_EQ(fold_name("a\u00adb"), fold_name("ab"));
    EXPECT_NE(fold_name("Cafe"), fold_name("Caf\u00e9"));
    EXPECT_NE(fold_name("a b"), fold_name("ab"));
}

TEST(Names, fold_to_a_form_that_folds_to_itself_whatever_the_letter) {
    for (char32_t code = 1; code <= 0x10FFFF; ++code) {
        const std::string folded = fold_name(utf8(code));
        ASSERT_EQ(fold_name(folded), folded) << "U+" << std::hex << std::uint32_t{code};
    }
}

TEST(Names, fold_to_a_form_that_folds_to_itself) {
    EXPECT_TRUE(rc::check([] {
        const auto text = *rc::gen::container<std::string>(rc::gen::arbitrary<char>());
        RC_ASSERT(fold_name(fold_name(text)) == fold_name(text));
    }));
}

TEST(Texts, may_have_lines_but_no_controls) {
    EXPECT_TRUE(is_valid_text("", 10));
    EXPECT_TRUE(is_valid_text("a\n\tb", 10));
    EXPECT_FALSE(is_valid_text("a\x1b[0m", 10));
    EXPECT_FALSE(is_valid_text("12345678901", 10));
}

TEST(Addresses, are_folded) {
    EXPECT_EQ(fold_email("Ann.O'Neil+x@Example.COM"), "ann.o'neil+x@example.com");
    EXPECT_EQ(fold_email("admin@localhost"), "admin@localhost");
}

TEST(Addresses, refuse_what_mail_servers_read_differently) {
    for (const std::string_view bad :
         {"", "@", "a@", "@b", "a@b@c", "a b@c", ".a@b", "a.@b", "a..b@c", "a@.b", "a@b.", "a@b..c",
          "a@b\n", "\"a\"@b", "a@[127.0.0.1]", "\u00e4@b", "a@b\u00e4", "a,b@c", "a@b_c"}) {
        EXPECT_FALSE(fold_email(bad)) << bad;
    }
    EXPECT_FALSE(fold_email(std::string(65, 'a') + "@b"));
    EXPECT_FALSE(fold_email("a@" + std::string(300, 'b')));
}

}  // namespace
}  // namespace treeline
