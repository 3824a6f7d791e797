// From routes and shapes to OpenAPI.
#include "broker/api/openapi.hpp"

#include <algorithm>
#include <string_view>

#include "broker/api/route.hpp"
#include "broker/api/target.hpp"
#include "broker/domain/wire_id.hpp"

namespace treeline {
namespace {

json::object typed(std::string_view type) {
    return {{"type", type}};
}

json::object array_of(json::object item) {
    return {{"type", "array"}, {"items", std::move(item)}};
}

json::object id_schema() {
    return {{"type", "integer"}, {"minimum", 1}, {"maximum", wire_id_max}};
}

json::object limit_schema() {
    return {{"type", "integer"}, {"minimum", 1}, {"maximum", list_limit_max}};
}

json::object schema_of(FieldKind kind) {
    switch (kind) {
        case FieldKind::id:
            return id_schema();
        case FieldKind::role:
            return {{"oneOf", json::array{id_schema(), typed("string")}}};
        case FieldKind::roles:
            return array_of(schema_of(FieldKind::role));
        case FieldKind::number:
            return {{"type", "integer"}, {"minimum", 0}};
        case FieldKind::flag:
            return typed("boolean");
        case FieldKind::email:
            return {{"type", "string"}, {"format", "email"}};
        case FieldKind::time:
            return {{"type", "string"}, {"format", "date-time"}};
        case FieldKind::ids:
            return array_of(id_schema());
        case FieldKind::texts:
        case FieldKind::values:
            return array_of(typed("string"));
        case FieldKind::metadata:
            return {{"type", "object"}, {"additionalProperties", typed("string")}};
        case FieldKind::hidden_id: {
            json::object word{{"type", "string"}, {"enum", json::array{"above", "outside"}}};
            return {{"oneOf", json::array{id_schema(), std::move(word)}}};
        }
        case FieldKind::object:
            return typed("object");
        case FieldKind::objects:
            return array_of(typed("object"));
        default:
            return typed("string");
    }
}

json::object schema_of(const Field& field) {
    json::object schema = schema_of(field.kind);
    if (!field.is_nullable) {
        return schema;
    }
    return {{"anyOf", json::array{std::move(schema), typed("null")}}};
}

json::object schema_of(const Shape& shape) {
    json::object properties;
    json::array required;
    for (const Field& field : shape.fields) {
        properties[field.name] = schema_of(field);
        if (field.is_required) {
            required.emplace_back(field.name);
        }
    }
    return {{"type", "object"},
            {"properties", std::move(properties)},
            {"required", std::move(required)},
            {"additionalProperties", false}};
}

json::object reference(std::string_view name) {
    return {{"$ref", "#/components/schemas/" + std::string(name)}};
}

json::object content_of(std::string_view type, json::object schema) {
    return {{type, json::object{{"schema", std::move(schema)}}}};
}

json::object list_schema(const Shape& shape) {
    json::object cursor{{"type", json::array{"string", "null"}}};
    json::object properties{{"items", array_of(reference(shape.name))},
                            {"next_cursor", std::move(cursor)},
                            {"total", schema_of(FieldKind::number)},
                            {"revision", schema_of(FieldKind::number)}};
    return {{"type", "object"}, {"properties", std::move(properties)}};
}

json::object success_of(const Route& route) {
    json::object out{{"description", "Success"}};
    if (route.answer == nullptr) {
        out["content"] = content_of("application/json", typed("object"));
    } else {
        out["content"] =
            content_of("application/json",
                       route.is_list ? list_schema(*route.answer) : reference(route.answer->name));
    }
    if (!route.csv.empty()) {
        out["content"].as_object()["text/csv"] = json::object{{"schema", typed("string")}};
    }
    return out;
}

json::object responses_of(const Route& route) {
    json::object problem{{"description", "A problem (RFC 9457)"},
                         {"content", content_of("application/problem+json", reference("Problem"))}};
    return {{std::to_string(route.status), success_of(route)}, {"default", std::move(problem)}};
}

json::object parameter(std::string_view in, std::string_view name, json::object schema) {
    return {{"name", name}, {"in", in}, {"required", in == "path"}, {"schema", std::move(schema)}};
}

json::object path_schema(std::string_view name) {
    if (name == "token") {
        return typed("string");
    }
    return name == "pin" ? json::object{{"type", "integer"}, {"minimum", 0}, {"maximum", 255}}
                         : id_schema();
}

void add_path_parameters(json::array& out, std::string_view pattern) {
    for (std::size_t at = pattern.find('{'); at != std::string_view::npos;
         at = pattern.find('{', at + 1)) {
        const std::string_view name = pattern.substr(at + 1, pattern.find('}', at) - at - 1);
        out.emplace_back(parameter("path", name, path_schema(name)));
    }
}

void add_query_parameters(json::array& out, const Route& route) {
    if (route.method == "GET" && !route.is_public()) {
        out.emplace_back(parameter("query", "at_least_revision", schema_of(FieldKind::number)));
    }
    if (route.is_list && route.method == "GET") {
        out.emplace_back(parameter("query", "limit", limit_schema()));
        out.emplace_back(parameter("query", "cursor", typed("string")));
    }
    for (std::string_view names : {route.filters, route.instants}) {
        while (!names.empty()) {
            const std::size_t size = std::min(names.find(' '), names.size());
            out.emplace_back(parameter("query", names.substr(0, size), typed("string")));
            names.remove_prefix(std::min(size + 1, names.size()));
        }
    }
}

json::object operation_of(const Route& route) {
    json::array parameters;
    add_path_parameters(parameters, route.pattern);
    add_query_parameters(parameters, route);
    json::object out{{"summary", route.summary},
                     {"x-required-permission", route.permission},
                     {"parameters", std::move(parameters)},
                     {"responses", responses_of(route)}};
    if (!route.csv.empty()) {
        out["x-csv-columns"] = route.csv;
        out["x-csv-permission"] = route.csv_permission;
    }
    if (route.is_public()) {
        out["security"] = json::array{};
    }
    if (route.takes_csv) {
        out["requestBody"] =
            json::object{{"required", true}, {"content", content_of("text/csv", typed("string"))}};
    }
    if (route.body != nullptr) {
        out["requestBody"] =
            json::object{{"required", route.method != "DELETE"},
                         {"content", content_of("application/json", reference(route.body->name))}};
    }
    return out;
}

json::object problem_schema() {
    json::object properties{{"type", typed("string")},    {"title", typed("string")},
                            {"status", typed("integer")}, {"code", typed("string")},
                            {"detail", typed("string")},  {"missing_permission", typed("string")},
                            {"scope", typed("string")}};
    return {{"type", "object"},
            {"properties", std::move(properties)},
            {"required", json::array{"type", "title", "status", "code"}}};
}

std::string lower(std::string_view method) {
    std::string out(method);
    std::ranges::transform(out, out.begin(), [](char c) { return static_cast<char>(c | 0x20); });
    return out;
}

std::string make_document() {
    json::object paths;
    json::object schemas{{"Problem", problem_schema()}};
    for (const Route& route : routes()) {
        if (!paths.contains(route.pattern)) {
            paths[route.pattern] = json::object{};
        }
        paths[route.pattern].as_object()[lower(route.method)] = operation_of(route);
        for (const Shape* shape : {route.answer, route.body}) {
            if (shape != nullptr) {
                schemas[shape->name] = schema_of(*shape);
            }
        }
    }
    json::object bearer{{"type", "http"}, {"scheme", "bearer"}};
    json::object components{{"schemas", std::move(schemas)},
                            {"securitySchemes", json::object{{"bearer", std::move(bearer)}}}};
    const json::object document{
        {"openapi", "3.1.0"},
        {"info", json::object{{"title", "Treeline platform API"}, {"version", "1"}}},
        {"security", json::array{json::object{{"bearer", json::array{}}}}},
        {"paths", std::move(paths)},
        {"components", std::move(components)}};
    return json::serialize(document);
}

}  // namespace

const std::string& openapi_document() {
    static const std::string document = make_document();
    return document;
}

}  // namespace treeline
