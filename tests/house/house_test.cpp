// The architecture as a test: every source file of the project is held against every rule.
#include <algorithm>
#include <cstdio>
#include <functional>

#include <gtest/gtest.h>

#include "tests/house/functions.hpp"
#include "tests/house/rules.hpp"

namespace treeline::house {
namespace {

const std::vector<Source>& sources() {
    static const std::vector<Source> all = read_sources(TREELINE_SOURCE_DIR);
    return all;
}

void expect_everywhere(const std::function<Breaches(const Source&)>& rule) {
    for (const Source& source : sources()) {
        for (const Breach& breach : rule(source)) {
            ADD_FAILURE() << breach.path << ":" << breach.line << ": " << breach.what;
        }
    }
}

TEST(House, finds_the_sources_it_is_to_check) {
    const auto has = [](const char* path) {
        return std::ranges::any_of(sources(), [&](const Source& s) { return s.path == path; });
    };
    EXPECT_TRUE(has("base/mailbox.hpp"));
    EXPECT_TRUE(has("tests/house/house_test.cpp"));
    EXPECT_GT(sources().size(), 100U);
}

TEST(House, files_are_short) {
    expect_everywhere(check_file_size);
}
TEST(House, functions_are_short) {
    expect_everywhere(check_function_size);
}
TEST(House, lines_are_narrow) {
    expect_everywhere(check_width);
}
TEST(House, files_open_with_a_sentence) {
    expect_everywhere(check_opening);
}
TEST(House, rooms_include_only_the_rooms_below) {
    expect_everywhere(check_floors);
}
TEST(House, pure_rooms_touch_nothing_of_the_outside) {
    expect_everywhere(check_purity);
}
TEST(House, the_only_mutex_is_the_mailbox) {
    expect_everywhere(check_mutexes);
}
TEST(House, threads_start_in_two_places) {
    expect_everywhere(check_threads);
}
TEST(House, banned_words_stand_nowhere) {
    expect_everywhere(check_banned_words);
}

TEST(House, a_source_includes_its_own_header_first) {
    std::set<std::string> paths;
    for (const Source& source : sources()) {
        paths.insert(source.path);
    }
    expect_everywhere([&](const Source& source) { return check_own_header_first(source, paths); });
}

// The median says whether the limits are met with room to spare or by cutting at the edge.
TEST(House, the_median_function_is_small) {
    std::vector<std::size_t> functions;
    std::vector<std::size_t> files;
    for (const Source& source : sources()) {
        files.push_back(lines_of(source.text).size());
        for (const Function& function : functions_of(source)) {
            functions.push_back(function.size_lines);
        }
    }
    std::ranges::sort(functions);
    std::ranges::sort(files);
    std::printf(
        "%zu files, median %zu lines, 90%% within %zu; %zu functions, median %zu lines, "
        "90%% within %zu\n",
        files.size(), files[files.size() / 2], files[files.size() * 9 / 10], functions.size(),
        functions[functions.size() / 2], functions[functions.size() * 9 / 10]);
    EXPECT_LE(functions[functions.size() / 2], 10U);
    EXPECT_LE(files[files.size() / 2], 200U);
}

}  // namespace
}  // namespace treeline::house
