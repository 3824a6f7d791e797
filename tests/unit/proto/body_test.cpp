// Bodies of device frames: what they mean, and what they must not.
#include "proto/device/body.hpp"

#include <gtest/gtest.h>

namespace treeline::proto {
namespace {

using namespace std::string_view_literals;
using Items = std::vector<std::string_view>;
using Pins = std::vector<std::uint8_t>;

TEST(Items, end_with_a_trailing_nul_or_without) {
    EXPECT_EQ(split_items(""), Items{});
    EXPECT_EQ(split_items("a"), Items{"a"});
    EXPECT_EQ(split_items("a\0"sv), Items{"a"});
    EXPECT_EQ(split_items("a\0b"sv), (Items{"a", "b"}));
    EXPECT_EQ(split_items("a\0\0"sv), (Items{"a", ""}));
    EXPECT_EQ(split_items("\0"sv), Items{""});
    EXPECT_EQ(split_items("\0\0a"sv), (Items{"", "", "a"}));
}

TEST(Pin, is_a_decimal_from_0_to_255_DEV_19) {
    EXPECT_EQ(parse_pin("0"), 0);
    EXPECT_EQ(parse_pin("255"), 255);
    for (const auto text : {"-1"sv, "256"sv, "99999999999"sv, "1e9"sv, "abc"sv, ""sv, "+1"sv,
                            " 1"sv, "1 "sv, "0x1"sv, "1.0"sv, "V5"sv}) {
        EXPECT_FALSE(parse_pin(text)) << text;
    }
}

TEST(Integer, is_the_nearest_that_fits) {
    EXPECT_EQ(parse_integer("-12"), -12);
    EXPECT_EQ(parse_integer("99999999999999999999"), INT64_MAX);
    EXPECT_EQ(parse_integer("-99999999999999999999"), INT64_MIN);
    for (const auto text : {""sv, "-"sv, "--1"sv, "1x"sv, "x"sv, "+1"sv}) {
        EXPECT_FALSE(parse_integer(text)) << text;
    }
}

TEST(Write, takes_all_behind_the_pins_nul_unchanged) {
    const auto value = [](std::string_view body) { return parse_write(body)->value; };
    EXPECT_EQ(value("vw\0005\00021.5"sv), "21.5");
    EXPECT_EQ(value("vw\0005\000a\0b\0"sv), "a\0b\0"sv);
    EXPECT_EQ(value("vw\0005\0"sv), "");
    EXPECT_EQ(value("vw\0005\0\0\xff\0"sv), "\0\xff\0"sv);
    EXPECT_EQ(parse_write("vw\000255\000x"sv)->pin, 255);
}

TEST(Write, is_nothing_without_kind_pin_or_value_DEV_18) {
    for (const auto body : {""sv, "\0"sv, "vw"sv, "vw\0"sv, "vw\0005"sv, "vw\000256\000x"sv,
                            "dw\0005\0001"sv, "vwx\0005\0001"sv, "\0005\0001"sv}) {
        EXPECT_FALSE(parse_write(body)) << body.size();
    }
}

TEST(Sync, asks_for_all_or_for_each_pin_once) {
    EXPECT_EQ(parse_sync(""), Pins{});
    EXPECT_EQ(parse_sync("vr\0007\0001\0007\0"sv), (Pins{7, 1}));
    for (const auto body : {"\0"sv, "vr"sv, "vr\0"sv, "vr\000x"sv, "vr\0001\000256"sv, "1"sv}) {
        EXPECT_FALSE(parse_sync(body)) << body.size();
    }
}

TEST(Property, has_pins_a_name_and_values) {
    const auto two = parse_property("1\0002\000labels\000On\000Off"sv);
    ASSERT_TRUE(two);
    EXPECT_EQ(two->pins, (Pins{1, 2}));
    EXPECT_EQ(two->name, "labels");
    EXPECT_EQ(two->values, (Items{"On", "Off"}));
    EXPECT_EQ(parse_property("1\000label\0"sv)->values, Items{""});
    EXPECT_EQ(parse_property("1\000max\00010\0"sv)->values, Items{"10"});
    for (const auto body : {""sv, "\0"sv, "1"sv, "1\000label"sv, "label\000x"sv, "1\0\000x"sv,
                            "300\000label\000x"sv, "1\0002\0"sv}) {
        EXPECT_FALSE(parse_property(body)) << body.size();
    }
}

TEST(Group, begins_now_or_at_a_time_and_ends) {
    EXPECT_EQ(parse_group("b")->kind, GroupStep::Kind::begin);
    EXPECT_EQ(parse_group("e\0"sv)->kind, GroupStep::Kind::end);
    EXPECT_EQ(parse_group("t\0001700000000000"sv)->unix_ms, 1'700'000'000'000);
    for (const auto body :
         {""sv, "x"sv, "t"sv, "t\000x"sv, "t\000-1"sv, "b\0001"sv, "t\00099999999999999999999"sv}) {
        EXPECT_FALSE(parse_group(body)) << body.size();
    }
}

TEST(Event, has_a_code_and_maybe_a_description) {
    EXPECT_EQ(parse_event("hot"sv)->description, "");
    EXPECT_EQ(parse_event("hot\000too\0hot\0"sv)->description, "too\0hot"sv);
    EXPECT_FALSE(parse_event(""sv));
    EXPECT_FALSE(parse_event("\000x"sv));
    EXPECT_EQ(parse_event_clear("hot\000all"sv)->description, "all");
    EXPECT_FALSE(parse_event_clear("hot\000some"sv));
}

TEST(Info, begins_with_one_of_five_keys) {
    EXPECT_TRUE(is_info({"ver", "1"}));
    EXPECT_TRUE(is_info({"fw", "1"}));
    EXPECT_FALSE(is_info({"rtc", "sync"}));
    EXPECT_FALSE(is_info({}));
    const auto pairs = info_pairs({"ver", "1", "rotate"});
    ASSERT_EQ(pairs.size(), 2U);
    EXPECT_EQ(pairs[1].first, "rotate");
    EXPECT_EQ(pairs[1].second, "");
}

TEST(Token, has_32_characters_of_base64url_and_maybe_a_nul_DEV_03_DEV_04) {
    const std::string token = "abcdefghijklmnopqrstuvwxyzAZ09-_";
    EXPECT_EQ(parse_token(token), token);
    EXPECT_EQ(parse_token(token + '\0'), token);
    EXPECT_FALSE(parse_token(token + '\0' + '\0'));
    EXPECT_FALSE(parse_token(token + 'x'));
    EXPECT_FALSE(parse_token(token.substr(1)));
    for (const char bad : {'\0', '\xff', ' ', '\n', '/', '+', '='}) {
        EXPECT_FALSE(parse_token(bad + token.substr(1)));
        EXPECT_FALSE(parse_token(token.substr(1) + bad));
    }
}

}  // namespace
}  // namespace treeline::proto
