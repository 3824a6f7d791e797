// One source file as the checks see it: its text, its code and its comments apart.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace treeline::house {

// Immutable. `code` and `comments` are as long as `text` and have its line breaks; what is not
// theirs is blank. In `code` the insides of string and character literals are blank too.
struct Source {
    std::string path;  // relative to the repository, with `/`
    std::string text;
    std::string code;
    std::string comments;
};

Source make_source(std::string path, std::string text);

// Every .cpp and .hpp of the project below `root`, in the order of their paths.
std::vector<Source> read_sources(const std::filesystem::path& root);

// The files that `source` includes, in order, as written: `<vector>` or `"base/time.hpp"`.
struct Include {
    std::string name;
    std::size_t line = 0;
};
std::vector<Include> includes_of(const Source& source);

std::vector<std::string_view> lines_of(std::string_view text);
std::size_t line_at(std::string_view text, std::size_t offset);  // counted from 1
bool is_header(const Source& source);
bool is_test(const Source& source);

}  // namespace treeline::house
