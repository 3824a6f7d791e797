// Live values and answers to writes as bytes, by hand: these are sent by the million. The same
// messages as the generated classes make (AppEncode.*_by_hand_* holds them together).
#include <charconv>

#include "broker/session/app_session.hpp"
#include "proto/app/fields.hpp"
#include "proto/app/v1/app.pb.h"
#include "proto/utf8.hpp"
#include "proto/websocket/frame.hpp"

namespace treeline {

namespace {

using Message = app::v1::ServerMessage;
using PinValue = app::v1::PinValue;
using Value = app::v1::Value;

// Calls visit(item) as items_of gives them, without the list.
template <class Visit>
void each_item(std::string_view bytes, Visit&& visit) {
    std::string_view rest = bytes.ends_with('\0') ? bytes.substr(0, bytes.size() - 1) : bytes;
    for (std::size_t nul = 0; (nul = rest.find('\0')) != std::string_view::npos;) {
        visit(rest.substr(0, nul));
        rest.remove_prefix(nul + 1);
    }
    visit(rest);
}

std::size_t fields_size(std::uint64_t device, const StoredValue& value) {
    std::size_t size = proto::number_size(device) + proto::number_size(value.pin) +
                       proto::number_size(static_cast<std::uint64_t>(to_unix_ms(value.at))) +
                       proto::number_size(static_cast<std::uint64_t>(value.origin));
    each_item(value.bytes, [&](std::string_view item) {
        size += proto::bytes_size(proto::bytes_size(item.size()));
    });
    return size;
}

// `size`: fields_size(device, value).
void put_message(char* at, std::size_t size, std::uint64_t device, const StoredValue& value) {
    proto::FieldWriter writer(at);
    writer.begin(Message::kValueFieldNumber, size);
    writer.number(PinValue::kDeviceFieldNumber, device);
    writer.number(PinValue::kPinFieldNumber, value.pin);
    each_item(value.bytes, [&](std::string_view item) {
        const bool is_text = proto::is_utf8(item);
        writer.begin(PinValue::kValuesFieldNumber, proto::bytes_size(item.size()));
        writer.bytes(is_text ? Value::kTextFieldNumber : Value::kRawFieldNumber, item);
    });
    writer.number(PinValue::kAtMsFieldNumber, static_cast<std::uint64_t>(to_unix_ms(value.at)));
    writer.number(PinValue::kOriginFieldNumber, static_cast<std::uint64_t>(value.origin));
}

// ---- JSON (the mapping of Protocol Buffers: 64-bit numbers and enums are strings)
void append_decimal(std::string& out, std::uint64_t number) {
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    out.append(digits, end);
}

// [RFC 8259 7]
void append_quoted(std::string& out, std::string_view text) {
    constexpr std::string_view hex = "0123456789abcdef";
    out.push_back('"');
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out.push_back('\\');
            out.push_back(c);
        } else if (static_cast<unsigned char>(c) < 0x20) {
            out.append("\\u00").push_back(hex[static_cast<unsigned char>(c) >> 4U]);
            out.push_back(hex[static_cast<unsigned char>(c) & 0x0fU]);
        } else {
            out.push_back(c);
        }
    }
    out.push_back('"');
}

// [RFC 4648 4]
void append_base64(std::string& out, std::string_view bytes) {
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        std::uint32_t group = 0;
        const std::size_t size = std::min<std::size_t>(3, bytes.size() - at);
        for (std::size_t i = 0; i < 3; ++i) {
            group = group << 8U | (i < size ? static_cast<unsigned char>(bytes[at + i]) : 0U);
        }
        for (std::size_t i = 0; i < 4; ++i) {
            out.push_back(i <= size ? digits[group >> (18 - 6 * i) & 0x3fU] : '=');
        }
    }
}

std::string to_json(std::uint64_t device, const StoredValue& value) {
    std::string out;
    out.reserve(128 + value.bytes.size());
    out.append(R"({"value":{"device":")");
    append_decimal(out, device);
    out.append(R"(","pin":)");
    append_decimal(out, value.pin);
    out.append(R"(,"values":[)");
    each_item(value.bytes, [&](std::string_view item) {
        out.append(out.back() == '[' ? "" : ",");
        if (proto::is_utf8(item)) {
            out.append(R"({"text":)");
            append_quoted(out, item);
        } else {
            out.append(R"({"raw":")");
            append_base64(out, item);
            out.push_back('"');
        }
        out.push_back('}');
    });
    out.append(R"(],"atMs":")").append(std::to_string(to_unix_ms(value.at)));
    out.append(R"(","origin":")");
    out.append(app::v1::Origin_Name(static_cast<app::v1::Origin>(value.origin)));
    return out.append(R"("}})");
}

}  // namespace

std::string encode_value(std::uint64_t device, const StoredValue& value, Encoding encoding) {
    if (encoding == Encoding::json) {
        return to_json(device, value);
    }
    const std::size_t size = fields_size(device, value);
    std::string bytes(proto::bytes_size(size), '\0');
    put_message(bytes.data(), size, device, value);
    return bytes;
}

namespace {

// A binary message of `size` bytes in one piece with its WebSocket header; put(at) writes it.
template <class Put>
std::string framed(std::size_t size, Put&& put) {
    namespace ws = proto::websocket;
    std::string frame(ws::header_size(size) + size, '\0');
    put(ws::put_header(frame.data(), ws::Opcode::binary, size));
    return frame;
}

}  // namespace

std::string frame_value(std::uint64_t device, const StoredValue& value, Encoding encoding) {
    if (encoding == Encoding::json) {
        return frame_payload(to_json(device, value), encoding);
    }
    const std::size_t size = fields_size(device, value);
    return framed(proto::bytes_size(size), [&](char* at) { put_message(at, size, device, value); });
}

std::string frame_reply(const AppReply& reply, Encoding encoding, const WireIds& wire) {
    using Reply = app::v1::Reply;
    const auto* delivered = std::get_if<Delivery>(&reply.result);
    if (encoding == Encoding::json || delivered == nullptr || !reply.detail.empty()) {
        return frame_message(reply, encoding, wire);
    }
    const auto status = static_cast<std::uint64_t>(reply.status);
    const auto delivery = static_cast<std::uint64_t>(*delivered);
    const std::size_t size = proto::number_size(reply.request) + proto::number_size(status) +
                             proto::number_size(reply.revision) + proto::number_size(delivery);
    return framed(proto::bytes_size(size), [&](char* at) {
        proto::FieldWriter writer(at);
        writer.begin(Message::kReplyFieldNumber, size);
        writer.number(Reply::kRequestFieldNumber, reply.request);
        writer.number(Reply::kStatusFieldNumber, status);
        writer.number(Reply::kRevisionFieldNumber, reply.revision);
        writer.number(Reply::kDeliveryFieldNumber, delivery);
    });
}

}  // namespace treeline
