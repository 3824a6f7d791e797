// What an app says to the broker: bytes to a request, with the schema's rules checked.
#include <algorithm>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/reflection.h>
#include <google/protobuf/unknown_field_set.h>
#include <google/protobuf/util/json_util.h>

#include "broker/session/app_message.hpp"
#include "proto/app/v1/app.pb.h"
#include "proto/utf8.hpp"

namespace treeline {

namespace {

namespace in = treeline::app::v1;
namespace pb = google::protobuf;

constexpr int nesting_max = 32;
constexpr std::uint32_t devices_limit_max = 1'000;

using Body = decltype(AppRequest::body);

// ---- from bytes to the generated class
bool parse_protobuf(std::string_view bytes, in::ClientMessage& message) {
    pb::io::CodedInputStream stream(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                    static_cast<int>(bytes.size()));
    stream.SetRecursionLimit(nesting_max);
    return message.ParseFromCodedStream(&stream) && stream.ConsumedEntireMessage();
}

// Where braces and brackets nest too deep; inside strings they mean nothing.
bool is_nested_too_deep(std::string_view json) {
    int depth = 0;
    bool in_string = false;
    for (std::size_t at = 0; at < json.size(); ++at) {
        const char c = json[at];
        if (in_string) {
            at += c == '\\' ? 1 : 0;
            in_string = c != '"';
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            ++depth;
        } else if (c == '}' || c == ']') {
            --depth;
        }
        if (depth > nesting_max) {
            return true;
        }
    }
    return false;
}

bool parse_json(std::string_view bytes, bool ignore_unknown, in::ClientMessage& message) {
    pb::util::JsonParseOptions options;
    options.ignore_unknown_fields = ignore_unknown;
    message.Clear();
    const pb::StringPiece text(bytes.data(), bytes.size());
    return pb::util::JsonStringToMessage(text, &message, options).ok();
}

// A field this broker does not know may narrow what is asked: not to be passed over.
bool has_unknown_fields(const pb::Message& message);

bool has_unknown_fields(const pb::Message& message, const pb::FieldDescriptor* field) {
    const pb::Reflection& reflection = *message.GetReflection();
    if (!field->is_repeated()) {
        return has_unknown_fields(reflection.GetMessage(message, field));
    }
    const auto items = reflection.GetRepeatedFieldRef<pb::Message>(message, field);
    return std::any_of(items.begin(), items.end(),
                       [](const pb::Message& item) { return has_unknown_fields(item); });
}

bool has_unknown_fields(const pb::Message& message) {
    const pb::Reflection& reflection = *message.GetReflection();
    if (!reflection.GetUnknownFields(message).empty()) {
        return true;
    }
    std::vector<const pb::FieldDescriptor*> fields;
    reflection.ListFields(message, &fields);
    return std::any_of(fields.begin(), fields.end(), [&](const pb::FieldDescriptor* field) {
        return field->cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE &&
               has_unknown_fields(message, field);
    });
}

// ---- from the generated class to a request; nullopt with a problem where a rule is broken
using Outcome = std::optional<Body>;

Outcome broken(std::string& problem, std::string_view why) {
    problem = why;
    return std::nullopt;
}

bool take_pins(const pb::RepeatedField<std::uint32_t>& from, std::vector<Pin>& to) {
    for (const std::uint32_t pin : from) {
        if (pin > 255) {
            return false;
        }
        to.push_back(static_cast<Pin>(pin));
    }
    return true;
}

Outcome take(const in::Watch& from, const WireIds& wire, std::string& problem) {
    AppWatch watch;
    switch (from.scope_case()) {
        case in::Watch::kDevice:
            watch.kind = AppWatch::Kind::device;
            watch.device = wire.device(from.device());
            break;
        case in::Watch::kOrg:
            watch.kind = AppWatch::Kind::org;
            watch.org = wire.org(from.org());
            break;
        case in::Watch::kSubtree:
            watch.kind = AppWatch::Kind::subtree;
            watch.org = wire.org(from.subtree());
            break;
        case in::Watch::SCOPE_NOT_SET:
            return broken(problem, "watch needs device, org or subtree");
    }
    watch.snapshot = from.snapshot();
    if (!take_pins(from.pins(), watch.pins)) {
        return broken(problem, "pin over 255");
    }
    return watch;
}

Outcome take(const in::Write& from, const WireIds& wire, std::string& problem) {
    if (from.pin() > 255) {
        return broken(problem, "pin over 255");
    }
    if (from.values().empty()) {
        return broken(problem, "write needs values");
    }
    AppWrite write{wire.device(from.device()), static_cast<Pin>(from.pin()), {}};
    for (const in::Value& value : from.values()) {
        if (value.kind_case() == in::Value::KIND_NOT_SET) {
            return broken(problem, "a value needs text or raw");
        }
        write.items.push_back(value.has_text() ? value.text() : value.raw());
    }
    return write;
}

Outcome take(const in::Read& from, const WireIds& wire, std::string& problem) {
    AppRead read{wire.device(from.device()), {}};
    if (!take_pins(from.pins(), read.pins)) {
        return broken(problem, "pin over 255");
    }
    return read;
}

Outcome take(const in::ListDevices& from, const WireIds& wire, std::string& problem) {
    if (from.limit() > devices_limit_max) {
        return broken(problem, "limit over 1000");
    }
    // An id that can't be one must not become 0, which means "wherever": it is nobody's instead.
    const OrgId org = from.org() > wire_id_max ? OrgId{from.org()} : wire.org(from.org());
    return AppDevices{org, from.subtree(), from.limit(), from.cursor()};
}

Outcome take_body(const in::ClientMessage& from, const WireIds& wire, std::string& problem) {
    switch (from.body_case()) {
        case in::ClientMessage::kSignIn:
            return AppSignIn{from.sign_in().token()};
        case in::ClientMessage::kWatch:
            return take(from.watch(), wire, problem);
        case in::ClientMessage::kUnwatch:
            return AppUnwatch{from.unwatch().watch()};
        case in::ClientMessage::kWrite:
            return take(from.write(), wire, problem);
        case in::ClientMessage::kRead:
            return take(from.read(), wire, problem);
        case in::ClientMessage::kDevices:
            return take(from.devices(), wire, problem);
        case in::ClientMessage::kExplain:
            return AppExplain{wire.device(from.explain().device()), from.explain().action()};
        case in::ClientMessage::BODY_NOT_SET:
            break;
    }
    return broken(problem, "a request needs a body");
}

AppRequest request_of(const in::ClientMessage& message, const WireIds& wire, bool is_known) {
    AppRequest request{message.request(), {}, {}};
    if (!is_known) {
        request.problem = "unknown field";
        return request;
    }
    if (message.request() == 0) {
        request.problem = "request must not be 0";
        return request;
    }
    if (Outcome body = take_body(message, wire, request.problem)) {
        request.body = *std::move(body);
    }
    return request;
}

}  // namespace

std::optional<AppRequest> decode(std::string_view bytes, Encoding encoding, const WireIds& wire) {
    in::ClientMessage message;
    if (encoding == Encoding::protobuf) {
        if (!parse_protobuf(bytes, message)) {
            return std::nullopt;
        }
        return request_of(message, wire, !has_unknown_fields(message));
    }
    if (!proto::is_utf8(bytes) || is_nested_too_deep(bytes)) {
        return std::nullopt;
    }
    const bool is_known = parse_json(bytes, false, message);
    if (!is_known && !parse_json(bytes, true, message)) {
        return std::nullopt;
    }
    return request_of(message, wire, is_known);
}

}  // namespace treeline
