// CSV (RFC 4180): read strictly from UTF-8, written so that no spreadsheet takes a cell for a
// formula.
//
//   file = [BOM] *(row line-end) [row]        line-end = CR LF / LF
//   row  = cell *("," cell)                   cell     = *text / '"' *(text / "," / line-end /
//   '""') '"'
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace treeline::csv {

struct Limits {
    std::size_t size_bytes_max = 1024 * 1024;
    std::size_t rows_max = 5'001;  // the header is one of them
    std::size_t cells_per_row_max = 64;
    std::size_t cell_size_bytes_max = 4096;
};

struct Row {
    std::size_t line = 0;  // of the file, from 1: where the row begins
    std::vector<std::string> cells;
    bool operator==(const Row&) const = default;
};

enum class Errc : std::uint8_t {
    too_large,
    not_text,  // not UTF-8, or a NUL
    too_many_rows,
    too_many_cells,
    cell_too_large,
    stray_quote,     // a quote in a bare cell, or text behind the closing one
    unclosed_quote,  // its line is the one where the cell begins
    stray_return,    // a CR that ends no line
};
struct Error {
    Errc code{};
    std::size_t line = 0;  // from 1
    bool operator==(const Error&) const = default;
};
// A sentence for people, without the line.
std::string_view text_of(Errc code);

// The rows of a whole file, the header among them. An empty line is no row; whether each row has
// as many cells as the header is for its reader to say.
ResultOf<std::vector<Row>, Error> parse(std::string_view text, const Limits& limits = {});

// One cell as it stands in a file. What a spreadsheet could take for a formula gets an apostrophe
// in front and quotes around it (safe_text); a cell with a comma, a quote or a line end gets
// quotes.
std::string cell(std::string_view utf8);
// Appends the cells and CR LF.
void append_row(std::string& out, std::span<const std::string> cells);

// `utf8` as text for a spreadsheet: an apostrophe in front where the first sign behind any quotes,
// apostrophes and spaces is = + - @ TAB CR LF or a full-width = + - @; control characters other
// than TAB, CR and LF read \x1b. Numbers below zero get the apostrophe too: a cell that begins with
// a minus can be a formula. Byte-order marks in front go: at a file's start they would hide a sign.
std::string safe_text(std::string_view utf8);

}  // namespace treeline::csv
