// Commitments, hashes and salts of the audit chain.
#include "proto/audit/chain.hpp"

#include <algorithm>
#include <initializer_list>
#include <memory>

#include <openssl/evp.h>

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

struct Freed {
    void operator()(EVP_MD* md) const { EVP_MD_free(md); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// SHA-256 and HMAC-SHA256 with what OpenSSL looks up and allocates for each of them at hand; the
// state behind the last key as well. An entry takes some thirty. One thread.
class Hasher {
  public:
    Digest sha256(std::initializer_list<std::string_view> parts) {
        CHECK(EVP_DigestInit_ex(context_.get(), md_.get(), nullptr) == 1);
        return finish(parts);
    }
    Digest hmac(const Key& key, std::string_view text) {
        if (!has_key_ || key != key_) {
            has_key_ = true;
            key_ = key;
            begin_with_key(*inner_, std::byte{0x36});
            begin_with_key(*outer_, std::byte{0x5c});
        }
        CHECK(EVP_MD_CTX_copy_ex(context_.get(), inner_.get()) == 1);
        const Digest inside = finish({text});
        CHECK(EVP_MD_CTX_copy_ex(context_.get(), outer_.get()) == 1);
        return finish({text_of(inside)});
    }

  private:
    using Context = std::unique_ptr<EVP_MD_CTX, Freed>;

    // RFC 2104: the key, filled up to a block, with each byte changed by `pad`.
    void begin_with_key(EVP_MD_CTX& context, std::byte pad) {
        std::array<std::byte, 64> block{};
        std::ranges::copy(key_, block.begin());
        std::ranges::transform(block, block.begin(), [pad](std::byte b) { return b ^ pad; });
        CHECK(EVP_DigestInit_ex(&context, md_.get(), nullptr) == 1);
        CHECK(EVP_DigestUpdate(&context, block.data(), block.size()) == 1);
    }
    Digest finish(std::initializer_list<std::string_view> parts) {
        for (const std::string_view part : parts) {
            CHECK(EVP_DigestUpdate(context_.get(), part.data(), part.size()) == 1);
        }
        Digest digest{};
        unsigned size = 0;
        CHECK(EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(digest.data()),
                                 &size) == 1);
        return digest;
    }

    const std::unique_ptr<EVP_MD, Freed> md_{EVP_MD_fetch(nullptr, "SHA256", nullptr)};
    const Context context_{EVP_MD_CTX_new()};
    const Context inner_{EVP_MD_CTX_new()}, outer_{EVP_MD_CTX_new()};
    Key key_{};
    bool has_key_ = false;
};

Hasher& hasher() {
    thread_local Hasher ours;
    return ours;
}

}  // namespace

Field open_field(std::string name, const Salt& salt, std::string value) {
    const Digest commitment = hasher().sha256({text_of(salt), value});
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
    return hasher().sha256({text});
}

Salt derive_salt(const Key& key, std::uint64_t chain, std::uint64_t seq, std::string_view name) {
    std::string text;
    append_number(text, chain, 8);
    append_number(text, seq, 8);
    text += name;
    const Digest mac = hasher().hmac(key, text);
    Salt salt{};
    std::copy_n(mac.begin(), salt.size(), salt.begin());
    return salt;
}

Entry seal(const Key& key, std::uint64_t chain, const Head& head, std::vector<NamedValue> fields) {
    Entry entry;
    entry.seq = head.seq + 1;
    entry.previous = head.hash;
    entry.fields.reserve(fields.size() + 1);
    const auto add = [&](std::string&& name, std::string&& value) {
        const Salt salt = derive_salt(key, chain, entry.seq, name);
        entry.fields.push_back(open_field(std::move(name), salt, std::move(value)));
    };
    add("seq", std::to_string(entry.seq));
    for (NamedValue& field : fields) {
        add(std::move(field.name), std::move(field.value));
    }
    entry.hash = hash_of(entry.previous, entry.fields);
    return entry;
}

const std::string* value_of(const Entry& entry, std::string_view name) {
    const auto found = std::ranges::find(entry.fields, name, &Field::name);
    return found == entry.fields.end() || !found->opening ? nullptr : &found->opening->value;
}

void append_hex(std::string& out, std::span<const std::byte> bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::size_t at = out.size();
    out.resize(at + 2 * bytes.size());
    for (const std::byte byte : bytes) {
        out[at++] = digits[std::to_integer<std::size_t>(byte >> 4)];
        out[at++] = digits[std::to_integer<std::size_t>(byte & std::byte{15})];
    }
}

std::string to_hex(std::span<const std::byte> bytes) {
    std::string out;
    append_hex(out, bytes);
    return out;
}

}  // namespace treeline::audit
