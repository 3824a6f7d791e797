// One log line: escaping.
#include "broker/observe/line.hpp"

#include <algorithm>

namespace treeline::observe {

namespace {

bool is_bare(char c) {
    return c > ' ' && c < '\x7f' && c != '"' && c != '=' && c != '\\';
}

void append_escaped(std::string& line, char c) {
    constexpr std::string_view digits = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
        line.push_back('\\');
        line.push_back(c);
    } else if (c == '\n') {
        line.append("\\n");
    } else if (byte < 0x20 || byte > 0x7e) {
        line.append("\\x");
        line.push_back(digits[byte >> 4]);
        line.push_back(digits[byte & 0xf]);
    } else {
        line.push_back(c);
    }
}

}  // namespace

void Field::append_to(std::string& line) const {
    line.append(" ").append(key_).append("=");
    if (!text_.empty() && text_.size() <= value_size_bytes_max &&
        std::all_of(text_.begin(), text_.end(), is_bare)) {
        line.append(text_);
        return;
    }
    line.push_back('"');
    for (const char c : text_.substr(0, value_size_bytes_max)) {
        append_escaped(line, c);
    }
    line.append(text_.size() > value_size_bytes_max ? "...\"" : "\"");
}

std::string render_line(std::string_view text, std::initializer_list<Field> fields) {
    std::string line(text);
    for (const Field& field : fields) {
        field.append_to(line);
    }
    return line;
}

}  // namespace treeline::observe
