// Splitting path from query, and undoing escapes in the query only.
#include "broker/api/target.hpp"

#include <algorithm>

#include <boost/unordered/unordered_flat_set.hpp>

#include "broker/api/format.hpp"

namespace treeline {
namespace {

std::optional<unsigned> hex(char c) {
    if (c >= '0' && c <= '9') {
        return static_cast<unsigned>(c - '0');
    }
    const char lower = static_cast<char>(c | 0x20);
    if (lower >= 'a' && lower <= 'f') {
        return static_cast<unsigned>(lower - 'a') + 10;
    }
    return std::nullopt;
}

std::optional<std::string> unescape(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i] == '+' ? ' ' : text[i];
            continue;
        }
        const auto high = i + 2 < text.size() ? hex(text[i + 1]) : std::nullopt;
        const auto low = high ? hex(text[i + 2]) : std::nullopt;
        if (!low) {
            return std::nullopt;
        }
        out += static_cast<char>(*high * 16 + *low);
        i += 2;
    }
    if (to_utf8(out) != out || out.find('\0') != std::string::npos) {
        return std::nullopt;
    }
    return out;
}

bool is_plain(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F; });
}

// The next part of `rest` up to `end`, which is taken off as well.
std::string_view cut(std::string_view& rest, char end) {
    const std::size_t at = std::min(rest.find(end), rest.size());
    const std::string_view part = rest.substr(0, at);
    rest.remove_prefix(std::min(at + 1, rest.size()));
    return part;
}

}  // namespace

Checked<Target> Target::read(std::string_view text) {
    if (text.empty() || text.front() != '/' || !is_plain(text) || text.size() > target_size_max) {
        return malformed("the request's target can't be read");
    }
    Target target;
    target.path_ = cut(text, '?');
    boost::unordered_flat_set<std::string> names;
    while (!text.empty()) {
        std::string_view value = cut(text, '&');
        auto field = unescape(cut(value, '='));
        auto content = unescape(value);
        if (!field || !content || !names.insert(*field).second) {
            return malformed("the query can't be read, or names a field twice");
        }
        target.query_.emplace_back(std::move(*field), std::move(*content));
    }
    return target;
}

const std::string* Target::query(std::string_view name) const {
    for (const auto& [field, value] : query_) {
        if (field == name) {
            return &value;
        }
    }
    return nullptr;
}

}  // namespace treeline
