// The audit chain: entries of named fields, each field committed to, each entry hashed over the one
// before, so that an export in which fields are hidden still verifies.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace treeline::audit {

using Digest = std::array<std::byte, 32>;
using Salt = std::array<std::byte, 16>;
using Key = std::array<std::byte, 32>;

// What a field says, with the salt that keeps a short value from being guessed by its commitment.
struct Opening {
    Salt salt{};
    std::string value;  // UTF-8
    bool operator==(const Opening&) const = default;
};
struct Field {
    std::string name;
    std::optional<Opening> opening;  // nullopt: hidden from this reader
    Digest commitment{};             // SHA-256(salt value)
    bool operator==(const Field&) const = default;
};
// The first field is always `seq`, and is never hidden. Numbered from 1 in each chain.
struct Entry {
    std::uint64_t seq = 0;
    Digest previous{};  // the hash of the entry before; zeros in the first
    std::vector<Field> fields;
    Digest hash{};  // SHA-256(previous, and of each field: name size, name, commitment)
    bool operator==(const Entry&) const = default;
};
// Where a chain ended when somebody looked.
struct Head {
    std::uint64_t seq = 0;  // 0: an empty chain
    Digest hash{};
    bool operator==(const Head&) const = default;
};

Field open_field(std::string name, const Salt& salt, std::string value);
void hide(Field& field);
Digest hash_of(const Digest& previous, std::span<const Field> fields);
// HMAC-SHA256(key, chain seq name), cut: the same entry written again after a crash is the same.
Salt derive_salt(const Key& key, std::uint64_t chain, std::uint64_t seq, std::string_view name);

struct NamedValue {
    std::string name;
    std::string value;
};
// The entry behind `head`; `seq` is put in front of `fields`.
Entry seal(const Key& key, std::uint64_t chain, const Head& head, std::vector<NamedValue> fields);
// The value of a field that is there and open; null otherwise.
const std::string* value_of(const Entry& entry, std::string_view name);

std::string to_hex(std::span<const std::byte> bytes);
void append_hex(std::string& out, std::span<const std::byte> bytes);

// One entry as one line of JSON, without the line's end, and back. from_line takes exactly what
// to_line writes: nullopt for any other spelling.
std::string to_line(const Entry& entry);
std::optional<Entry> from_line(std::string_view line);
std::string to_line(const Head& head);
std::optional<Head> head_from_line(std::string_view line);

// What an offline reader finds in an export of a whole chain.
struct Finding {
    enum class Kind : std::uint8_t { intact, changed, removed, swapped, tail_missing };
    Kind kind = Kind::intact;
    std::uint64_t seq = 0;  // the first entry that is not as it was; intact: the last entry
    bool operator==(const Finding&) const = default;
};
std::string_view name(Finding::Kind kind);
// `text`: lines of an export, from entry 1 on. `saved`: a head from an earlier day, without which a
// tail that was cut off can't be missed.
Finding verify(std::string_view text, const std::optional<Head>& saved);

}  // namespace treeline::audit
