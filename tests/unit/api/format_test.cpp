// Times, cursors, ids and UTF-8 as the wire spells them.
#include "broker/api/format.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "broker/domain/wire_id.hpp"

namespace treeline {
namespace {

TEST(FormatTime, writes_milliseconds_and_Z) {
    EXPECT_EQ(format_time(UnixTime{}), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(format_time(from_unix_ms(1'709'208'000'007)), "2024-02-29T12:00:00.007Z");
}

TEST(FormatTime, stays_within_four_digits_of_year) {
    EXPECT_EQ(format_time(unix_time_max).size(), 24U);
    EXPECT_EQ(format_time(UnixTime::min()).size(), 24U);
}

TEST(ParseTime, reads_back_what_is_written) {
    rc::check("parse_time(format_time(t)) == t", [] {
        const auto time = from_unix_ms(*rc::gen::inRange<std::int64_t>(0, 253'402'300'800'000));
        RC_ASSERT(parse_time(format_time(time)) == time);
    });
}

TEST(ParseTime, takes_a_time_without_fraction) {
    EXPECT_EQ(parse_time("1970-01-01T00:00:01Z"), from_unix_ms(1000));
}

TEST(ParseTime, refuses_other_spellings_and_days_that_are_none) {
    for (const char* text :
         {"", "2024-02-30T12:00:00Z", "2023-02-29T12:00:00Z", "2024-13-01T00:00:00Z",
          "2024-01-01T24:00:00Z", "2024-01-01T00:60:00Z", "2024-01-01T00:00:60Z",
          "2024-01-01t00:00:00Z", "2024-01-01T00:00:00z", "2024-01-01 00:00:00Z",
          "2024-01-01T00:00:00+00:00", "2024-01-01T00:00:00.1Z", "2024-01-01T00:00:00,123Z",
          "2024-01-01T00:00:00.12xZ", "1969-12-31T23:59:59Z", "292277026596-01-01T00:00:00Z",
          "-024-01-01T00:00:00Z", "+024-01-01T00:00:00Z", "2024-01-01T00:00:00"}) {
        EXPECT_EQ(parse_time(text), std::nullopt) << text;
    }
}

TEST(Cursor, reads_back_what_is_written_and_no_more) {
    rc::check("parse_cursor(format_cursor(id)) == id", [] {
        const auto id = *rc::gen::inRange<std::uint64_t>(1, wire_id_max);
        RC_ASSERT(parse_cursor(format_cursor(id)) == id);
    });
    for (const char* text : {"", "AAAAAAAAAAA", "AAAAAAAAAA", "AAAAAAAAAAAB",
                             "AAAAAAAAAA=", "___________", "AAAAA AAAAB"}) {
        EXPECT_EQ(parse_cursor(text), std::nullopt) << text;
    }
}

TEST(ParseId, takes_1_to_2_to_the_53_minus_1) {
    EXPECT_EQ(parse_id("1"), 1U);
    EXPECT_EQ(parse_id("9007199254740991"), wire_id_max);
    for (const char* text : {"", "0", "9007199254740992", "18446744073709551617", "01", "+1", "-1",
                             "1 ", " 1", "1.0", "1e3", "0x1", "\xD9\xA1"}) {
        EXPECT_EQ(parse_id(text), std::nullopt) << text;
    }
}

TEST(ParsePin, takes_0_to_255) {
    EXPECT_EQ(parse_pin("0"), 0);
    EXPECT_EQ(parse_pin("255"), 255);
    for (const char* text : {"", "256", "999", "1000", "00", "05", "-1", "v5", "5 "}) {
        EXPECT_EQ(parse_pin(text), std::nullopt) << text;
    }
}

TEST(ToUtf8, keeps_text_and_replaces_other_bytes) {
    EXPECT_EQ(to_utf8("21.5 \u00b0C \U0001F600"), "21.5 \u00b0C \U0001F600");
    EXPECT_EQ(to_utf8("a\xff\x62"), "a\uFFFD\x62");
    EXPECT_EQ(to_utf8("\xed\xa0\x80"), "\uFFFD\uFFFD\uFFFD");  // a surrogate
    EXPECT_EQ(to_utf8("\xc0\xaf"), "\uFFFD\uFFFD");            // overlong
    EXPECT_EQ(to_utf8("\xe2\x82"), "\uFFFD\uFFFD");            // cut
}

TEST(ToUtf8, gives_the_same_when_done_twice) {
    rc::check("to_utf8(to_utf8(x)) == to_utf8(x)", [](const std::string& bytes) {
        RC_ASSERT(to_utf8(to_utf8(bytes)) == to_utf8(bytes));
    });
}

TEST(HasControl, finds_controls_and_what_reorders_text_REST_27) {
    EXPECT_FALSE(has_control("L\u00e4mp \u4e2d"));
    for (const std::string_view text :
         {std::string_view("a\0b", 3), std::string_view("a\n"), std::string_view("\x7f"),
          std::string_view("\u0085"), std::string_view("\u202Etxt"), std::string_view("\u2066")}) {
        EXPECT_TRUE(has_control(text));
    }
}

}  // namespace
}  // namespace treeline
