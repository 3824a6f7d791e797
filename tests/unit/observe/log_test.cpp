// Log lines: whatever a device sends, it stays one line and one field.
#include "broker/observe/log.hpp"

#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "tests/support/storage/scratch.hpp"

namespace treeline::observe {
namespace {

std::string read_all(const std::filesystem::path& file) {
    std::ifstream stream(file);
    return {std::istreambuf_iterator<char>(stream), {}};
}

TEST(LogLine, is_constant_text_and_then_fields) {
    EXPECT_EQ(render_line("device online", {{"device", 7}, {"tls", true}, {"why", "token"}}),
              "device online device=7 tls=true why=token");
    EXPECT_EQ(render_line("stopped", {}), "stopped");
}

TEST(LogLine, lets_no_value_begin_a_line_or_a_field_or_steer_a_terminal) {
    EXPECT_EQ(render_line("t", {{"v", "a\nerror forged=1"}}), "t v=\"a\\nerror forged=1\"");
    EXPECT_EQ(render_line("t", {{"v", "a b=c"}}), "t v=\"a b=c\"");
    EXPECT_EQ(render_line("t", {{"v", "\" x=\"\\"}}), "t v=\"\\\" x=\\\"\\\\\"");
    EXPECT_EQ(render_line("t", {{"v", "\x1b[2J\r\x7f"}}), "t v=\"\\x1b[2J\\x0d\\x7f\"");
    EXPECT_EQ(render_line("t", {{"v", std::string_view("\0\xc2\x9b", 3)}}),
              "t v=\"\\x00\\xc2\\x9b\"");
    EXPECT_EQ(render_line("t", {{"v", ""}}), "t v=\"\"");
}

TEST(LogLine, cuts_a_value_at_one_kibibyte_and_says_so) {
    EXPECT_EQ(render_line("t", {{"v", std::string(1024, 'a')}}), "t v=" + std::string(1024, 'a'));
    EXPECT_EQ(render_line("t", {{"v", std::string(1025, 'a')}}),
              "t v=\"" + std::string(1024, 'a') + "...\"");
}

TEST(Log, writes_what_is_at_or_above_its_level_and_takes_braces_as_they_are) {
    const ScratchDirectory scratch;
    ASSERT_TRUE(start_log(Level::info, scratch / "log"));
    log(Level::debug, "hidden");
    log(Level::warn, "shown", {{"v", "{}"}});
    EXPECT_FALSE(is_logged(Level::debug));
    set_level(Level::debug);
    log(Level::debug, "now");
    const std::string text = read_all(scratch / "log");
    EXPECT_EQ(text.find("hidden"), std::string::npos);
    EXPECT_NE(text.find("warning shown v={}\n"), std::string::npos) << text;
    EXPECT_NE(text.find("debug now\n"), std::string::npos) << text;
    ASSERT_TRUE(start_log(Level::info, {}));
}

TEST(Log, says_when_its_file_cannot_be_written) {
    EXPECT_FALSE(start_log(Level::info, "/proc/none/log"));
}

TEST(Log, knows_its_levels_by_name) {
    EXPECT_EQ(level_named("trace"), Level::trace);
    EXPECT_EQ(level_named("error"), Level::error);
    EXPECT_EQ(level_named("loud"), std::nullopt);
    EXPECT_EQ(level_named(""), std::nullopt);
}

}  // namespace
}  // namespace treeline::observe
