// What a failed call means to the operator: one line, and how the client ends.
#pragma once

#include <string>

#include "cli/http.hpp"

namespace treeline::cli {

// From application/problem+json where there is one: detail, code, the missing permission, the id
// of the request. Safe to print.
std::string problem_line(const HttpAnswer& answer);

int exit_code_of(const HttpAnswer& answer);

}  // namespace treeline::cli
