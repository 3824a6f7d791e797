// JSON in, strictly: what is ambiguous or hostile is refused, never interpreted.
#pragma once

#include <string_view>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "broker/api/problem.hpp"

namespace treeline {

namespace json = boost::json;

inline constexpr std::size_t json_depth_max = 32;

// The value of a whole text. Fails with 400: `duplicate_key` for a name twice in one object,
// `json_depth` beyond json_depth_max, else `malformed` (invalid UTF-8 and lone surrogates
// included). Stack use is constant.
Checked<json::value> parse_json(std::string_view text);

}  // namespace treeline
