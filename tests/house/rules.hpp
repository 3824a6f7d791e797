// The rules of the house, each a function of one source file: its breaches, none when it is fine.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "tests/house/source.hpp"

namespace treeline::house {

inline constexpr std::size_t file_lines_max = 400;
inline constexpr std::size_t function_lines_max = 60;
inline constexpr std::size_t width_max = 100;

struct Breach {
    std::string path;
    std::size_t line = 0;
    std::string what;
};
using Breaches = std::vector<Breach>;

// ---- size and shape
Breaches check_file_size(const Source& source);
Breaches check_function_size(const Source& source);
Breaches check_width(const Source& source);    // in characters, not bytes
Breaches check_opening(const Source& source);  // the first line is a sentence

// ---- arrows
// A room includes only itself and the rooms that house.md names for it. Tests may include all.
Breaches check_floors(const Source& source);
// Pure rooms: no Asio, thread, mutex, clock, log, file or randomness.
Breaches check_purity(const Source& source);
// x.cpp includes its x.hpp first, so that compiling it proves that the header stands alone.
// `paths`: every file of the project.
Breaches check_own_header_first(const Source& source, const std::set<std::string>& paths);

// ---- words
Breaches check_mutexes(const Source& source);
Breaches check_threads(const Source& source);
Breaches check_banned_words(const Source& source);

}  // namespace treeline::house
