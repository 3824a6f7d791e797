// The reader is a walk over the text, one cell at a time; the writer quotes what has to be.
#include "proto/csv.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "proto/utf8.hpp"

namespace treeline::csv {
namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
// ＋ － ＝ ＠: some spreadsheets read them as their narrow twins.
constexpr std::array<std::string_view, 4> wide_signs{"\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\x9d",
                                                     "\xef\xbc\xa0"};

class Reader {
  public:
    Reader(std::string_view text, const Limits& limits) : text_(text), limits_(limits) {}

    ResultOf<std::vector<Row>, Error> run() {
        while (!text_.empty() && !failed_) {
            if (take_line_end()) {
                continue;  // an empty line
            }
            read_row();
        }
        if (failed_) {
            return error_;
        }
        return std::move(rows_);
    }

  private:
    void read_row() {
        if (rows_.size() == limits_.rows_max) {
            return fail(Errc::too_many_rows, line_);
        }
        Row& row = rows_.emplace_back(Row{line_, {}});
        for (;;) {
            if (row.cells.size() == limits_.cells_per_row_max) {
                return fail(Errc::too_many_cells, line_);
            }
            std::string& cell = row.cells.emplace_back();
            text_.starts_with('"') ? read_quoted(cell) : read_bare(cell);
            if (failed_ || text_.empty() || take_line_end()) {
                return;
            }
            if (text_.front() != ',') {
                return fail(text_.front() == '\r' ? Errc::stray_return : Errc::stray_quote, line_);
            }
            text_.remove_prefix(1);
        }
    }

    void read_bare(std::string& cell) {
        const std::size_t size = std::min(text_.find_first_of(",\"\r\n"), text_.size());
        append(cell, size);
    }

    void read_quoted(std::string& cell) {
        const std::size_t begin = line_;
        text_.remove_prefix(1);
        while (!failed_) {
            const std::size_t size = text_.find('"');
            if (size == std::string_view::npos) {
                return fail(Errc::unclosed_quote, begin);
            }
            append(cell, size);
            text_.remove_prefix(1);
            if (!text_.starts_with('"')) {
                return;
            }
            append(cell, 1);
        }
    }

    void append(std::string& cell, std::size_t size) {
        if (size > limits_.cell_size_bytes_max - cell.size()) {
            return fail(Errc::cell_too_large, line_);
        }
        const std::string_view part = text_.substr(0, size);
        line_ += static_cast<std::size_t>(std::ranges::count(part, '\n'));
        cell += part;
        text_.remove_prefix(size);
    }

    bool take_line_end() {
        const std::size_t size = text_.starts_with("\r\n") ? 2 : text_.starts_with('\n') ? 1 : 0;
        text_.remove_prefix(size);
        line_ += size == 0 ? 0U : 1U;
        return size != 0;
    }

    void fail(Errc code, std::size_t line) {
        failed_ = true;
        error_ = {code, line};
    }

    std::string_view text_;
    const Limits& limits_;
    std::size_t line_ = 1;
    std::vector<Row> rows_;
    bool failed_ = false;
    Error error_;
};

// The line of the first byte that is no text; 0: all of it is.
std::size_t line_of_first_bad_byte(std::string_view text) {
    proto::Utf8Check check;
    std::size_t line = 1;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\0' || !check.feed(text.substr(i, 1))) {
            return line;
        }
        line += text[i] == '\n' ? 1U : 0U;
    }
    return check.is_complete() ? 0 : line;
}

bool begins_a_formula(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of("\"' "), text.size()));
    if (text.empty()) {
        return false;
    }
    constexpr std::string_view signs = "=+-@\t\r\n";
    return signs.find(text.front()) != std::string_view::npos ||
           std::ranges::any_of(wide_signs,
                               [&](std::string_view sign) { return text.starts_with(sign); });
}

void append_escaped(std::string& out, char c) {
    constexpr std::string_view hex = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);
    if ((byte >= 0x20 && byte != 0x7f) || c == '\t' || c == '\r' || c == '\n') {
        out += c;
        return;
    }
    out += "\\x";
    out += hex[byte >> 4U];
    out += hex[byte & 15U];
}

}  // namespace

std::string_view text_of(Errc code) {
    switch (code) {
        case Errc::too_large:
            return "the file is too large";
        case Errc::not_text:
            return "the file is not UTF-8 text";
        case Errc::too_many_rows:
            return "the file has too many rows";
        case Errc::too_many_cells:
            return "the row has too many cells";
        case Errc::cell_too_large:
            return "a cell is too large";
        case Errc::stray_quote:
            return "a quote stands inside a cell without quotes, or text behind a closing quote";
        case Errc::unclosed_quote:
            return "a quoted cell does not end";
        case Errc::stray_return:
            return "a carriage return ends no line";
    }
    return "the file can't be read";
}

ResultOf<std::vector<Row>, Error> parse(std::string_view text, const Limits& limits) {
    if (text.size() > limits.size_bytes_max) {
        return Error{Errc::too_large, 1};
    }
    if (const std::size_t line = line_of_first_bad_byte(text); line != 0) {
        return Error{Errc::not_text, line};
    }
    if (text.starts_with(byte_order_mark)) {
        text.remove_prefix(byte_order_mark.size());
    }
    return Reader(text, limits).run();
}

std::string safe_text(std::string_view utf8) {
    while (utf8.starts_with(byte_order_mark)) {
        utf8.remove_prefix(byte_order_mark.size());
    }
    std::string out(begins_a_formula(utf8) ? "'" : "");
    for (const char c : utf8) {
        append_escaped(out, c);
    }
    return out;
}

std::string cell(std::string_view utf8) {
    const std::string text = safe_text(utf8);
    const bool is_guarded = begins_a_formula(text);  // its apostrophe is looked behind
    if (!is_guarded && text.find_first_of(",\"\r\n") == std::string::npos) {
        return text;
    }
    std::string out("\"");
    for (const char c : text) {
        out += c == '"' ? "\"\"" : std::string_view(&c, 1);
    }
    out += '"';
    return out;
}

void append_row(std::string& out, std::span<const std::string> cells) {
    const std::size_t begin = out.size();
    for (std::size_t i = 0; i < cells.size(); ++i) {
        out += i == 0 ? "" : ",";
        out += cell(cells[i]);
    }
    // A lone empty cell would be an empty line, which is no row.
    out += out.size() == begin ? "\"\"\r\n" : "\r\n";
}

}  // namespace treeline::csv
