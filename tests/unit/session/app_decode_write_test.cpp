// A write read by hand is read as the generated classes read it, or not at all.
#include "broker/session/app_decode_write.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "proto/app/v1/app.pb.h"
#include "proto/utf8.hpp"

namespace treeline {
namespace {

using namespace std::string_literals;
namespace wire_form = treeline::app::v1;

const WireIds wire;

wire_form::ClientMessage a_write() {
    wire_form::ClientMessage message;
    message.set_request(9);
    message.mutable_write()->set_device(wire.of(DeviceId{3}));
    message.mutable_write()->set_pin(5);
    message.mutable_write()->add_values()->set_text("on");
    return message;
}

std::optional<AppRequest> by_hand(const std::string& bytes) {
    DeviceMemo memo;
    return decode_write(bytes, wire, memo);
}

void expect_same(const AppRequest& read, const std::string& bytes) {
    const auto expected = decode(bytes, Encoding::protobuf, wire);
    RC_ASSERT(expected.has_value());
    RC_ASSERT(read.request == expected->request);
    const auto& left = std::get<AppWrite>(read.body);
    const auto* right = std::get_if<AppWrite>(&expected->body);
    RC_ASSERT(right != nullptr);
    RC_ASSERT(left.device == right->device);
    RC_ASSERT(left.pin == right->pin);
    RC_ASSERT(left.items == right->items);
}

RC_GTEST_PROP(AppDecodeWrite, reads_what_the_generated_classes_read,
              (std::uint32_t request, std::uint64_t device, Pin pin,
               const std::vector<std::string>& items)) {
    RC_PRE(request != 0 && !items.empty());
    wire_form::ClientMessage message;
    message.set_request(request);
    message.mutable_write()->set_device(device >> 1U);
    message.mutable_write()->set_pin(pin);
    for (const std::string& item : items) {
        proto::is_utf8(item) ? message.mutable_write()->add_values()->set_text(item)
                             : message.mutable_write()->add_values()->set_raw(item);
    }
    const std::string bytes = message.SerializeAsString();
    const auto read = by_hand(bytes);
    RC_ASSERT(read.has_value());
    expect_same(*read, bytes);
}

// A byte changed, put in or taken out: what is still read is read alike.
RC_GTEST_PROP(AppDecodeWrite, never_reads_otherwise_than_the_generated_classes,
              (std::size_t at, unsigned char byte, unsigned char second)) {
    std::string bytes = a_write().SerializeAsString();
    at %= bytes.size();
    switch (*rc::gen::inRange(0, 4)) {
        case 0:
            bytes[at] = static_cast<char>(byte);
            break;
        case 1:
            bytes.insert(at, 1, static_cast<char>(byte));
            break;
        case 2:
            bytes.erase(at, 1);
            break;
        default:
            bytes[at] = static_cast<char>(byte);
            bytes[second % bytes.size()] = static_cast<char>(second);
    }
    if (const auto read = by_hand(bytes)) {
        expect_same(*read, bytes);
    }
}

TEST(AppDecodeWrite, leaves_what_is_odd_to_the_generated_classes) {
    auto message = a_write();
    EXPECT_TRUE(by_hand(message.SerializeAsString()));
    EXPECT_FALSE(by_hand(message.SerializeAsString() + "\x78\x01")) << "an unknown field";
    EXPECT_FALSE(by_hand(message.SerializeAsString() + message.SerializeAsString()));
    message.mutable_write()->set_pin(256);
    EXPECT_FALSE(by_hand(message.SerializeAsString()));
    message = a_write();
    message.mutable_write()->add_values();
    EXPECT_FALSE(by_hand(message.SerializeAsString())) << "a value of no kind";
    message = a_write();
    message.mutable_write()->clear_values();
    EXPECT_FALSE(by_hand(message.SerializeAsString()));
    message = a_write();
    message.set_request(0);
    EXPECT_FALSE(by_hand(message.SerializeAsString()));
    message = a_write();
    message.mutable_read()->set_device(1);
    EXPECT_FALSE(by_hand(message.SerializeAsString())) << "another request";
    EXPECT_FALSE(
        by_hand("\x08\x09\x2a\x07\x1a\x05\x0a\x03"
                "a\xff"
                "b"))
        << "text that is none";
}

TEST(AppDecodeWrite, remembers_the_device_named_last_and_no_other) {
    DeviceMemo memo;
    for (const DeviceId device : {DeviceId{3}, DeviceId{3}, DeviceId{4}, DeviceId{3}}) {
        EXPECT_EQ(memo.device(wire.of(device), wire), device);
    }
    EXPECT_EQ(memo.device(0, wire), DeviceId{});
}

}  // namespace
}  // namespace treeline
