#include "cli/request.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "cli/json.hpp"

namespace treeline::cli {
namespace {

using Value = ResultOf<json::value, Wrong>;

constexpr std::uint64_t id_max = (std::uint64_t{1} << 53U) - 1;
constexpr std::uint64_t pin_max = 255;

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool is_whole = error == std::errc() && end == text.data() + text.size();
    return is_whole && value <= id_max ? std::optional(value) : std::nullopt;
}

Wrong wrong(const Parameter& parameter, const std::string& text, const char* wanted) {
    return {std::string(parameter.name) + ": \"" + text + "\" is not " + wanted};
}

Value id_value(const Parameter& parameter, const std::string& text) {
    if (!is_id(text)) {
        return wrong(parameter, text, "an id");
    }
    return json::value(*number(text));
}

json::value role_value(const std::string& text) {
    const auto id = number(text);
    return id ? json::value(*id) : json::value(text);
}

Value number_value(const Parameter& parameter, const std::string& text) {
    const auto value = number(text);
    if (!value) {
        return wrong(parameter, text, "a number");
    }
    return json::value(*value);
}

Value boolean_value(const Parameter& parameter, const std::string& text) {
    if (text != "true" && text != "false") {
        return wrong(parameter, text, "true or false");
    }
    return json::value(text == "true");
}

Value pin_value(const Parameter& parameter, const std::string& text) {
    const bool is_named = text.starts_with('V') || text.starts_with('v');
    const auto value = number(std::string_view(text).substr(is_named ? 1 : 0));
    if (!value || *value > pin_max) {
        return wrong(parameter, text, "a pin from V0 to V255");
    }
    return json::value(*value);
}

Value list_value(const Parameter& parameter, const std::vector<std::string>& texts) {
    json::array items;
    for (const std::string& text : texts) {
        if (parameter.kind == Kind::texts) {
            items.emplace_back(text);
        } else if (parameter.kind == Kind::roles) {
            items.push_back(role_value(text));
        } else if (Value id = id_value(parameter, text)) {
            items.push_back(*std::move(id));
        } else {
            return id.error();
        }
    }
    return json::value(std::move(items));
}

Value map_value(const Parameter& parameter, const std::vector<std::string>& texts) {
    json::object map;
    for (const std::string& text : texts) {
        const std::size_t sign = text.find('=');
        if (sign == std::string::npos || sign == 0) {
            return wrong(parameter, text, "NAME=VALUE");
        }
        map[text.substr(0, sign)] = text.substr(sign + 1);
    }
    return json::value(std::move(map));
}

Value value_of(const Parameter& parameter, const std::vector<std::string>& texts) {
    const std::string text = texts.empty() ? std::string() : texts.front();
    switch (parameter.kind) {
        case Kind::id:
        case Kind::user:
            return id_value(parameter, text);
        case Kind::role:
            return role_value(text);
        case Kind::number:
            return number_value(parameter, text);
        case Kind::time:
            return text == "none" ? json::value(nullptr) : json::value(text);
        case Kind::boolean:
            return boolean_value(parameter, text);
        case Kind::flag:
            return json::value(true);
        case Kind::off:
            return json::value(false);
        case Kind::pin:
            return pin_value(parameter, text);
        case Kind::ids:
        case Kind::texts:
        case Kind::roles:
            return list_value(parameter, texts);
        case Kind::map:
            return map_value(parameter, texts);
        case Kind::text:
            break;
    }
    return json::value(text);
}

std::string plain(const json::value& value) {
    const json::string* const text = value.if_string();
    return text == nullptr ? json::serialize(value) : std::string(*text);
}

// `a.b` is b inside of a.
void put(json::object& body, std::string_view field, json::value value) {
    const std::size_t dot = field.find('.');
    if (dot == std::string_view::npos) {
        body[field] = std::move(value);
        return;
    }
    json::value& inner = body[field.substr(0, dot)];
    if (!inner.is_object()) {
        inner.emplace_object();
    }
    inner.get_object()[field.substr(dot + 1)] = std::move(value);
}

// What is gathered of a request, part by part.
struct Parts {
    std::string path;
    std::string query;
    json::object body;

    void take(const Parameter& parameter, json::value value) {
        if (parameter.place == Place::body) {
            put(body, parameter.field, std::move(value));
        } else if (parameter.place == Place::query) {
            query += (query.empty() ? "?" : "&") + std::string(parameter.field) + "=" +
                     encoded(plain(value));
        } else if (parameter.place == Place::path) {
            const std::string hole = "{" + std::string(parameter.field) + "}";
            const std::size_t at = path.find(hole);
            if (at != std::string::npos) {
                path.replace(at, hole.size(), encoded(plain(value)));
            }
        }
    }
};

}  // namespace

std::string encoded(std::string_view text) {
    std::string out;
    for (const char letter : text) {
        const auto c = static_cast<unsigned char>(letter);
        constexpr std::string_view digits = "0123456789ABCDEF";
        if (std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.' || c == '~') {
            out += letter;
        } else {
            out += '%';
            out += digits[c >> 4U];
            out += digits[c & 0xFU];
        }
    }
    return out;
}

bool is_id(std::string_view text) {
    return number(text).value_or(0) != 0;
}

ResultOf<ApiRequest, Wrong> request_of(const Command& command, const Given& given) {
    Parts parts{.path = std::string(command.path), .query = {}, .body = {}};
    bool has_fields = false;
    for (const Parameter& parameter : command.parameters) {
        const auto texts = given.values.find(parameter.name);
        has_fields = has_fields || parameter.place == Place::body;
        if (texts == given.values.end() || parameter.place == Place::local) {
            continue;
        }
        Value value = value_of(parameter, texts->second);
        if (!value) {
            return value.error();
        }
        parts.take(parameter, *std::move(value));
    }
    ApiRequest request{
        .method = std::string(command.method), .path = parts.path + parts.query, .body = {}};
    if (command.method == "PATCH" && parts.body.empty()) {
        return Wrong{"nothing to change is given"};
    }
    if (!parts.body.empty() || (has_fields && command.method != "DELETE")) {
        request.body = json::serialize(parts.body);
    }
    return request;
}

}  // namespace treeline::cli
