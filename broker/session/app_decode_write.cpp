// ClientMessage { request = 1; write = 5 { device = 1; pin = 2; values = 3 { text = 1 | raw = 2 } }
// } Anything else that Protocol Buffers would allow (unknown fields, fields twice) is left to
// others.
#include "broker/session/app_decode_write.hpp"

#include <limits>
#include <utility>

#include "proto/app/fields.hpp"
#include "proto/app/v1/app.pb.h"
#include "proto/utf8.hpp"

namespace treeline {

namespace {

namespace in = treeline::app::v1;
using proto::FieldReader;

bool read_value(std::string_view bytes, AppWrite& write) {
    FieldReader reader(bytes);
    const auto field = reader.next();
    if (!field || !field->is_bytes || !reader.is_at_end()) {
        return false;
    }
    const bool is_text = field->number == in::Value::kTextFieldNumber;
    const bool is_raw = field->number == in::Value::kRawFieldNumber;
    if (!is_raw && !(is_text && proto::is_utf8(field->bytes))) {
        return false;
    }
    write.items.emplace_back(field->bytes);
    return true;
}

bool read_write(std::string_view bytes, const WireIds& wire, DeviceMemo& memo, AppWrite& write) {
    bool has_device = false, has_pin = false;
    FieldReader reader(bytes);
    while (!reader.is_at_end()) {
        const auto field = reader.next();
        if (!field) {
            return false;
        }
        if (field->number == in::Write::kDeviceFieldNumber && !field->is_bytes) {
            write.device = memo.device(field->value, wire);
            if (std::exchange(has_device, true)) {
                return false;
            }
        } else if (field->number == in::Write::kPinFieldNumber && !field->is_bytes &&
                   field->value <= std::numeric_limits<Pin>::max()) {
            write.pin = static_cast<Pin>(field->value);
            if (std::exchange(has_pin, true)) {
                return false;
            }
        } else if (field->number != in::Write::kValuesFieldNumber || !field->is_bytes ||
                   !read_value(field->bytes, write)) {
            return false;
        }
    }
    return !write.items.empty();
}

}  // namespace

std::optional<AppRequest> decode_write(std::string_view bytes, const WireIds& wire,
                                       DeviceMemo& memo) {
    FieldReader reader(bytes);
    const auto request = reader.next();
    const auto body = request ? reader.next() : std::nullopt;
    if (!body || !reader.is_at_end() || request->is_bytes || !body->is_bytes ||
        request->number != in::ClientMessage::kRequestFieldNumber || request->value == 0 ||
        request->value > std::numeric_limits<std::uint32_t>::max() ||
        body->number != in::ClientMessage::kWriteFieldNumber) {
        return std::nullopt;
    }
    AppWrite write;
    if (!read_write(body->bytes, wire, memo, write)) {
        return std::nullopt;
    }
    AppRequest read;
    read.request = static_cast<std::uint32_t>(request->value);
    read.body = std::move(write);
    return read;
}

}  // namespace treeline
