// Each rule of the house catches a bad sample and lets a good one pass.
#include "tests/house/rules.hpp"

#include <gtest/gtest.h>

#include "tests/house/functions.hpp"

namespace treeline::house {
namespace {

std::string repeated(const std::string& what, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) {
        out += what;
    }
    return out;
}

Source pure(const std::string& text) {
    return make_source("broker/domain/sample.cpp", text);
}

TEST(Rules, a_file_of_401_lines_is_too_long) {
    EXPECT_TRUE(check_file_size(pure(repeated("int x;\n", 400))).empty());
    EXPECT_EQ(check_file_size(pure(repeated("int x;\n", 401))).size(), 1U);
}

TEST(Rules, a_function_of_61_lines_is_too_long_wherever_it_stands) {
    const std::string body = repeated("    step();\n", 58);
    const std::string fits = "void f() {\n" + body + "}\n";
    const std::string too_long = "void f() {\n    step();\n" + body + "}\n";
    EXPECT_TRUE(check_function_size(pure("namespace a {\n" + fits + "}\n")).empty());
    EXPECT_EQ(check_function_size(pure("namespace a {\n" + too_long + "}\n")).size(), 1U);
    EXPECT_EQ(check_function_size(pure("class A {\n  public:\n" + too_long + "};\n")).size(), 1U);
    EXPECT_EQ(check_function_size(pure("TEST(A, b) {\n    x();\n" + body + "}\n")).size(), 1U);
}

TEST(Rules, functions_are_told_from_types_tables_and_initialisers) {
    const auto found =
        functions_of(pure("#include <a>\n"
                          "namespace {\n"
                          "constexpr int table[]{1, 2};\n"
                          "const int more = {f(1)};\n"
                          "template <class T>\n"
                          "struct Box {\n"
                          "  public:\n"
                          "    Box() : a_{1}, b_(2) {}\n"
                          "    int size() const {\n"
                          "        if (a_) {\n"
                          "            return 1;\n"
                          "        }\n"
                          "        return 0;\n"
                          "    }\n"
                          "};\n"
                          "enum class E : int { one, two };\n"
                          "template <class T>\n"
                          "T g(T t) {\n"
                          "    return t;\n"
                          "}\n"
                          "}\n"));
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found[0].size_lines, 1U);
    EXPECT_EQ(found[1].head, "int size() const");
    EXPECT_EQ(found[1].size_lines, 6U);
    EXPECT_EQ(found[2].size_lines, 4U);
}

TEST(Rules, a_line_of_101_characters_is_too_wide_and_bytes_do_not_count) {
    EXPECT_TRUE(check_width(pure(repeated("x", 100) + "\n")).empty());
    EXPECT_EQ(check_width(pure(repeated("x", 101) + "\n")).size(), 1U);
    EXPECT_TRUE(check_width(pure(repeated("\xC3\xA4", 100) + "\n")).empty());
}

TEST(Rules, a_file_opens_with_a_sentence_or_with_the_header_that_has_it) {
    EXPECT_TRUE(check_opening(pure("// What stands here.\nint x;\n")).empty());
    EXPECT_TRUE(check_opening(pure("#include \"broker/domain/sample.hpp\"\n")).empty());
    EXPECT_EQ(check_opening(pure("#include \"broker/domain/other.hpp\"\n")).size(), 1U);
    EXPECT_EQ(check_opening(pure("#pragma once\n")).size(), 1U);
    EXPECT_EQ(check_opening(pure("")).size(), 1U);
}

TEST(Rules, an_arrow_that_points_up_is_found) {
    const auto from = [](const char* path, const char* include) {
        return check_floors(make_source(path, std::string("#include \"") + include + "\"\n"));
    };
    EXPECT_TRUE(from("broker/domain/a.hpp", "base/time.hpp").empty());
    EXPECT_EQ(from("broker/domain/a.hpp", "broker/hub/shard.hpp").size(), 1U);
    EXPECT_EQ(from("broker/hub/a.cpp", "broker/registry/registry.hpp").size(), 1U);
    EXPECT_EQ(from("broker/registry/a.cpp", "broker/hub/shard.hpp").size(), 1U);
    EXPECT_EQ(from("storage/a.cpp", "broker/domain/ids.hpp").size(), 1U);
    EXPECT_EQ(from("proto/a.cpp", "broker/domain/ids.hpp").size(), 1U);
    EXPECT_EQ(from("base/a.hpp", "proto/bytes.hpp").size(), 1U);
    EXPECT_EQ(from("base/a.hpp", "tests/support/x.hpp").size(), 1U);
    EXPECT_TRUE(from("cli/a.cpp", "proto/audit/chain.hpp").empty());
    EXPECT_EQ(from("cli/a.cpp", "broker/api/json.hpp").size(), 1U);
    EXPECT_EQ(from("broker/server/a.cpp", "cli/http.hpp").size(), 1U);
    EXPECT_EQ(from("attic/a.hpp", "base/time.hpp").size(), 1U);
    EXPECT_TRUE(from("tests/unit/a.cpp", "broker/hub/shard.hpp").empty());
}

TEST(Rules, a_pure_room_that_reaches_outside_is_found) {
    for (const char* header : {"<thread>", "<mutex>", "<fstream>", "<boost/asio/ip/tcp.hpp>",
                               "<spdlog/spdlog.h>", "<random>"}) {
        const std::string text = std::string("#include ") + header + "\n";
        EXPECT_EQ(check_purity(pure(text)).size(), 1U) << header;
        EXPECT_TRUE(check_purity(make_source("broker/server/a.cpp", text)).empty()) << header;
    }
    EXPECT_EQ(check_purity(pure("auto t = read_clock();\n")).size(), 1U);
    EXPECT_EQ(check_purity(pure("auto t = Clock::now();\n")).size(), 1U);
    EXPECT_TRUE(check_purity(pure("#include <vector>\n// read_clock() is for others\n")).empty());
}

TEST(Rules, a_source_that_includes_its_header_late_is_found) {
    const std::set<std::string> paths{"base/a.hpp", "base/a.cpp"};
    const auto check = [&](const char* text) {
        return check_own_header_first(make_source("base/a.cpp", text), paths);
    };
    EXPECT_TRUE(check("#include \"base/a.hpp\"\n#include <vector>\n").empty());
    EXPECT_EQ(check("#include <vector>\n#include \"base/a.hpp\"\n").size(), 1U);
    EXPECT_EQ(check("int x;\n").size(), 1U);
}

TEST(Rules, a_mutex_outside_the_mailbox_is_found) {
    const std::string text = "std::mutex m;\n";
    EXPECT_TRUE(check_mutexes(make_source("base/mailbox.hpp", text)).empty());
    EXPECT_EQ(check_mutexes(make_source("base/time.hpp", text)).size(), 1U);
    EXPECT_EQ(check_mutexes(pure("const std::lock_guard lock(m);\n")).size(), 1U);
}

TEST(Rules, a_thread_elsewhere_is_found) {
    const std::string text = "std::thread t(f);\n";
    EXPECT_TRUE(check_threads(make_source("broker/server/threads.cpp", text)).empty());
    EXPECT_TRUE(check_threads(make_source("broker/edge/loop.cpp", text)).empty());
    EXPECT_EQ(check_threads(make_source("broker/server/config.cpp", text)).size(), 1U);
    EXPECT_TRUE(check_threads(pure("auto id = std::this_thread::get_id();\n")).empty());
}

TEST(Rules, banned_words_are_found_in_code_and_not_in_comments_or_literals) {
    for (const char* word : {"const_cast<int&>(x)", "shared_from_this()", "rand()", "usleep(5)",
                             "std::this_thread::sleep_for(x)", "steady_clock::now()",
                             "std::chrono::system_clock::now()", "throw 5"}) {
        const std::string text = std::string(word) + ";\n";
        EXPECT_EQ(check_banned_words(pure(text)).size(), 1U) << word;
        EXPECT_TRUE(check_banned_words(pure("// " + text)).empty()) << word;
        EXPECT_TRUE(check_banned_words(pure("auto s = \"" + text.substr(0, 4) + "\";\n")).empty());
    }
    EXPECT_TRUE(check_banned_words(pure("#include <openssl/rand.h>\n")).empty());
    EXPECT_TRUE(check_banned_words(pure("int operand = random_seed;\n")).empty());
}

TEST(Rules, words_are_allowed_where_their_place_is) {
    EXPECT_TRUE(check_banned_words(make_source("base/time.cpp", "steady_clock::now();\n")).empty());
    EXPECT_TRUE(check_banned_words(make_source("broker/server/a.cpp", "throw 5;\n")).empty());
    EXPECT_TRUE(check_banned_words(pure("using namespace std;\n")).empty());
    EXPECT_EQ(check_banned_words(make_source("base/a.hpp", "using namespace std;\n")).size(), 1U);
}

TEST(Rules, a_promise_needs_a_number) {
    const std::string word = "// TO" + std::string("DO");
    EXPECT_EQ(check_banned_words(pure(word + " later\n")).size(), 1U);
    EXPECT_TRUE(check_banned_words(pure(word + "(#12) later\n")).empty());
}

TEST(Source, raw_literals_and_digit_separators_do_not_confuse_it) {
    const Source source =
        pure("auto a = R\"x(throw \" // )x\"; int b = 1'000; f('\"'); throw_();\n");
    EXPECT_EQ(source.code.find("throw \""), std::string::npos);
    EXPECT_NE(source.code.find("throw_()"), std::string::npos);
    EXPECT_EQ(source.comments.find_first_not_of(" \n"), std::string::npos);
}

}  // namespace
}  // namespace treeline::house
