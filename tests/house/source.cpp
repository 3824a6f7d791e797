// Reading source files, and telling their code from their comments and literals.
#include "tests/house/source.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>

namespace treeline::house {
namespace {

// Walks over a text once and copies each character to the side that it belongs to.
class Splitter {
  public:
    explicit Splitter(const std::string& text) : text_(text) {}

    void run(Source& into) {
        into.code.assign(text_.size(), ' ');
        into.comments.assign(text_.size(), ' ');
        while (at_ < text_.size()) {
            step(into);
        }
        for (std::size_t i = 0; i < text_.size(); ++i) {
            if (text_[i] == '\n') {
                into.code[i] = into.comments[i] = '\n';
            }
        }
    }

  private:
    void step(Source& into) {
        if (starts("//")) {
            copy_until("\n", into.comments);
        } else if (starts("/*")) {
            copy_until("*/", into.comments);
        } else if (starts("R\"")) {
            raw_literal(into.code);
        } else if (text_[at_] == '"' || (text_[at_] == '\'' && !is_digit_separator())) {
            literal(into.code);
        } else {
            into.code[at_] = text_[at_];
            ++at_;
        }
    }

    bool starts(std::string_view what) const {
        return std::string_view(text_).substr(at_).starts_with(what);
    }

    bool is_digit_separator() const {
        return at_ > 0 && std::isxdigit(static_cast<unsigned char>(text_[at_ - 1])) != 0;
    }

    void copy_until(std::string_view end, std::string& side) {
        const std::size_t found = text_.find(end, at_);
        const std::size_t stop = found == std::string::npos ? text_.size() : found + end.size();
        std::copy(text_.begin() + offset(at_), text_.begin() + offset(stop),
                  side.begin() + offset(at_));
        at_ = stop;
    }

    // R"name( … )name": the delimiters stay, so that the code still shows where a literal stands.
    void raw_literal(std::string& code) {
        code[at_] = code[at_ + 1] = '"';
        const std::size_t open = std::min(text_.find('(', at_), text_.size());
        const std::string end = ")" + text_.substr(at_ + 2, open - at_ - 2) + "\"";
        const std::size_t found = text_.find(end, open);
        at_ = found == std::string::npos ? text_.size() : found + end.size();
        code[at_ - 1] = '"';
    }

    void literal(std::string& code) {
        const char quote = text_[at_];
        code[at_] = quote;
        for (++at_; at_ < text_.size() && text_[at_] != quote && text_[at_] != '\n'; ++at_) {
            at_ += text_[at_] == '\\' ? 1 : 0;
        }
        if (at_ < text_.size()) {
            code[at_] = quote;
            ++at_;
        }
    }

    static std::ptrdiff_t offset(std::size_t at) { return static_cast<std::ptrdiff_t>(at); }

    const std::string& text_;
    std::size_t at_ = 0;
};

std::string read_file(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return std::move(text).str();
}

// What is included is a name, not code: <openssl/rand.h> calls nothing.
void blank_includes(std::string& code) {
    std::size_t at = 0;
    for (const std::string_view line : lines_of(code)) {
        if (line.starts_with("#include ")) {
            std::fill_n(code.begin() + static_cast<std::ptrdiff_t>(at + 9), line.size() - 9, ' ');
        }
        at += line.size() + 1;
    }
}

bool is_ours(const std::filesystem::path& path) {
    const auto extension = path.extension();
    return (extension == ".cpp" || extension == ".hpp") &&
           path.string().find("node_modules") == std::string::npos;
}

}  // namespace

Source make_source(std::string path, std::string text) {
    Source source{std::move(path), std::move(text), {}, {}};
    Splitter(source.text).run(source);
    blank_includes(source.code);
    return source;
}

std::vector<Source> read_sources(const std::filesystem::path& root) {
    constexpr std::array<const char*, 7> folders{"base",         "proto", "storage", "broker",
                                                 "firmware-sim", "cli",   "tests"};
    std::vector<Source> sources;
    for (const char* folder : folders) {
        for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
            if (entry.is_regular_file() && is_ours(entry.path())) {
                const auto relative = entry.path().lexically_relative(root).generic_string();
                sources.push_back(make_source(relative, read_file(entry.path())));
            }
        }
    }
    std::ranges::sort(sources, {}, &Source::path);
    return sources;
}

std::vector<Include> includes_of(const Source& source) {
    std::vector<Include> found;
    const auto code = lines_of(source.code);
    const auto text = lines_of(source.text);
    for (std::size_t i = 0; i < code.size(); ++i) {
        if (code[i].starts_with("#include ")) {
            const std::size_t open = text[i].find_first_of("<\"");
            const std::size_t close = text[i].find_last_of(">\"");
            if (open != std::string_view::npos && close > open) {
                found.push_back({std::string(text[i].substr(open, close - open + 1)), i + 1});
            }
        }
    }
    return found;
}

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const std::size_t size = std::min(text.find('\n'), text.size());
        lines.push_back(text.substr(0, size));
        text.remove_prefix(std::min(size + 1, text.size()));
    }
    return lines;
}

std::size_t line_at(std::string_view text, std::size_t offset) {
    return 1 + static_cast<std::size_t>(std::ranges::count(text.substr(0, offset), '\n'));
}

bool is_header(const Source& source) {
    return source.path.ends_with(".hpp");
}

bool is_test(const Source& source) {
    return source.path.starts_with("tests/");
}

}  // namespace treeline::house
