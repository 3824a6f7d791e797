// Strict JSON: what is ambiguous or hostile is refused with its word.
#include "broker/api/json.hpp"

#include <string>

#include <gtest/gtest.h>

namespace treeline {
namespace {

std::string code_of(std::string_view text) {
    const auto value = parse_json(text);
    return value ? "" : value.error().code;
}

TEST(Json, takes_every_kind_of_value) {
    const auto value = parse_json(R"({"a":[1,-2,true,null,"\u00e4\ud83d\ude00"],"b":{"c":0.5}})");
    ASSERT_TRUE(value);
    EXPECT_EQ(json::serialize(*value),
              "{\"a\":[1,-2,true,null,\"\u00e4\U0001F600\"],"
              "\"b\":{\"c\":5E-1}}");
}

TEST(Json, takes_depth_32_and_refuses_33_REST_24) {
    const auto nested = [](std::size_t depth) {
        return std::string(depth, '[') + std::string(depth, ']');
    };
    EXPECT_EQ(code_of(nested(32)), "");
    EXPECT_EQ(code_of(nested(33)), "json_depth");
    EXPECT_EQ(code_of(nested(10'000)), "json_depth");
    EXPECT_EQ(code_of(std::string(1'000'000, '[')), "json_depth");
}

TEST(Json, refuses_a_name_given_twice_in_one_object_REST_25) {
    EXPECT_EQ(code_of(R"({"role":"User","role":"Admin"})"), "duplicate_key");
    EXPECT_EQ(code_of(R"({"role":"User","r\u006fle":"Admin"})"), "duplicate_key");
    EXPECT_EQ(code_of(R"([{"x":{"a":1,"b":2,"a":3}}])"), "duplicate_key");
}

TEST(Json, takes_the_same_name_in_different_objects) {
    EXPECT_EQ(code_of(R"({"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]})"), "");
}

TEST(Json, refuses_numbers_that_JSON_does_not_know_REST_26) {
    for (const char* text : {"0x10", "01", "NaN", "Infinity", "+1", ".5", "1.", "--1", "1e"}) {
        EXPECT_EQ(code_of(text), "malformed") << text;
    }
}

TEST(Json, refuses_what_is_not_UTF8_REST_27) {
    for (const char* text :
         {"\"\xff\"", "\"\xc0\xaf\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "\"\xe2\x82\""}) {
        EXPECT_EQ(code_of(text), "malformed") << text;
    }
}

TEST(Json, refuses_lone_surrogates_REST_27) {
    for (const char* text :
         {R"("\ud800")", R"("\udc00")", R"("\ud800\ud800")", R"("\ud800x")", R"("\ud800\u0041")"}) {
        EXPECT_EQ(code_of(text), "malformed") << text;
    }
}

TEST(Json, refuses_what_is_cut_or_followed_by_more) {
    for (const char* text : {"", " ", "{", "[1,", "\"a", "{}{}", "1 2", "[1,]", "{\"a\":1,}",
                             "// c\n1", "'a'", "{a:1}", "\xEF\xBB\xBF{}"}) {
        EXPECT_EQ(code_of(text), "malformed") << text;
    }
    EXPECT_EQ(code_of("  {} \r\n\t"), "");
}

TEST(Json, refuses_raw_control_characters_in_strings) {
    EXPECT_EQ(code_of("\"a\nb\""), "malformed");
    EXPECT_EQ(code_of(std::string_view("\"a\0b\"", 5)), "malformed");
}

TEST(Json, reads_a_megabyte_of_digits_or_names_without_harm_REST_26) {
    const auto number = parse_json(std::string(1'000'000, '9'));
    EXPECT_TRUE(!number || number->is_double());
    std::string object = "{";
    for (int i = 0; i < 100'000; ++i) {
        object += "\"" + std::to_string(i) + "\":0,";
    }
    EXPECT_EQ(code_of(object + "\"x\":0}"), "");
    EXPECT_EQ(code_of(object + "\"7\":0}"), "duplicate_key");
}

}  // namespace
}  // namespace treeline
