// What the broker says to an app, as bytes: Protocol Buffers or their JSON mapping.
#include <type_traits>

#include <google/protobuf/util/json_util.h>

#include "base/check.hpp"
#include "broker/session/app_message.hpp"
#include "proto/app/v1/app.pb.h"
#include "proto/utf8.hpp"

namespace treeline {

namespace {

namespace out = treeline::app::v1;

void put(out::PinValue& to, DeviceId device, const StoredValue& from, const WireIds& wire) {
    to.set_device(wire.of(device));
    to.set_pin(from.pin);
    to.set_at_ms(to_unix_ms(from.at));
    to.set_origin(static_cast<out::Origin>(from.origin));
    for (const std::string_view item : items_of(from.bytes)) {
        out::Value& value = *to.add_values();
        if (proto::is_utf8(item)) {
            value.set_text(std::string(item));
        } else {
            value.set_raw(std::string(item));
        }
    }
}

void put(out::Device& to, const AppDevice& from, const WireIds& wire) {
    to.set_id(wire.of(from.id));
    to.set_org(wire.of(from.org));
    to.set_owner(wire.of(from.owner));
    to.set_name(proto::to_utf8(from.name));
    to.set_online(from.online);
}

// ---- the result of a Reply
void put(out::Reply&, const std::monostate&, const WireIds&) {}

void put(out::Reply& to, const AppWatchId& from, const WireIds&) {
    to.set_watch(from.watch);
}

void put(out::Reply& to, const Delivery& from, const WireIds&) {
    to.set_delivery(static_cast<out::Delivery>(from));
}

void put(out::Reply& to, const AppStoredValues& from, const WireIds& wire) {
    out::StoredValues& stored = *to.mutable_stored();
    for (const StoredValue& value : from.values) {
        put(*stored.add_values(), from.device, value, wire);
    }
}

void put(out::Reply& to, const AppDevicePage& from, const WireIds& wire) {
    out::DevicePage& page = *to.mutable_devices();
    page.set_next_cursor(proto::to_utf8(from.next_cursor));
    for (const AppDevice& device : from.devices) {
        put(*page.add_devices(), device, wire);
    }
}

void put(out::Reply& to, const AppExplanation& from, const WireIds& wire) {
    out::Explanation& explanation = *to.mutable_explanation();
    explanation.set_allowed(from.allowed);
    explanation.set_rule(proto::to_utf8(from.rule));
    explanation.set_membership_org(wire.of(from.membership_org));
    explanation.set_role(from.role);
    explanation.set_missing_permission(proto::to_utf8(from.missing_permission));
}

void put(out::Reply& to, const AppAccount& from, const WireIds& wire) {
    to.mutable_account()->set_user(wire.of(from.user));
    to.mutable_account()->set_home_org(wire.of(from.home_org));
}

// ---- the kinds of message
void put(out::ServerMessage& to, const AppReply& from, const WireIds& wire) {
    out::Reply& reply = *to.mutable_reply();
    reply.set_request(from.request);
    reply.set_status(static_cast<out::Status>(from.status));
    reply.set_revision(from.revision);
    reply.set_detail(proto::to_utf8(from.detail));
    std::visit([&](const auto& result) { put(reply, result, wire); }, from.result);
}

// Not by this way: encode_value().
void put(out::ServerMessage&, const AppValue&, const WireIds&) {}

void put(out::ServerMessage& to, const AppPresence& from, const WireIds& wire) {
    out::Presence& presence = *to.mutable_presence();
    presence.set_device(wire.of(from.device));
    presence.set_online(from.presence.online);
    presence.set_at_ms(to_unix_ms(from.presence.at));
}

// A device's text need not be UTF-8, but the schema's must.
void put(out::ServerMessage& to, const AppEvent& from, const WireIds& wire) {
    out::Event& event = *to.mutable_event();
    event.set_device(wire.of(from.device));
    event.set_code(proto::to_utf8(from.code));
    event.set_text(proto::to_utf8(from.text));
    event.set_at_ms(to_unix_ms(from.at));
}

void put(out::ServerMessage& to, const AppWatchEnded& from, const WireIds& wire) {
    out::WatchEnded& ended = *to.mutable_watch_ended();
    ended.set_watch(from.watch);
    ended.set_device(wire.of(from.device));
    ended.set_reason(static_cast<out::EndReason>(from.reason));
}

void put(out::ServerMessage& to, const AppWatchBegan& from, const WireIds& wire) {
    to.mutable_watch_began()->set_watch(from.watch);
    to.mutable_watch_began()->set_device(wire.of(from.device));
}

void put(out::ServerMessage& to, const AppLagged& from, const WireIds&) {
    to.mutable_lagged()->set_dropped(from.dropped);
}

void put(out::ServerMessage& to, const AppSignedOut& from, const WireIds&) {
    to.mutable_signed_out()->set_reason(proto::to_utf8(from.reason));
}

}  // namespace

std::string encode(const AppMessage& message, Encoding encoding, const WireIds& wire) {
    if (const auto* value = std::get_if<AppValue>(&message)) {
        return encode_value(wire.of(value->device), value->value, encoding);
    }
    out::ServerMessage whole;
    std::visit([&](const auto& kind) { put(whole, kind, wire); }, message);
    if (encoding == Encoding::protobuf) {
        return whole.SerializeAsString();
    }
    google::protobuf::util::JsonPrintOptions options;
    options.always_print_primitive_fields = true;
    std::string json;
    CHECK(google::protobuf::util::MessageToJsonString(whole, &json, options).ok());
    return json;
}

}  // namespace treeline
