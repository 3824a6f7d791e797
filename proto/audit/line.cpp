// Entries and heads as lines of JSON.
#include <charconv>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "proto/audit/chain.hpp"

namespace treeline::audit {
namespace {

namespace json = boost::json;

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

json::object shown(const Field& field) {
    if (!field.opening) {
        return {{"name", field.name}, {"commitment", to_hex(field.commitment)}};
    }
    return {{"name", field.name},
            {"salt", to_hex(field.opening->salt)},
            {"value", field.opening->value}};
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
    json::array fields;
    for (const Field& field : entry.fields) {
        fields.emplace_back(shown(field));
    }
    return json::serialize(json::object{{"seq", entry.seq},
                                        {"previous", to_hex(entry.previous)},
                                        {"fields", std::move(fields)},
                                        {"hash", to_hex(entry.hash)}});
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
    return json::serialize(json::object{{"seq", head.seq}, {"hash", to_hex(head.hash)}});
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
