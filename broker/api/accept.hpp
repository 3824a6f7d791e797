// Which of the types that a route offers a request wants (RFC 9110 §12.5.1).
#pragma once

#include <span>
#include <string_view>

namespace treeline {

// The offered type of the highest quality, of equals the one that the header names first. Where it
// names none of them the first one: an answer in another type says more than a 406.
std::string_view wanted_type(std::string_view accept, std::span<const std::string_view> offered);

}  // namespace treeline
