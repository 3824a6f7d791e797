// What the tests of decide ask most: the code of a refusal.
#pragma once

#include <optional>

#include "tests/support/world.hpp"

namespace treeline {

// nullopt: it is accepted.
inline std::optional<RefusalCode> refusal_of(const WorldBuilder& world, const Command& command,
                                             const Actor& actor = {}) {
    const auto decided = world.attempt(command, actor);
    return decided ? std::nullopt : std::optional(decided.error().code);
}

inline bool changes_nothing(const WorldBuilder& world, const Command& command,
                            const Actor& actor = {}) {
    const auto decided = world.attempt(command, actor);
    return decided && decided->change.events.empty() && decided->change.trees.empty();
}

}  // namespace treeline
