// What names and addresses may be, and the forms they are compared in.
#include "broker/domain/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>

namespace treeline {
namespace {

// One code point off the front of `text`; nullopt when it does not begin with a whole valid one.
std::optional<char32_t> take_code_point(std::string_view& text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(0);
    const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if ((lead >= 0x80 && lead < 0xC2) || lead > 0xF4 || text.size() < size) {
        return std::nullopt;
    }
    char32_t code = size == 1 ? lead : lead & (0xFFU >> (size + 1));
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xC0U) != 0x80) {
            return std::nullopt;
        }
        code = (code << 6) | (byte(i) & 0x3FU);
    }
    constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
    if (code < smallest[size] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) {
        return std::nullopt;
    }
    text.remove_prefix(size);
    return code;
}

void append_code_point(std::string& text, char32_t code) {
    const auto put = [&](char32_t byte) { text.push_back(static_cast<char>(byte)); };
    if (code < 0x80) {
        put(code);
        return;
    }
    if (code < 0x800) {
        put(0xC0 | (code >> 6));
    } else {
        if (code < 0x10000) {
            put(0xE0 | (code >> 12));
        } else {
            put(0xF0 | (code >> 18));
            put(0x80 | ((code >> 12) & 0x3F));
        }
        put(0x80 | ((code >> 6) & 0x3F));
    }
    put(0x80 | (code & 0x3F));
}

bool within(char32_t code, char32_t first, char32_t last) {
    return code >= first && code <= last;
}

bool is_control(char32_t code) {
    return code < 0x20 || within(code, 0x7F, 0x9F);
}

// What reorders or hides the text around it, or ends a line.
bool is_deceptive(char32_t code) {
    return within(code, 0x202A, 0x202E) || within(code, 0x2066, 0x2069) || code == 0x2028 ||
           code == 0x2029 || code == 0x200E || code == 0x200F || code == 0x200B || code == 0xFEFF;
}

bool is_blank(char32_t code) {
    return code == ' ' || code == 0xA0 || within(code, 0x2000, 0x200A) || code == 0x3000;
}

bool is_joiner(char32_t code) {
    return code == 0x200C || code == 0x200D || code == 0xAD;
}

char32_t lower_latin(char32_t code) {
    if (within(code, 'A', 'Z') || (within(code, 0xC0, 0xDE) && code != 0xD7)) {
        return code + 32;
    }
    if (code == 0x130 || code == 0x178 || code == 0x17F) {
        return code == 0x130 ? U'i' : code == 0x178 ? char32_t{0xFF} : U's';
    }
    if (within(code, 0x100, 0x137) || within(code, 0x14A, 0x177)) {
        return code | 1;
    }
    if (within(code, 0x139, 0x148) || within(code, 0x179, 0x17E)) {
        return code + (code & 1);
    }
    return code;
}

char32_t lower(char32_t code) {
    if (code < 0x180) {
        return lower_latin(code);
    }
    if (code == 0x3C2) {  // the final sigma
        return 0x3C3;
    }
    if (code == 0x386 || code == 0x38C) {
        return code == 0x386 ? 0x3AC : 0x3CC;
    }
    if (within(code, 0x388, 0x38A)) {
        return code + 37;
    }
    if (within(code, 0x38E, 0x38F)) {
        return code + 63;
    }
    const bool is_greek = within(code, 0x391, 0x3AB) && code != 0x3A2;  // which is no letter
    if (is_greek || within(code, 0x410, 0x42F)) {
        return code + 32;
    }
    return within(code, 0x400, 0x40F) ? code + 80 : code;
}

// Canonical decompositions of the lower-case letters that `lower` gives (Unicode 15).
struct Decomposition {
    char32_t letter, base, mark;
};
constexpr Decomposition decompositions[] = {
    {0xe0, 0x61, 0x300},   {0xe1, 0x61, 0x301},   {0xe2, 0x61, 0x302},   {0xe3, 0x61, 0x303},
    {0xe4, 0x61, 0x308},   {0xe5, 0x61, 0x30a},   {0xe7, 0x63, 0x327},   {0xe8, 0x65, 0x300},
    {0xe9, 0x65, 0x301},   {0xea, 0x65, 0x302},   {0xeb, 0x65, 0x308},   {0xec, 0x69, 0x300},
    {0xed, 0x69, 0x301},   {0xee, 0x69, 0x302},   {0xef, 0x69, 0x308},   {0xf1, 0x6e, 0x303},
    {0xf2, 0x6f, 0x300},   {0xf3, 0x6f, 0x301},   {0xf4, 0x6f, 0x302},   {0xf5, 0x6f, 0x303},
    {0xf6, 0x6f, 0x308},   {0xf9, 0x75, 0x300},   {0xfa, 0x75, 0x301},   {0xfb, 0x75, 0x302},
    {0xfc, 0x75, 0x308},   {0xfd, 0x79, 0x301},   {0xff, 0x79, 0x308},   {0x101, 0x61, 0x304},
    {0x103, 0x61, 0x306},  {0x105, 0x61, 0x328},  {0x107, 0x63, 0x301},  {0x109, 0x63, 0x302},
    {0x10b, 0x63, 0x307},  {0x10d, 0x63, 0x30c},  {0x10f, 0x64, 0x30c},  {0x113, 0x65, 0x304},
    {0x115, 0x65, 0x306},  {0x117, 0x65, 0x307},  {0x119, 0x65, 0x328},  {0x11b, 0x65, 0x30c},
    {0x11d, 0x67, 0x302},  {0x11f, 0x67, 0x306},  {0x121, 0x67, 0x307},  {0x123, 0x67, 0x327},
    {0x125, 0x68, 0x302},  {0x129, 0x69, 0x303},  {0x12b, 0x69, 0x304},  {0x12d, 0x69, 0x306},
    {0x12f, 0x69, 0x328},  {0x135, 0x6a, 0x302},  {0x137, 0x6b, 0x327},  {0x13a, 0x6c, 0x301},
    {0x13c, 0x6c, 0x327},  {0x13e, 0x6c, 0x30c},  {0x144, 0x6e, 0x301},  {0x146, 0x6e, 0x327},
    {0x148, 0x6e, 0x30c},  {0x14d, 0x6f, 0x304},  {0x14f, 0x6f, 0x306},  {0x151, 0x6f, 0x30b},
    {0x155, 0x72, 0x301},  {0x157, 0x72, 0x327},  {0x159, 0x72, 0x30c},  {0x15b, 0x73, 0x301},
    {0x15d, 0x73, 0x302},  {0x15f, 0x73, 0x327},  {0x161, 0x73, 0x30c},  {0x163, 0x74, 0x327},
    {0x165, 0x74, 0x30c},  {0x169, 0x75, 0x303},  {0x16b, 0x75, 0x304},  {0x16d, 0x75, 0x306},
    {0x16f, 0x75, 0x30a},  {0x171, 0x75, 0x30b},  {0x173, 0x75, 0x328},  {0x175, 0x77, 0x302},
    {0x177, 0x79, 0x302},  {0x17a, 0x7a, 0x301},  {0x17c, 0x7a, 0x307},  {0x17e, 0x7a, 0x30c},
    {0x385, 0xa8, 0x301},  {0x3ac, 0x3b1, 0x301}, {0x3ad, 0x3b5, 0x301}, {0x3ae, 0x3b7, 0x301},
    {0x3af, 0x3b9, 0x301}, {0x3ca, 0x3b9, 0x308}, {0x3cb, 0x3c5, 0x308}, {0x3cc, 0x3bf, 0x301},
    {0x3cd, 0x3c5, 0x301}, {0x3ce, 0x3c9, 0x301}, {0x3d3, 0x3d2, 0x301}, {0x3d4, 0x3d2, 0x308},
    {0x439, 0x438, 0x306}, {0x450, 0x435, 0x300}, {0x451, 0x435, 0x308}, {0x453, 0x433, 0x301},
    {0x457, 0x456, 0x308}, {0x45c, 0x43a, 0x301}, {0x45d, 0x438, 0x300}, {0x45e, 0x443, 0x306},
};

void append_folded(std::string& text, char32_t code) {
    code = lower(code);
    const auto found = std::find_if(std::begin(decompositions), std::end(decompositions),
                                    [&](const Decomposition& d) { return d.letter == code; });
    if (found == std::end(decompositions)) {
        append_code_point(text, code);
        return;
    }
    append_code_point(text, found->base);
    append_code_point(text, found->mark);
}

bool is_local_character(char c) {
    constexpr std::string_view others = "!#$%&'*+-/=?^_`{|}~.";
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           others.find(c) != std::string_view::npos;
}

bool is_domain_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

// Parts between dots that are not empty.
bool is_dotted(std::string_view text) {
    return !text.empty() && text.front() != '.' && text.back() != '.' &&
           text.find("..") == std::string_view::npos;
}

}  // namespace

std::optional<std::size_t> count_code_points(std::string_view text) {
    std::size_t count = 0;
    for (; !text.empty(); ++count) {
        if (!take_code_point(text)) {
            return std::nullopt;
        }
    }
    return count;
}

bool is_valid_name(std::string_view name, std::size_t size_max) {
    std::size_t count = 0;
    bool all_blank = true;
    for (; !name.empty(); ++count) {
        const auto code = take_code_point(name);
        if (!code || is_control(*code) || is_deceptive(*code)) {
            return false;
        }
        all_blank = all_blank && (is_blank(*code) || is_joiner(*code));
    }
    return !all_blank && count <= size_max;
}

bool is_valid_text(std::string_view text, std::size_t size_max) {
    if (text.size() > size_max) {
        return false;
    }
    while (!text.empty()) {
        const auto code = take_code_point(text);
        if (!code || (is_control(*code) && *code != '\t' && *code != '\n')) {
            return false;
        }
    }
    return true;
}

std::string fold_name(std::string_view name) {
    std::string folded;
    bool blank_before = false;
    while (!name.empty()) {
        const auto code = take_code_point(name);
        if (!code || is_joiner(*code)) {
            if (!code) {
                name.remove_prefix(1);
            }
            continue;
        }
        if (is_blank(*code)) {
            blank_before = !folded.empty();
            continue;
        }
        if (blank_before) {
            folded.push_back(' ');
            blank_before = false;
        }
        append_folded(folded, *code);
    }
    return folded;
}

std::optional<std::string> fold_email(std::string_view email) {
    constexpr std::size_t size_max = 254;  // RFC 5321, errata 1690
    constexpr std::size_t local_size_max = 64;
    std::string folded(email);
    for (char& c : folded) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    }
    const std::size_t at = folded.find('@');
    if (at == std::string::npos || folded.size() > size_max || at > local_size_max) {
        return std::nullopt;
    }
    const std::string_view local = std::string_view(folded).substr(0, at);
    const std::string_view domain = std::string_view(folded).substr(at + 1);
    if (!is_dotted(local) || !is_dotted(domain) ||
        !std::all_of(local.begin(), local.end(), is_local_character) ||
        !std::all_of(domain.begin(), domain.end(), is_domain_character)) {
        return std::nullopt;
    }
    return folded;
}

std::optional<std::string> fold_domain(std::string_view domain) {
    auto address = fold_email("a@" + std::string(domain));  // what an address may end in
    if (!address) {
        return std::nullopt;
    }
    return address->substr(2);
}

}  // namespace treeline
