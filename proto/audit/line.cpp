// Entries and heads as lines of JSON.
#include <charconv>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "proto/audit/chain.hpp"

namespace treeline::audit {
namespace {

namespace json = boost::json;

constexpr std::size_t line_size_usual = 1536;  // bytes

int nibble(char digit) {
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

template <std::size_t N>
bool read_hex(const json::value* value, std::array<std::byte, N>& out) {
    const json::string* const text = value == nullptr ? nullptr : value->if_string();
    if (text == nullptr || text->size() != 2 * N) {
        return false;
    }
    for (std::size_t i = 0; i < N; ++i) {
        const int high = nibble((*text)[2 * i]);
        const int low = nibble((*text)[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        out[i] = static_cast<std::byte>(high << 4 | low);
    }
    return true;
}

bool read_number(const json::value* value, std::uint64_t& out) {
    if (value == nullptr || !value->is_int64() || value->get_int64() < 0) {
        return false;
    }
    out = static_cast<std::uint64_t>(value->get_int64());
    return true;
}

std::optional<json::object> read_object(std::string_view line) {
    boost::system::error_code error;
    json::value value = json::parse({line.data(), line.size()}, error);
    if (error || !value.is_object()) {
        return std::nullopt;
    }
    return std::move(value.get_object());
}

// As Boost.JSON spells it: an escape for what JSON asks one for, all else as it is.
void append_text(std::string& out, std::string_view text) {
    constexpr std::string_view escaped = "\"\\\b\f\n\r\t";
    constexpr std::string_view letters = "\"\\bfnrt";
    out += '"';
    std::size_t plain_from = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\') {
            continue;
        }
        out.append(text, plain_from, i - plain_from);
        plain_from = i + 1;
        if (const std::size_t at = escaped.find(c); at != std::string_view::npos) {
            out += {'\\', letters[at]};
        } else {
            out += "\\u00";
            append_hex(out, std::array{static_cast<std::byte>(c)});
        }
    }
    out.append(text, plain_from);
    out += '"';
}

void append_hex_text(std::string& out, std::string_view name, std::span<const std::byte> bytes) {
    out.append(",\"").append(name).append("\":\"");
    append_hex(out, bytes);
    out += '"';
}

void append_field(std::string& out, const Field& field) {
    out += "{\"name\":";
    append_text(out, field.name);
    if (field.opening) {
        append_hex_text(out, "salt", field.opening->salt);
        out += ",\"value\":";
        append_text(out, field.opening->value);
    } else {
        append_hex_text(out, "commitment", field.commitment);
    }
    out += '}';
}

bool read_field(const json::value& value, Field& field) {
    const json::object* const object = value.if_object();
    const json::value* const name = object == nullptr ? nullptr : object->if_contains("name");
    if (name == nullptr || !name->is_string()) {
        return false;
    }
    field.name = name->get_string();
    if (object->contains("commitment")) {
        return read_hex(object->if_contains("commitment"), field.commitment);
    }
    Salt salt{};
    const json::value* const said = object->if_contains("value");
    if (said == nullptr || !said->is_string() || !read_hex(object->if_contains("salt"), salt)) {
        return false;
    }
    field = open_field(field.name, salt, std::string(said->get_string()));
    return true;
}

bool read_fields(const json::value* value, std::vector<Field>& fields) {
    const json::array* const array = value == nullptr ? nullptr : value->if_array();
    if (array == nullptr) {
        return false;
    }
    for (const json::value& item : *array) {
        if (!read_field(item, fields.emplace_back())) {
            return false;
        }
    }
    return true;
}

}  // namespace

std::string to_line(const Entry& entry) {
    std::string out = "{\"seq\":" + std::to_string(entry.seq);
    out.reserve(line_size_usual);
    append_hex_text(out, "previous", entry.previous);
    out += ",\"fields\":[";
    for (const Field& field : entry.fields) {
        append_field(out, field);
        out += ',';
    }
    if (!entry.fields.empty()) {
        out.pop_back();
    }
    out += ']';
    append_hex_text(out, "hash", entry.hash);
    out += '}';
    return out;
}

std::optional<Entry> from_line(std::string_view line) {
    const auto object = read_object(line);
    Entry entry;
    if (!object || !read_number(object->if_contains("seq"), entry.seq) ||
        !read_hex(object->if_contains("previous"), entry.previous) ||
        !read_fields(object->if_contains("fields"), entry.fields) ||
        !read_hex(object->if_contains("hash"), entry.hash) || to_line(entry) != line) {
        return std::nullopt;
    }
    return entry;
}

std::string to_line(const Head& head) {
    std::string out = "{\"seq\":" + std::to_string(head.seq);
    append_hex_text(out, "hash", head.hash);
    return out + '}';
}

// Lenient: a head is kept as the API answered it, with more fields around.
std::optional<Head> head_from_line(std::string_view line) {
    const auto object = read_object(line);
    Head head;
    if (!object || !read_number(object->if_contains("seq"), head.seq) ||
        !read_hex(object->if_contains("hash"), head.hash)) {
        return std::nullopt;
    }
    return head;
}

}  // namespace treeline::audit
