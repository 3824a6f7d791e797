// Idempotency-Key (platform-api.md "Writes"): a POST that is sent again is done once.
#pragma once

#include <optional>
#include <string_view>

#include "broker/api/problem.hpp"
#include "broker/registry/registry.hpp"

namespace treeline {

struct Call;

inline constexpr std::size_t idempotency_key_size_max = 255;

// What the call is known by if it comes again: caller, method, path and key, and its body. nullopt
// where it carries no key, or its route doesn't honour one. `part` tells the commands of one call
// apart (a device of a bulk transfer); empty where there is one. REQUIRES: !bad_key(call).
std::optional<IdempotencyKey> idempotency_of(const Call& call, std::string_view part = {});
// 400: a key that is empty, longer than 255, or not printable ASCII.
std::optional<Problem> bad_key(const Call& call);

}  // namespace treeline
