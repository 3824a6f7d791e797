// CSV in and out: rows with their lines, refusals with theirs, and cells that are safe to open.
#include "proto/csv.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace treeline::csv {
namespace {

using Cells = std::vector<std::string>;

std::vector<Cells> cells_of(std::string_view text) {
    const auto rows = parse(text);
    std::vector<Cells> out;
    EXPECT_TRUE(rows.has_value()) << text;
    if (rows) {
        for (const Row& row : *rows) {
            out.push_back(row.cells);
        }
    }
    return out;
}

Error error_of(std::string_view text, const Limits& limits = {}) {
    const auto rows = parse(text, limits);
    EXPECT_TRUE(rows.has_error()) << text;
    return rows ? Error{} : rows.error();
}

std::string row_of(const Cells& cells) {
    std::string out;
    append_row(out, cells);
    return out;
}

TEST(CsvParse, ACC_13_takes_both_line_ends_a_mark_and_quotes) {
    const std::vector<Cells> expected{{"email", "name"}, {"a@b.c", "Ann, \"the\" first"}};
    EXPECT_EQ(cells_of("email,name\na@b.c,\"Ann, \"\"the\"\" first\"\n"), expected);
    EXPECT_EQ(cells_of("\xef\xbb\xbf"
                       "email,name\r\na@b.c,\"Ann, \"\"the\"\" first\"\n"),
              expected);
    EXPECT_EQ(cells_of("email,name\r\n\"a@b.c\",\"Ann, \"\"the\"\" first\""), expected);
}

TEST(CsvParse, keeps_empty_cells_and_leaves_out_empty_lines) {
    EXPECT_EQ(cells_of("a,,\n\n\r\n,\"\"\n"), (std::vector<Cells>{{"a", "", ""}, {"", ""}}));
    EXPECT_EQ(cells_of("a,"), (std::vector<Cells>{{"a", ""}}));
    EXPECT_EQ(cells_of("\"\""), (std::vector<Cells>{{""}}));
    EXPECT_TRUE(cells_of("").empty());
    EXPECT_TRUE(cells_of("\xef\xbb\xbf\r\n").empty());
}

TEST(CsvParse, ACC_13_numbers_lines_as_an_editor_does) {
    const auto rows = parse("head\n\"one\ntwo\r\nthree\",x\n\nlast\n");
    ASSERT_TRUE(rows.has_value());
    ASSERT_EQ(rows->size(), 3U);
    EXPECT_EQ((*rows)[0].line, 1U);
    EXPECT_EQ((*rows)[1], (Row{2, {"one\ntwo\r\nthree", "x"}}));
    EXPECT_EQ((*rows)[2].line, 6U);
}

TEST(CsvParse, ACC_13_names_the_line_of_what_it_refuses) {
    EXPECT_EQ(error_of("a\nb\"c\n"), (Error{Errc::stray_quote, 2}));
    EXPECT_EQ(error_of("a\n\"b\"c\n"), (Error{Errc::stray_quote, 2}));
    EXPECT_EQ(error_of("a\nb\n\"c\nd\n"), (Error{Errc::unclosed_quote, 3}));
    EXPECT_EQ(error_of("a\rb\n"), (Error{Errc::stray_return, 1}));
    EXPECT_EQ(error_of("\r"), (Error{Errc::stray_return, 1}));
    EXPECT_EQ(error_of("a\n\xff\n"), (Error{Errc::not_text, 2}));
    EXPECT_EQ(error_of("a\n\xc3"), (Error{Errc::not_text, 2}));
    EXPECT_EQ(error_of(std::string_view("a\nb\0c", 5)), (Error{Errc::not_text, 2}));
}

TEST(CsvParse, ACC_13_stops_at_every_limit_and_not_one_before) {
    const Limits limits{
        .size_bytes_max = 12, .rows_max = 2, .cells_per_row_max = 2, .cell_size_bytes_max = 3};
    EXPECT_TRUE(parse("abc,def\na,b\n", limits).has_value());
    EXPECT_EQ(error_of("abc,def\na,b\n\n", limits).code, Errc::too_large);
    EXPECT_EQ(error_of("a\nb\nc", limits), (Error{Errc::too_many_rows, 3}));
    EXPECT_EQ(error_of("a\nb,c,d", limits), (Error{Errc::too_many_cells, 2}));
    EXPECT_EQ(error_of("a\nabcd", limits), (Error{Errc::cell_too_large, 2}));
    EXPECT_EQ(error_of("\"ab\"\"c\"", limits), (Error{Errc::cell_too_large, 1}));
}

TEST(CsvCell, REST_43_prefixes_and_quotes_what_a_spreadsheet_would_run) {
    EXPECT_EQ(cell("=1+1"), "\"'=1+1\"");
    EXPECT_EQ(cell("+1"), "\"'+1\"");
    EXPECT_EQ(cell("-1"), "\"'-1\"");
    EXPECT_EQ(cell("@SUM(A1)"), "\"'@SUM(A1)\"");
    EXPECT_EQ(cell("\t=1"), "\"'\t=1\"");
    EXPECT_EQ(cell("\r=1"), "\"'\r=1\"");
    EXPECT_EQ(cell("\n=1"), "\"'\n=1\"");
    EXPECT_EQ(cell("\xef\xbc\x9d"
                   "1"),
              "\"'\xef\xbc\x9d"
              "1\"");
}

TEST(CsvCell, REST_43_looks_behind_quotes_and_spaces) {
    EXPECT_EQ(cell("\"=1\""), "\"'\"\"=1\"\"\"");
    EXPECT_EQ(cell("'=1"), "\"''=1\"");
    EXPECT_EQ(cell("  \"'=1"), "\"'  \"\"'=1\"");
}

TEST(CsvCell, REST_43_a_byte_order_mark_hides_no_sign) {
    EXPECT_EQ(cell("\xef\xbb\xbf\xef\xbb\xbf=1"), "\"'=1\"");
    EXPECT_EQ(cell("\xef\xbb\xbf"
                   "a"),
              "a");
}

TEST(CsvCell, leaves_plain_text_as_it_is) {
    for (const std::string text : {"", "Lamp", "a-b", "1+1=2", "a@b.c", "  x", "\"", "'"}) {
        EXPECT_EQ(safe_text(text), text);
    }
    EXPECT_EQ(cell("Lamp"), "Lamp");
    EXPECT_EQ(cell("a,b"), "\"a,b\"");
    EXPECT_EQ(cell("say \"hi\""), "\"say \"\"hi\"\"\"");
}

TEST(CsvCell, DEV_46_escapes_control_characters) {
    EXPECT_EQ(cell("a\x1b[31m\x7f"), "a\\x1b[31m\\x7f");
    EXPECT_EQ(cell(std::string_view("a\0b", 3)), "a\\x00b");
    EXPECT_EQ(cell("a\r\nb"), "\"a\r\nb\"");
}

TEST(CsvCell, what_was_written_reads_back_as_the_same_safe_text) {
    const bool held = rc::check([] {
        const auto sign = rc::gen::element<std::string>("=", "+", "-", "@", "\t", "\r", "\n", "\"",
                                                        "'", ",", " ", "a", "\xc3\xa9", "\x1b");
        const auto texts = rc::gen::map(rc::gen::container<Cells>(sign), [](const Cells& signs) {
            std::string text;
            for (const std::string& each : signs) {
                text += each;
            }
            return text;
        });
        const auto cells = *rc::gen::suchThat(
            rc::gen::container<Cells>(texts),
            [](const Cells& drawn) { return !drawn.empty() && drawn.size() <= 64; });
        Cells safe;
        for (const std::string& each : cells) {
            safe.push_back(safe_text(each));
            RC_ASSERT(safe_text(safe.back()) == safe.back() || safe.back().starts_with('\''));
        }
        const auto rows = parse(row_of(cells) + row_of(cells));
        RC_ASSERT(rows.has_value());
        RC_ASSERT(rows->size() == 2U);
        RC_ASSERT((*rows)[0].cells == safe);
        RC_ASSERT((*rows)[1].cells == safe);
    });
    EXPECT_TRUE(held);
}

}  // namespace
}  // namespace treeline::csv
