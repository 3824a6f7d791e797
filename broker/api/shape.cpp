// Reading a body by its shape.
#include "broker/api/shape.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "broker/api/format.hpp"
#include "broker/domain/text.hpp"
#include "broker/domain/wire_id.hpp"

namespace treeline {
namespace {

constexpr std::size_t prose_size_bytes_max = 4096;

// What the broker itself assigns: known words, but never taken from a body.
constexpr std::array<std::string_view, 30> read_only_names{
    "id",
    "org",
    "parent",
    "owner",
    "token",
    "status",
    "created_at",
    "ownership_epoch",
    "changed_at",
    "revision",
    "activated_at",
    "last_seen_at",
    "last_login_at",
    "granted_by",
    "online",
    "home",
    "home_org",
    "membership",
    "memberships",
    "email_verified_at",
    "at",
    "origin",
    "root",
    "readable_from_epoch",
    "createdAt",
    "ownerId",
    "orgId",
    "auth_epoch",
    "password_verifier",
    "user",
};

std::string quoted(std::string_view name) {
    // The name comes from the asker: shown back only as far as it is short and plain.
    return name.size() <= 64 && !has_control(name) ? "'" + std::string(name) + "'" : "a field";
}

Problem refused_name(std::string_view name) {
    const bool is_known = std::ranges::find(read_only_names, name) != read_only_names.end();
    return {.status = 422,
            .code = is_known ? "read_only" : "unknown_field",
            .detail = quoted(name) + (is_known ? " is assigned by the broker" : " is unknown")};
}

std::optional<std::uint64_t> whole(const json::value& value) {
    if (value.is_uint64()) {
        return value.get_uint64();
    }
    if (value.is_int64() && value.get_int64() >= 0) {
        return static_cast<std::uint64_t>(value.get_int64());
    }
    return std::nullopt;
}

bool is_id(const json::value& value) {
    const auto number = whole(value);
    return number && *number >= 1 && *number <= wire_id_max;
}

bool all_ids(const json::value& value) {
    return value.is_array() && std::ranges::all_of(value.get_array(), is_id);
}

bool all_text(const json::value& value) {
    return value.is_array() && std::ranges::all_of(value.get_array(), [](const json::value& item) {
               return item.is_string();
           });
}

bool is_text_map(const json::value& value) {
    return value.is_object() && std::ranges::all_of(value.get_object(), [](const auto& entry) {
               return entry.value().is_string();
           });
}

bool has_type(FieldKind kind, const json::value& value) {
    switch (kind) {
        case FieldKind::text:
        case FieldKind::prose:
        case FieldKind::email:
        case FieldKind::secret:
        case FieldKind::time:
            return value.is_string();
        case FieldKind::id:
            return is_id(value);
        case FieldKind::ids:
            return all_ids(value);
        case FieldKind::object:
            return value.is_object();
        case FieldKind::role:
            return value.is_string() || is_id(value);
        case FieldKind::roles:
            return value.is_array() &&
                   std::ranges::all_of(value.get_array(), [](const json::value& item) {
                       return has_type(FieldKind::role, item);
                   });
        case FieldKind::number:
            return whole(value).has_value();
        case FieldKind::flag:
            return value.is_bool();
        case FieldKind::texts:
        case FieldKind::values:
            return all_text(value);
        case FieldKind::metadata:
            return is_text_map(value);
        default:
            return false;
    }
}

std::string_view view(const json::value& value) {
    const auto& text = value.get_string();
    return {text.data(), text.size()};
}

bool is_email(std::string_view text) {
    const std::size_t at = text.find('@');
    return at != std::string_view::npos && at > 0 && at + 1 < text.size() && text.size() <= 254 &&
           text.find('@', at + 1) == std::string_view::npos &&
           text.find(' ') == std::string_view::npos && !has_control(text);
}

bool is_plain_entry(const json::key_value_pair& entry) {
    return !has_control(entry.key()) && !has_control(view(entry.value()));
}

// The right type: may the value be?
bool is_allowed(FieldKind kind, const json::value& value) {
    switch (kind) {
        case FieldKind::text:
            return !has_control(view(value));
        case FieldKind::prose:
            return is_valid_text(view(value), prose_size_bytes_max);
        case FieldKind::email:
            return is_email(view(value));
        case FieldKind::time:
            return parse_time(view(value)).has_value();
        case FieldKind::texts:
            return std::ranges::none_of(
                value.get_array(), [](const json::value& item) { return has_control(view(item)); });
        case FieldKind::values:
            return std::ranges::none_of(value.get_array(), [](const json::value& item) {
                return view(item).find('\0') != std::string_view::npos;
            });
        case FieldKind::metadata:
            return std::ranges::all_of(value.get_object(), is_plain_entry);
        default:
            return true;
    }
}

}  // namespace

const Field* Shape::field(std::string_view wanted) const {
    const auto found = std::ranges::find(fields, wanted, &Field::name);
    return found == fields.end() ? nullptr : &*found;
}

Checked<Body> Body::read(const Shape& shape, json::value value) {
    if (!value.is_object()) {
        return malformed("the body is not a JSON object");
    }
    Body body;
    body.object_ = std::move(value.get_object());
    for (const auto& entry : body.object_) {
        const Field* const field = shape.field(entry.key());
        if (field == nullptr) {
            body.refuse(refused_name(entry.key()));
        } else if (auto problem = body.check(*field, entry.value())) {
            return *problem;
        }
    }
    for (const Field& field : shape.fields) {
        if (field.is_required && !body.has(field.name)) {
            body.refuse(invalid(quoted(field.name) + " is missing"));
        }
    }
    return body;
}

std::optional<Problem> Body::check(const Field& field, const json::value& value) {
    if (value.is_null() && field.is_nullable) {
        return std::nullopt;
    }
    if (!has_type(field.kind, value)) {
        return malformed(quoted(field.name) + " has the wrong type");
    }
    if (!is_allowed(field.kind, value)) {
        refuse(invalid(quoted(field.name) + " holds what is not allowed there"));
    }
    return std::nullopt;
}

void Body::refuse(Problem problem) {
    if (!refused_) {
        refused_ = std::move(problem);
    }
}

const json::value* Body::find(std::string_view name) const {
    return object_.if_contains(name);
}

bool Body::has(std::string_view name) const {
    return find(name) != nullptr;
}

bool Body::is_null(std::string_view name) const {
    const json::value* const value = find(name);
    return value != nullptr && value->is_null();
}

std::string Body::text(std::string_view name) const {
    const json::value* const value = find(name);
    return value != nullptr && value->is_string() ? std::string(view(*value)) : std::string();
}

std::uint64_t Body::id(std::string_view name) const {
    const json::value* const value = find(name);
    return value == nullptr ? 0 : whole(*value).value_or(0);
}

std::vector<std::uint64_t> Body::ids(std::string_view name) const {
    std::vector<std::uint64_t> out;
    const json::value* const value = find(name);
    if (value != nullptr && value->is_array()) {
        for (const json::value& item : value->get_array()) {
            out.push_back(whole(item).value_or(0));
        }
    }
    return out;
}

bool Body::flag(std::string_view name) const {
    const json::value* const value = find(name);
    return value != nullptr && value->is_bool() && value->get_bool();
}

std::optional<UnixTime> Body::time(std::string_view name) const {
    return parse_time(text(name));
}

std::vector<std::string> Body::texts(std::string_view name) const {
    std::vector<std::string> out;
    const json::value* const value = find(name);
    if (value != nullptr && value->is_array()) {
        for (const json::value& item : value->get_array()) {
            out.emplace_back(view(item));
        }
    }
    return out;
}

Metadata Body::metadata(std::string_view name) const {
    Metadata out;
    const json::value* const value = find(name);
    if (value != nullptr && value->is_object()) {
        for (const auto& entry : value->get_object()) {
            out.emplace(entry.key(), view(entry.value()));
        }
    }
    return out;
}

}  // namespace treeline
