// Shapes: which fields a body or an answer has. One description reads bodies, refuses what is not
// in it, and is printed as the OpenAPI schema, so that the three can't differ.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "broker/api/json.hpp"
#include "broker/domain/records.hpp"

namespace treeline {

enum class FieldKind : std::uint8_t {
    text,    // UTF-8 without control characters
    prose,   // UTF-8, with line ends
    email,   // text with an @ inside
    secret,  // any UTF-8: passwords and tokens
    id,      // an integer from 1 to 2^53 - 1, as it stands on the wire
    ids,     // an array of them
    role,    // a role's number, or its name in that tree
    roles,   // an array of them
    number,
    flag,
    time,       // RFC 3339, UTC
    texts,      // an array of text
    values,     // an array of pin values: strings without NUL
    metadata,   // an object of text
    hidden_id,  // answers only: an id, "above", "outside" or null
    object,     // an object; in a body its fields are its reader's business
    objects,    // answers only: an array of objects
};

struct Field {
    std::string_view name;
    FieldKind kind{};
    bool is_required = false;
    bool is_nullable = false;
};

struct Shape {
    std::string_view name;
    std::span<const Field> fields;
    const Field* field(std::string_view name) const;
};

// One request's body, checked against its shape. Fields are asked for by the names of the shape.
class Body {
  public:
    Body() = default;
    // 400 for what is not an object, or holds a field of the wrong type (an id out of range is
    // one). What is merely not allowed waits in refused(): it is answered after 404 and 403.
    static Checked<Body> read(const Shape& shape, json::value value);

    // The 422 to answer: unknown_field, read_only or invalid. The first one found stays.
    const std::optional<Problem>& refused() const { return refused_; }
    void refuse(Problem problem);

    bool has(std::string_view name) const;      // given, be it null
    bool is_null(std::string_view name) const;  // given as null
    // What is not given, or null, reads empty, 0, false.
    std::string text(std::string_view name) const;
    std::uint64_t id(std::string_view name) const;
    std::vector<std::uint64_t> ids(std::string_view name) const;
    bool flag(std::string_view name) const;
    std::optional<UnixTime> time(std::string_view name) const;
    std::vector<std::string> texts(std::string_view name) const;
    Metadata metadata(std::string_view name) const;
    // The value of a field with two spellings (role); null when it is not given.
    const json::value* find(std::string_view name) const;

  private:
    std::optional<Problem> check(const Field& field, const json::value& value);

    json::object object_;
    std::optional<Problem> refused_;
};

}  // namespace treeline
