// Reads the Accept header range by range.
#include "broker/api/accept.hpp"

#include <algorithm>
#include <charconv>
#include <string>

namespace treeline {
namespace {

std::string_view trim(std::string_view text) {
    constexpr std::string_view blanks = " \t";
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    return text.substr(0, text.find_last_not_of(blanks) + 1);
}

// Up to `mark`, which goes with it.
std::string_view take_until(std::string_view& text, char mark) {
    const std::string_view part = text.substr(0, text.find(mark));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    return trim(part);
}

// In thousandths; 1000 where it is not given, 0 for what is no number.
unsigned quality_of(std::string_view parameters) {
    while (!parameters.empty()) {
        const std::string_view parameter = take_until(parameters, ';');
        if (parameter.starts_with("q=") || parameter.starts_with("Q=")) {
            double quality = 0;
            std::from_chars(parameter.data() + 2, parameter.data() + parameter.size(), quality);
            return quality > 0 && quality <= 1 ? static_cast<unsigned>(quality * 1000) : 0;
        }
    }
    return 1000;
}

bool is_same(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, [](char x, char y) {
        return (x >= 'A' && x <= 'Z' ? static_cast<char>(x | 0x20) : x) == y;
    });
}

// The first offered type that a range takes: `*/*`, `text/*` or a name.
std::string_view first_match(std::string_view range, std::span<const std::string_view> offered) {
    for (const std::string_view type : offered) {
        const std::string any_subtype = std::string(type.substr(0, type.find('/'))) + "/*";
        if (range == "*/*" || is_same(range, type) || is_same(range, any_subtype)) {
            return type;
        }
    }
    return {};
}

}  // namespace

std::string_view wanted_type(std::string_view accept, std::span<const std::string_view> offered) {
    std::string_view wanted = offered.front();
    unsigned best = 0;
    while (!accept.empty()) {
        std::string_view item = take_until(accept, ',');
        const std::string_view type = first_match(take_until(item, ';'), offered);
        const unsigned quality = quality_of(item);
        if (!type.empty() && quality > best) {
            wanted = type;
            best = quality;
        }
    }
    return wanted;
}

}  // namespace treeline
