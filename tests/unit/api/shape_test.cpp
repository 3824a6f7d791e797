// Bodies held against their shape, and targets taken apart.
#include "broker/api/shape.hpp"

#include <gtest/gtest.h>

#include "broker/api/target.hpp"

namespace treeline {
namespace {

using K = FieldKind;

constexpr Field fields[]{{"name", K::text, true},   {"owner", K::id, false, true},
                         {"on", K::flag},           {"at", K::time},
                         {"role", K::role},         {"values", K::values},
                         {"metadata", K::metadata}, {"email", K::email}};
const Shape shape{"Thing", fields};

Checked<Body> read(std::string_view text) {
    auto value = parse_json(text);
    if (!value) {
        return value.error();
    }
    return Body::read(shape, *value);
}
// The code that a body is answered with: at once (400) or later (422).
std::string code_of(std::string_view text) {
    const auto body = read(text);
    if (!body) {
        return body.error().code;
    }
    return body->refused() ? body->refused()->code : "";
}

TEST(Body, gives_what_it_holds) {
    const auto body = read(R"({"name":"lamp","owner":9007199254740991,"on":true,
        "at":"2024-01-01T00:00:00.000Z","values":["1","2"],"metadata":{"a":"b"}})");
    ASSERT_TRUE(body);
    EXPECT_FALSE(body->refused());
    EXPECT_EQ(body->text("name"), "lamp");
    EXPECT_EQ(body->id("owner"), 9007199254740991U);
    EXPECT_TRUE(body->flag("on"));
    EXPECT_EQ(body->time("at"), from_unix_ms(1'704'067'200'000));
    EXPECT_EQ(body->texts("values"), (std::vector<std::string>{"1", "2"}));
    EXPECT_EQ(body->metadata("metadata"), (Metadata{{"a", "b"}}));
    EXPECT_FALSE(body->has("role"));
}

TEST(Body, refuses_ids_that_are_no_integers_in_range_REST_26) {
    for (const char* id : {"0", "-0", "-1", "9007199254740992", "18446744073709551616", "1.0",
                           "1e3", "1e-400", "\"1\"", "true", "[1]", "{}"}) {
        EXPECT_EQ(code_of(R"({"name":"x","owner":)" + std::string(id) + "}"), "malformed") << id;
    }
    const std::string huge = R"({"name":"x","owner":1e309})";
    EXPECT_EQ(code_of(huge), "malformed");
}

TEST(Body, refuses_unknown_fields_REST_13) {
    EXPECT_EQ(code_of(R"({"name":"x","isSuperAdmin":true})"), "unknown_field");
    EXPECT_EQ(code_of(R"({"name":"x","authority":"SYS"})"), "unknown_field");
}

TEST(Body, refuses_what_the_broker_assigns_REST_14) {
    for (const char* field :
         {"id", "token", "org", "created_at", "createdAt", "orgId", "ownerId", "ownership_epoch"}) {
        EXPECT_EQ(code_of(R"({"name":"x",")" + std::string(field) + R"(":1})"), "read_only")
            << field;
    }
}

TEST(Body, refuses_control_characters_in_text_REST_27) {
    EXPECT_EQ(code_of(R"({"name":"a\u0000b"})"), "invalid");
    EXPECT_EQ(code_of(R"({"name":"\u202Eevil"})"), "invalid");
    EXPECT_EQ(code_of(R"({"name":"x","metadata":{"k":"\u0000"}})"), "invalid");
    EXPECT_EQ(code_of(R"({"name":"x","values":["\u0000"]})"), "invalid");
    EXPECT_EQ(code_of(R"({"name":"x","values":["a\tb"]})"), "");
}

TEST(Body, refuses_values_that_are_not_strings) {
    EXPECT_EQ(code_of(R"({"name":"x","values":[21.5]})"), "malformed");
    EXPECT_EQ(code_of(R"({"name":"x","values":"21.5"})"), "malformed");
    EXPECT_EQ(code_of(R"({"name":"x","values":null})"), "malformed");
}

TEST(Body, takes_null_only_where_it_means_something) {
    EXPECT_EQ(code_of(R"({"name":"x","owner":null})"), "");
    EXPECT_EQ(code_of(R"({"name":null})"), "malformed");
}

TEST(Body, takes_a_role_by_number_or_name) {
    EXPECT_EQ(code_of(R"({"name":"x","role":1})"), "");
    EXPECT_EQ(code_of(R"({"name":"x","role":"Admin"})"), "");
    EXPECT_EQ(code_of(R"({"name":"x","role":1.0})"), "malformed");
}

TEST(Body, answers_a_wrong_type_before_a_field_that_is_not_allowed) {
    EXPECT_EQ(code_of(R"({"nonsense":1,"name":7})"), "malformed");
}

TEST(Body, misses_what_is_required_and_is_an_object) {
    EXPECT_EQ(code_of("{}"), "invalid");
    EXPECT_EQ(code_of("[]"), "malformed");
    EXPECT_EQ(code_of("null"), "malformed");
}

TEST(Body, refuses_times_and_addresses_that_are_none) {
    EXPECT_EQ(code_of(R"({"name":"x","at":"yesterday"})"), "invalid");
    EXPECT_EQ(code_of(R"({"name":"x","email":"nobody"})"), "invalid");
    EXPECT_EQ(code_of(R"({"name":"x","email":"a@b@c"})"), "invalid");
}

TEST(Target, splits_path_and_query) {
    const auto target = Target::read("/api/v1/devices?org=7&q=a%20b+c%C3%A4&flag");
    ASSERT_TRUE(target);
    EXPECT_EQ(target->path(), "/api/v1/devices");
    EXPECT_EQ(*target->query("org"), "7");
    EXPECT_EQ(*target->query("q"), "a b c\u00e4");
    EXPECT_EQ(*target->query("flag"), "");
    EXPECT_EQ(target->query("none"), nullptr);
}

TEST(Target, leaves_escapes_in_the_path_alone_REST_19) {
    EXPECT_EQ(Target::read("/a/%2e%2e%2f/b")->path(), "/a/%2e%2e%2f/b");
}

TEST(Target, refuses_what_can_not_be_read_REST_19) {
    for (const char* text : {"", "devices", "*", "http://evil.tld/", "/a b", "/a\x01", "/\xc0\xaf",
                             "/?q=%", "/?q=%4", "/?q=%zz", "/?q=%ff", "/?q=%00", "/?a=1&a=2"}) {
        EXPECT_FALSE(Target::read(text)) << text;
    }
    EXPECT_FALSE(Target::read("/" + std::string(8192, 'a')));
}

}  // namespace
}  // namespace treeline
