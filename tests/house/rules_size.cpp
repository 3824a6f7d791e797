// How long files, functions and lines may be, and how a file opens.
#include <algorithm>
#include <cctype>

#include "tests/house/functions.hpp"
#include "tests/house/rules.hpp"

namespace treeline::house {
namespace {

// Bytes that don't continue a UTF-8 sequence.
std::size_t characters(std::string_view line) {
    return static_cast<std::size_t>(std::ranges::count_if(
        line, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string count(std::size_t is, std::size_t max, const std::string& unit) {
    return std::to_string(is) + " " + unit + ", at most " + std::to_string(max);
}

}  // namespace

Breaches check_file_size(const Source& source) {
    const std::size_t lines = lines_of(source.text).size();
    if (lines <= file_lines_max) {
        return {};
    }
    return {{source.path, lines, "file of " + count(lines, file_lines_max, "lines")}};
}

Breaches check_function_size(const Source& source) {
    Breaches found;
    for (const Function& function : functions_of(source)) {
        if (function.size_lines > function_lines_max) {
            found.push_back({source.path, function.line,
                             "function of " +
                                 count(function.size_lines, function_lines_max, "lines") + ": " +
                                 function.head});
        }
    }
    return found;
}

Breaches check_width(const Source& source) {
    Breaches found;
    const auto lines = lines_of(source.text);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (characters(lines[i]) > width_max) {
            found.push_back({source.path, i + 1,
                             "line of " + count(characters(lines[i]), width_max, "columns")});
        }
    }
    return found;
}

Breaches check_opening(const Source& source) {
    const auto lines = lines_of(source.text);
    if (!lines.empty() && lines[0].size() > 8 && lines[0].starts_with("// ")) {
        return {};
    }
    const std::string stem = source.path.substr(0, source.path.size() - 3);
    if (!is_header(source) && !lines.empty() && lines[0] == "#include \"" + stem + "hpp\"") {
        return {};  // its header says it
    }
    return {{source.path, 1, "does not open with a sentence that says what it is"}};
}

}  // namespace treeline::house
