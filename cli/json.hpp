// Reading JSON without exceptions: what is not there, or of another kind, reads as nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <boost/json.hpp>

namespace treeline::cli {

namespace json = boost::json;

// nullopt when `text` is no JSON.
std::optional<json::value> parse_json(const std::string& text);
// The member `name` of an object; nullptr for any other value, and where there is none.
const json::value* member(const json::value& value, std::string_view name);
// A member's text; empty where it is none.
std::string text_of(const json::value& value, std::string_view name);
// A member's number; nullopt where it is none or below 0.
std::optional<std::uint64_t> number_of(const json::value& value, std::string_view name);
// The member `items` of a list; nullptr where there is none.
const json::array* items_of(const json::value& value);

}  // namespace treeline::cli
