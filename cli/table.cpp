#include "cli/table.hpp"

#include <algorithm>
#include <cctype>
#include <ostream>
#include <sstream>

namespace treeline::cli {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string hex(unsigned char byte) {
    return std::string("\\x") + hex_digits[byte >> 4U] + hex_digits[byte & 0xFU];
}

// The bytes of a character that a terminal would obey; 0 where it is a harmless one.
// C1 controls are U+0080–U+009F; U+202A–U+202E and U+2066–U+2069 turn the direction of writing.
std::size_t obeyed_size(std::string_view text) {
    const auto byte = [&](std::size_t at) {
        return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
    };
    if (byte(0) < 0x20 || byte(0) == 0x7F) {
        return 1;
    }
    if (byte(0) == 0xC2 && byte(1) >= 0x80 && byte(1) < 0xA0) {
        return 2;
    }
    const bool turns =
        byte(0) == 0xE2 && ((byte(1) == 0x80 && byte(2) >= 0xAA && byte(2) <= 0xAE) ||
                            (byte(1) == 0x81 && byte(2) >= 0xA6 && byte(2) <= 0xA9));
    return turns ? 3 : 0;
}

std::string joined(const json::array& items) {
    std::string out;
    for (const json::value& item : items) {
        out += (out.empty() ? "" : ",") + cell(item);
    }
    return out.empty() ? "-" : out;
}

std::string joined(const json::object& object) {
    std::string out;
    for (const auto& [name, value] : object) {
        out += (out.empty() ? "" : " ") + safe_text(name) + "=" + cell(value);
    }
    return out.empty() ? "-" : out;
}

std::string in_capitals(std::string text) {
    for (char& c : text) {
        c = c == '_' ? ' ' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
    return text;
}

std::vector<std::string> column_names(const json::array& items, std::string_view columns) {
    std::vector<std::string> names;
    std::istringstream words{std::string(columns)};
    for (std::string word; words >> word;) {
        names.push_back(word);
    }
    const json::object* const first = items.empty() ? nullptr : items.front().if_object();
    if (names.empty() && first != nullptr) {
        for (const auto& field : *first) {
            names.emplace_back(field.key());
        }
    }
    return names;
}

bool is_table(const json::value& value) {
    const json::array* const items = value.if_array();
    return items != nullptr && !items->empty() && items->front().is_object();
}

}  // namespace

std::string safe_text(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const std::size_t obeyed = obeyed_size(text);
        if (text.front() == '\n') {
            out += "\\n";
        } else {
            for (std::size_t i = 0; i < obeyed; ++i) {
                out += hex(static_cast<unsigned char>(text[i]));
            }
        }
        if (obeyed == 0) {
            out += text.front();
        }
        text.remove_prefix(std::max<std::size_t>(obeyed, 1));
    }
    return out;
}

std::string cell(const json::value& value) {
    if (value.is_null()) {
        return "-";
    }
    if (const json::string* const text = value.if_string()) {
        return text->empty() ? "-" : safe_text(*text);
    }
    if (const json::array* const items = value.if_array()) {
        return joined(*items);
    }
    if (const json::object* const object = value.if_object()) {
        return joined(*object);
    }
    return json::serialize(value);
}

std::vector<std::size_t> Table::widths() const {
    std::vector<std::size_t> widths;
    for (std::size_t column = 0; column < heads_.size(); ++column) {
        std::size_t width = characters(heads_[column]);
        for (const auto& row : rows_) {
            width = std::max(width, characters(row[column]));
        }
        widths.push_back(width);
    }
    return widths;
}

void Table::print(std::ostream& out) const {
    const std::vector<std::size_t> wide = widths();
    const auto line = [&](const std::vector<std::string>& cells) {
        for (std::size_t i = 0; i < cells.size(); ++i) {
            out << cells[i];
            if (i + 1 < cells.size()) {  // nothing is padded at the end of a line
                out << std::string(wide[i] - characters(cells[i]) + 2, ' ');
            }
        }
        out << '\n';
    };
    if (std::ranges::any_of(heads_, [](const auto& head) { return !head.empty(); })) {
        line(heads_);
    }
    std::ranges::for_each(rows_, line);
}

void print_items(std::ostream& out, const json::array& items, std::string_view columns) {
    const std::vector<std::string> names = column_names(items, columns);
    std::vector<std::string> heads;
    std::ranges::transform(names, std::back_inserter(heads),
                           [](const std::string& name) { return in_capitals(safe_text(name)); });
    Table table(heads);
    for (const json::value& item : items) {
        std::vector<std::string> row;
        for (const std::string& name : names) {
            const json::value* const value = member(item, name);
            row.push_back(value == nullptr ? "-" : cell(*value));
        }
        table.add(std::move(row));
    }
    table.print(out);
}

void print_object(std::ostream& out, const json::object& object) {
    Table fields({"", ""});
    for (const auto& [name, value] : object) {
        if (!is_table(value)) {
            fields.add({safe_text(name), cell(value)});
        }
    }
    fields.print(out);
    for (const auto& [name, value] : object) {
        if (is_table(value)) {
            out << '\n' << safe_text(name) << '\n';
            print_items(out, value.get_array(), {});
        }
    }
}

}  // namespace treeline::cli
