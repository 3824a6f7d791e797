// App messages in both encodings.
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "broker/session/app_session.hpp"
#include "proto/app/v1/app.pb.h"
#include "proto/utf8.hpp"

namespace treeline {
namespace {

using namespace std::string_literals;
namespace wire_form = treeline::app::v1;

const WireIds wire;

std::string id(auto internal) {
    return std::to_string(wire.of(internal));
}

std::optional<AppRequest> from_json(std::string_view text) {
    return decode(text, Encoding::json, wire);
}
std::string to_json(const AppMessage& message) {
    return encode(message, Encoding::json, wire);
}
wire_form::ServerMessage to_protobuf(const AppMessage& message) {
    wire_form::ServerMessage out;
    EXPECT_TRUE(out.ParseFromString(encode(message, Encoding::protobuf, wire)));
    return out;
}
std::string problem_of(std::string_view json) {
    const auto request = from_json(json);
    if (!request) {
        return "undecodable";
    }
    const bool is_empty = std::holds_alternative<std::monostate>(request->body);
    EXPECT_EQ(is_empty, !request->problem.empty());
    return request->problem;
}

TEST(AppDecode, reads_camel_case_and_snake_case_strings_and_numbers) {
    const std::string org = id(OrgId{7});
    for (const std::string& text :
         {R"({"request":4,"watch":{"subtree":")" + org + R"(","pins":[1,255],"snapshot":true}})",
          R"({"request":"4","watch":{"subtree":)" + org +
              R"(,"pins":["1",255],"snapshot":true}})"}) {
        const auto request = from_json(text);
        ASSERT_TRUE(request) << text;
        EXPECT_EQ(request->request, 4U);
        const auto& watch = std::get<AppWatch>(request->body);
        EXPECT_EQ(watch.kind, AppWatch::Kind::subtree);
        EXPECT_EQ(watch.org, OrgId{7});
        EXPECT_EQ(watch.pins, (std::vector<Pin>{1, 255}));
        EXPECT_TRUE(watch.snapshot);
    }
    for (const auto* key : {"signIn", "sign_in"}) {
        const auto request = from_json(R"({"request":1,")"s + key + R"(":{"token":"t"}})");
        ASSERT_TRUE(request);
        EXPECT_EQ(std::get<AppSignIn>(request->body).token, "t");
    }
}

TEST(AppDecode, reads_every_request_from_protobuf) {
    wire_form::ClientMessage message;
    const auto back = [&] {
        return decode(message.SerializeAsString(), Encoding::protobuf, wire)->body;
    };
    message.set_request(9);
    message.mutable_write()->set_device(wire.of(DeviceId{3}));
    message.mutable_write()->set_pin(5);
    message.mutable_write()->add_values()->set_text("on");
    message.mutable_write()->add_values()->set_raw("\xff\0"s);
    const auto write = std::get<AppWrite>(back());
    EXPECT_EQ(write.device, DeviceId{3});
    EXPECT_EQ(join_items(write.items), "on\0\xff\0"s);
    message.mutable_unwatch()->set_watch(12);
    EXPECT_EQ(std::get<AppUnwatch>(back()).watch, 12U);
    message.mutable_read()->set_device(wire.of(DeviceId{4}));
    EXPECT_EQ(std::get<AppRead>(back()).device, DeviceId{4});
    message.mutable_devices()->set_cursor("c");
    EXPECT_EQ(std::get<AppDevices>(back()).cursor, "c");
    EXPECT_EQ(std::get<AppDevices>(back()).org, OrgId{});
    message.mutable_explain()->set_action("control");
    EXPECT_EQ(std::get<AppExplain>(back()).action, "control");
}

TEST(AppDecode, keeps_an_impossible_org_apart_from_none) {
    const auto request = from_json(R"({"request":1,"devices":{"org":"18446744073709551615"}})");
    ASSERT_TRUE(request);
    EXPECT_NE(std::get<AppDevices>(request->body).org, OrgId{});
}

TEST(AppDecode, says_which_rule_a_request_breaks) {
    EXPECT_EQ(problem_of(R"({"request":1})"), "a request needs a body");
    EXPECT_EQ(problem_of(R"({"unwatch":{"watch":1}})"), "request must not be 0");
    EXPECT_EQ(problem_of(R"({"request":1,"watch":{}})"), "watch needs device, org or subtree");
    EXPECT_EQ(problem_of(R"({"request":1,"watch":{"device":1,"pins":[256]}})"), "pin over 255");
    EXPECT_EQ(problem_of(R"({"request":1,"read":{"device":1,"pins":[256]}})"), "pin over 255");
    EXPECT_EQ(problem_of(R"({"request":1,"write":{"pin":256,"values":[{"text":""}]}})"),
              "pin over 255");
    EXPECT_EQ(problem_of(R"({"request":1,"write":{"pin":1}})"), "write needs values");
    EXPECT_EQ(problem_of(R"({"request":1,"write":{"values":[{}]}})"), "a value needs text or raw");
    EXPECT_EQ(problem_of(R"({"request":1,"devices":{"limit":1001}})"), "limit over 1000");
    EXPECT_EQ(problem_of(R"({"request":1,"devices":{"limit":1000}})"), "");
}

TEST(AppDecode, keeps_the_number_of_a_request_with_an_unknown_field_WS_21) {
    const auto json = from_json(R"({"request":77,"unwatch":{"watch":1,"surprise":{"x":[]}}})");
    ASSERT_TRUE(json);
    EXPECT_EQ(json->request, 77U);
    EXPECT_EQ(json->problem, "unknown field");
    for (const std::string& bytes :
         {"\x08\x4d\x7a\x01x"s, "\x08\x4d\x22\x02\x78\x01"s, "\x08\x4d\x2a\x04\x1a\x02\x78\x01"s}) {
        const auto request = decode(bytes, Encoding::protobuf, wire);
        ASSERT_TRUE(request);
        EXPECT_EQ(request->request, 77U);
        EXPECT_EQ(request->problem, "unknown field");
    }
}

TEST(AppDecode, refuses_what_is_no_message_WS_09_WS_21_WS_34) {
    for (const std::string& text :
         {""s, "x"s, "{"s, "[]"s, "1"s, "null"s, R"({"request":-1})"s, R"({"request":4294967296})"s,
          R"({"request":1}{"request":2})"s, R"({"request":"x"})"s, "{\"request\":1,\"\xff\":1}"s,
          R"({"request":1,"signIn":{"token":"a"},"unwatch":{"watch":1}})"s,
          R"({"request":1,"x":)" + std::string(101, '[') + std::string(101, ']') + "}"}) {
        EXPECT_FALSE(from_json(text)) << text;
    }
    std::string nested = "\x7a";  // length-delimited, so only groups nest: field 15, start group
    nested = std::string(101, '\x7b') + std::string(101, '\x7c');
    for (const std::string& bytes : {"\x08"s, "\x12\xff\xff\xff\xff\x07x"s, nested,
                                     "\x08\x01\x12\x03\x0a\x01\xff"s, "{\"request\":1}"s}) {
        EXPECT_FALSE(decode(bytes, Encoding::protobuf, wire));
    }
}

TEST(AppDecode, passes_braces_in_strings) {
    const auto request =
        from_json(R"({"request":1,"signIn":{"token":"\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["}})");
    EXPECT_TRUE(request);
}

TEST(AppDecode, never_crashes_on_noise) {
    EXPECT_TRUE(rc::check([](const std::string& noise, bool is_json) {
        decode(noise, is_json ? Encoding::json : Encoding::protobuf, wire);
    }));
}

TEST(AppEncode, prints_defaults_enum_names_and_ids_as_strings) {
    AppReply reply;
    reply.request = 3;
    reply.status = AppStatus::ok;
    reply.revision = 12;
    reply.result = Delivery::stored;
    EXPECT_EQ(
        to_json(reply),
        R"({"reply":{"request":3,"status":"OK","revision":"12","detail":"","delivery":"STORED"}})");
    EXPECT_EQ(to_json(AppPresence{DeviceId{5}, {false, from_unix_ms(9)}}),
              R"({"presence":{"device":")" + id(DeviceId{5}) + R"(","online":false,"atMs":"9"}})");
    EXPECT_EQ(to_json(AppWatchEnded{2, {}, EndReason::expired}),
              R"({"watchEnded":{"watch":"2","device":"0","reason":"EXPIRED"}})");
}

TEST(AppEncode, gives_text_where_it_is_utf8_and_raw_bytes_elsewhere_DEV_20) {
    const AppValue value{DeviceId{5},
                         {7, "gr\u00fc\u00df\0\xff\0"s, from_unix_ms(9), Origin::device}};
    const auto pin = to_protobuf(value).value();
    ASSERT_EQ(pin.values_size(), 2);
    EXPECT_EQ(pin.values(0).text(), "gr\u00fc\u00df");
    EXPECT_EQ(pin.values(1).raw(), "\xff");
    EXPECT_EQ(pin.origin(), wire_form::DEVICE);
    EXPECT_EQ(pin.at_ms(), 9);
    EXPECT_NE(to_json(value).find(R"({"raw":"/w=="})"), std::string::npos);
}

// Values are written by hand; whatever reads the schema must find in them what was put in.
RC_GTEST_PROP(AppEncode, a_value_by_hand_is_what_the_generated_classes_make,
              (std::uint64_t device, Pin pin, const std::string& bytes)) {
    const StoredValue value{pin, bytes, from_unix_ms(*rc::gen::inRange<std::int64_t>(0, 1LL << 52)),
                            static_cast<Origin>(*rc::gen::inRange(1, 5))};
    wire_form::ServerMessage expected;
    wire_form::PinValue& to = *expected.mutable_value();
    to.set_device(device);
    to.set_pin(pin);
    to.set_at_ms(to_unix_ms(value.at));
    to.set_origin(static_cast<wire_form::Origin>(value.origin));
    for (const std::string_view item : items_of(value.bytes)) {
        proto::is_utf8(item) ? to.add_values()->set_text(std::string(item))
                             : to.add_values()->set_raw(std::string(item));
    }
    RC_ASSERT(encode_value(device, value, Encoding::protobuf) == expected.SerializeAsString());
    RC_ASSERT(frame_value(device, value, Encoding::protobuf) ==
              frame_payload(expected.SerializeAsString(), Encoding::protobuf));
    wire_form::ServerMessage read;
    const std::string json = encode_value(device, value, Encoding::json);
    RC_ASSERT(google::protobuf::util::JsonStringToMessage(json, &read).ok());
    RC_ASSERT(read.SerializeAsString() == expected.SerializeAsString());
}

RC_GTEST_PROP(AppEncode, a_delivery_by_hand_is_what_the_generated_classes_make,
              (std::uint32_t request, std::uint64_t revision)) {
    AppReply reply;
    reply.request = request;
    reply.status = AppStatus::ok;
    reply.revision = revision;
    reply.result = *rc::gen::element(Delivery::delivered, Delivery::stored);
    wire_form::ServerMessage expected;
    wire_form::Reply& to = *expected.mutable_reply();
    to.set_request(request);
    to.set_status(wire_form::OK);
    to.set_revision(revision);
    to.set_delivery(static_cast<wire_form::Delivery>(std::get<Delivery>(reply.result)));
    RC_ASSERT(frame_reply(reply, Encoding::protobuf, wire) ==
              frame_payload(expected.SerializeAsString(), Encoding::protobuf));
}

TEST(AppEncode, prints_a_value_as_the_json_mapping_does) {
    const AppValue value{DeviceId{5}, {7, "a\"\n\0b"s, from_unix_ms(9), Origin::app}};
    EXPECT_EQ(to_json(value), R"({"value":{"device":")" + id(DeviceId{5}) +
                                  R"(","pin":7,"values":[{"text":"a\"\u000a"},{"text":"b"}],)"
                                  R"("atMs":"9","origin":"APP"}})");
}

TEST(AppEncode, keeps_a_devices_text_within_the_schema) {
    const auto event = to_protobuf(AppEvent{DeviceId{5}, "hot", "\xff!", from_unix_ms(9)}).event();
    EXPECT_EQ(event.text(), "\ufffd!");
}

TEST(AppEncode, carries_every_result) {
    AppReply reply;
    reply.result = AppWatchId{8};
    EXPECT_EQ(to_protobuf(reply).reply().watch(), 8U);
    reply.result = AppAccount{UserId{1}, OrgId{2}};
    EXPECT_EQ(to_protobuf(reply).reply().account().home_org(), wire.of(OrgId{2}));
    reply.result = AppExplanation{true, "role", OrgId{2}, 3, "view"};
    EXPECT_EQ(to_protobuf(reply).reply().explanation().role(), 3U);
    reply.result = AppDevicePage{{AppDevice{DeviceId{1}, OrgId{2}, {}, "lamp", true}}, "next"};
    EXPECT_EQ(to_protobuf(reply).reply().devices().devices(0).owner(), 0U);
    EXPECT_EQ(to_protobuf(reply).reply().devices().next_cursor(), "next");
    reply.result = AppStoredValues{DeviceId{1}, {{3, "x", from_unix_ms(4), Origin::api}}};
    EXPECT_EQ(to_protobuf(reply).reply().stored().values(0).device(), wire.of(DeviceId{1}));
    EXPECT_EQ(to_protobuf(AppLagged{5}).lagged().dropped(), 5U);
    EXPECT_EQ(to_protobuf(AppSignedOut{"suspended"}).signed_out().reason(), "suspended");
    EXPECT_EQ(to_protobuf(AppWatchBegan{5, DeviceId{1}}).watch_began().watch(), 5U);
}

}  // namespace
}  // namespace treeline
