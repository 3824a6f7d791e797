#include "cli/json.hpp"

namespace treeline::cli {

std::optional<json::value> parse_json(const std::string& text) {
    json::error_code error;
    json::value value = json::parse(text, error);
    if (error) {
        return std::nullopt;
    }
    return value;
}

const json::value* member(const json::value& value, std::string_view name) {
    const json::object* const object = value.if_object();
    return object == nullptr ? nullptr : object->if_contains(name);
}

std::string text_of(const json::value& value, std::string_view name) {
    const json::value* const found = member(value, name);
    const json::string* const text = found == nullptr ? nullptr : found->if_string();
    return text == nullptr ? std::string() : std::string(*text);
}

std::optional<std::uint64_t> number_of(const json::value& value, std::string_view name) {
    const json::value* const found = member(value, name);
    if (found == nullptr) {
        return std::nullopt;
    }
    json::error_code error;
    const auto number = found->to_number<std::uint64_t>(error);
    return error ? std::nullopt : std::optional(number);
}

const json::array* items_of(const json::value& value) {
    const json::value* const items = member(value, "items");
    return items == nullptr ? nullptr : items->if_array();
}

}  // namespace treeline::cli
