// Where the functions of a source file begin and end, by its braces.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tests/house/source.hpp"

namespace treeline::house {

struct Function {
    std::string head;  // as it stands before the brace, on one line
    std::size_t line = 0;
    std::size_t size_lines = 0;  // from the first line of the head to the closing brace
};

// Relies on the project's format: a body's brace has a space before it, an initialiser's has none.
std::vector<Function> functions_of(const Source& source);

}  // namespace treeline::house
