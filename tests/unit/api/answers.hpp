// Answers of the API, read the way that tests ask about them.
#pragma once

#include <string>
#include <string_view>

#include "broker/api/api.hpp"
#include "broker/api/json.hpp"

namespace treeline {

inline json::object object_of(const HttpResponse& response) {
    const auto value = parse_json(response.body);
    return value && value->is_object() ? value->get_object() : json::object{};
}
inline std::string text_of(const HttpResponse& response, std::string_view name) {
    const json::object object = object_of(response);
    const json::value* const value = object.if_contains(name);
    if (value == nullptr) {
        return "(absent)";
    }
    return value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
}
inline std::string code_of(const HttpResponse& response) {
    return text_of(response, "code");
}
inline std::string header_of(const HttpResponse& response, std::string_view name) {
    for (const auto& [field, value] : response.headers) {
        if (field == name) {
            return value;
        }
    }
    return "(absent)";
}
// All that a caller can tell two answers apart by: everything but the request's own id.
inline std::string essence_of(const HttpResponse& response) {
    std::string out = std::to_string(response.status) + "\n";
    for (const auto& [field, value] : response.headers) {
        if (field != "X-Request-Id") {
            out += field + ": " + value + "\n";
        }
    }
    return out + response.body;
}

}  // namespace treeline
