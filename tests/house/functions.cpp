// A walk over the braces of a file: scopes are entered, function bodies measured and skipped.
#include "tests/house/functions.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace treeline::house {
namespace {

std::string one_line(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool is_space = std::isspace(static_cast<unsigned char>(c)) != 0;
        if (!is_space) {
            out += c;
        } else if (!out.empty() && out.back() != ' ') {
            out += ' ';
        }
    }
    while (!out.empty() && out.back() == ' ') {
        out.pop_back();
    }
    return out;
}

// Preprocessor lines belong to no head.
std::string without_directives(std::string_view code) {
    std::string out;
    for (const std::string_view line : lines_of(code)) {
        const bool is_directive = line.find_first_not_of(' ') != std::string_view::npos &&
                                  line[line.find_first_not_of(' ')] == '#';
        out += is_directive ? std::string(line.size(), ' ') : std::string(line);
        out += '\n';
    }
    return out;
}

bool opens_scope(const std::string& head) {
    constexpr std::array<std::string_view, 6> words{"namespace", "class",  "struct",
                                                    "union",     "extern", "enum"};
    return std::ranges::any_of(words, [&](std::string_view word) {
        return head.starts_with(word) ||
               head.find("> " + std::string(word) + " ") != std::string::npos;
    });
}

class Walker {
  public:
    explicit Walker(std::string_view code) : code_(without_directives(code)) {}

    std::vector<Function> run() {
        for (; at_ < code_.size(); ++at_) {
            step();
        }
        return std::move(found_);
    }

  private:
    void step() {
        const char c = code_[at_];
        if (c == ';' || c == '}') {
            head_begin_ = at_ + 1;
        } else if (c == ':' && is_access()) {
            head_begin_ = at_ + 1;
        } else if (c == '{') {
            open();
        }
    }

    bool is_access() const {
        const std::string head =
            one_line(std::string_view(code_).substr(head_begin_, at_ - head_begin_));
        return head == "public" || head == "private" || head == "protected";
    }

    void open() {
        const std::string head =
            one_line(std::string_view(code_).substr(head_begin_, at_ - head_begin_));
        if (opens_scope(head) && is_spaced()) {
            head_begin_ = at_ + 1;
        } else if (is_spaced() && head.find('(') != std::string::npos && !head.ends_with('=')) {
            measure(head);
        } else {
            at_ = end_of_block();  // an initialiser
        }
    }

    bool is_spaced() const { return at_ > 0 && (code_[at_ - 1] == ' ' || code_[at_ - 1] == '\n'); }

    void measure(const std::string& head) {
        std::size_t begin = head_begin_;
        while (std::isspace(static_cast<unsigned char>(code_[begin])) != 0) {
            ++begin;
        }
        const std::size_t end = end_of_block();
        const std::size_t line = line_at(code_, begin);
        found_.push_back({head, line, line_at(code_, end) - line + 1});
        at_ = end;
        head_begin_ = end + 1;
    }

    std::size_t end_of_block() const {
        std::size_t depth = 0;
        for (std::size_t i = at_; i < code_.size(); ++i) {
            depth += code_[i] == '{' ? 1 : 0;
            depth -= code_[i] == '}' ? 1 : 0;
            if (depth == 0) {
                return i;
            }
        }
        return code_.size() - 1;
    }

    std::string code_;
    std::size_t at_ = 0;
    std::size_t head_begin_ = 0;
    std::vector<Function> found_;
};

}  // namespace

std::vector<Function> functions_of(const Source& source) {
    return Walker(source.code).run();
}

}  // namespace treeline::house
