// Requests made from the route table, so that a new route is tested without being named.
#pragma once

#include <string>

#include "broker/api/route.hpp"

namespace treeline {

inline json::value sample_of(FieldKind kind) {
    switch (kind) {
        case FieldKind::id:
        case FieldKind::number:
            return std::uint64_t{7};
        case FieldKind::ids:
            return json::array{std::uint64_t{7}};
        case FieldKind::object:
            return json::object{};
        case FieldKind::role:
            return std::uint64_t{3};
        case FieldKind::flag:
            return false;
        case FieldKind::email:
            return "somebody@example.com";
        case FieldKind::time:
            return "2030-01-01T00:00:00.000Z";
        case FieldKind::texts:
            return json::array{};
        case FieldKind::values:
            return json::array{"1"};
        case FieldKind::metadata:
            return json::object{};
        default:
            return "some text";
    }
}

// A body with every required field, of the right type. Empty where the route takes none.
inline std::string sample_body(const Route& route) {
    if (route.body == nullptr) {
        return "";
    }
    json::object body;
    for (const Field& field : route.body->fields) {
        if (field.is_required) {
            body[field.name] = sample_of(field.kind);
        }
    }
    return json::serialize(body);
}

// The pattern with `id` for {id}, 3 for a role, 5 for a pin, and the query that it can't do
// without.
inline std::string path_of(const Route& route, const std::string& id) {
    std::string path(route.pattern);
    for (const auto& [name, value] : {std::pair<std::string, std::string>{"{id}", id},
                                      {"{role}", "3"},
                                      {"{device}", id},
                                      {"{pin}", "5"},
                                      {"{seq}", "1"}}) {
        if (const std::size_t at = path.find(name); at != std::string::npos) {
            path.replace(at, name.size(), value);
        }
    }
    if (route.pattern.starts_with("/api/v1/visibility")) {
        path += "?from=1&device=" + id;
    }
    // A pin's history is asked for by its pin.
    return path.ends_with("/history") ? path + "?pin=5" : path;
}

}  // namespace treeline
