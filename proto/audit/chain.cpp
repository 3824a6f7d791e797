// Commitments, hashes and salts of the audit chain.
#include "proto/audit/chain.hpp"

#include <algorithm>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/check.hpp"

namespace treeline::audit {
namespace {

std::string_view text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void append_number(std::string& out, std::uint64_t number, int size_bytes) {
    for (int shift = 8 * (size_bytes - 1); shift >= 0; shift -= 8) {
        out.push_back(static_cast<char>(number >> shift & 0xff));
    }
}

Digest sha256(std::string_view text) {
    Digest digest{};
    unsigned size = 0;
    CHECK(EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(digest.data()),
                     &size, EVP_sha256(), nullptr) == 1);
    return digest;
}

}  // namespace

Field open_field(std::string name, const Salt& salt, std::string value) {
    const Digest commitment = sha256(std::string(text_of(salt)) + value);
    return {std::move(name), Opening{salt, std::move(value)}, commitment};
}

void hide(Field& field) {
    field.opening.reset();
}

Digest hash_of(const Digest& previous, std::span<const Field> fields) {
    std::string text(text_of(previous));
    for (const Field& field : fields) {
        append_number(text, field.name.size(), 4);
        text += field.name;
        text += text_of(field.commitment);
    }
    return sha256(text);
}

Salt derive_salt(const Key& key, std::uint64_t chain, std::uint64_t seq, std::string_view name) {
    std::string text;
    append_number(text, chain, 8);
    append_number(text, seq, 8);
    text += name;
    Digest mac{};
    unsigned size = 0;
    CHECK(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
               reinterpret_cast<const unsigned char*>(text.data()), text.size(),
               reinterpret_cast<unsigned char*>(mac.data()), &size) != nullptr);
    Salt salt{};
    std::copy_n(mac.begin(), salt.size(), salt.begin());
    return salt;
}

Entry seal(const Key& key, std::uint64_t chain, const Head& head,
           const std::vector<NamedValue>& fields) {
    Entry entry;
    entry.seq = head.seq + 1;
    entry.previous = head.hash;
    const auto add = [&](const std::string& name, std::string value) {
        entry.fields.push_back(
            open_field(name, derive_salt(key, chain, entry.seq, name), std::move(value)));
    };
    add("seq", std::to_string(entry.seq));
    for (const NamedValue& field : fields) {
        add(field.name, field.value);
    }
    entry.hash = hash_of(entry.previous, entry.fields);
    return entry;
}

const std::string* value_of(const Entry& entry, std::string_view name) {
    const auto found = std::ranges::find(entry.fields, name, &Field::name);
    return found == entry.fields.end() || !found->opening ? nullptr : &found->opening->value;
}

std::string to_hex(std::span<const std::byte> bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (const std::byte byte : bytes) {
        out += digits[std::to_integer<std::size_t>(byte >> 4)];
        out += digits[std::to_integer<std::size_t>(byte & std::byte{15})];
    }
    return out;
}

}  // namespace treeline::audit
