// How a call becomes the two hashes that the registry compares.
#include "broker/api/idempotency.hpp"

#include <algorithm>
#include <string>

#include "broker/api/call.hpp"
#include "broker/identity/token.hpp"

namespace treeline {
namespace {

constexpr std::string_view header_name = "idempotency-key";

bool is_honoured(const Call& call) {
    return call.route != nullptr && call.route->method == "POST" && !call.route->is_public();
}

// Its length before it, so that no two lists of parts make the same text.
void append(std::string& text, std::string_view part) {
    text += std::to_string(part.size());
    text += ':';
    text += part;
}

}  // namespace

std::optional<IdempotencyKey> idempotency_of(const Call& call, std::string_view part) {
    const std::string key = call.header(header_name);
    if (key.empty() || !is_honoured(call)) {
        return std::nullopt;
    }
    std::string text = std::to_string(number(call.caller.user)) + " ";
    append(text, call.request.method);
    append(text, call.target.path());
    append(text, key);
    append(text, part);
    return IdempotencyKey{hash_token(text), call.body_hash};
}

std::optional<Problem> bad_key(const Call& call) {
    if (!is_honoured(call)) {
        return std::nullopt;
    }
    for (const auto& [name, value] : call.request.headers) {
        const bool is_printable =
            std::ranges::all_of(value, [](char c) { return c > ' ' && c <= '~'; });
        if (name == header_name &&
            (value.empty() || value.size() > idempotency_key_size_max || !is_printable)) {
            return malformed("Idempotency-Key is 1 to 255 printable characters");
        }
    }
    return std::nullopt;
}

}  // namespace treeline
