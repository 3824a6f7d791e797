// Which pairs of org and role a push, or its undoing, would change, and how. Pure.
#pragma once

#include <vector>

#include "broker/domain/command.hpp"
#include "broker/domain/directory.hpp"

namespace treeline {

// One role in one org.
struct RolePair {
    OrgId org{};
    RoleId role{};
};

// The pairs below `command.org` that are not yet as the push leaves them, those that change alike
// together; in each group parents stand before their children. REQUIRES: the org exists.
std::vector<PushGroup> push_groups(const Directory& directory, const Push& command);

// What taking the last push from `org` back restores: the pairs that still have the pushed value.
// The others are `kept`. Both empty where there is no push to undo.
struct Undoing {
    std::vector<PushGroup> groups;
    std::vector<RolePair> kept;
};
Undoing undo_groups(const Directory& directory, OrgId org);

// Those groups as the undoing brings them about: a set that is linked again is what stands above it
// by now, and an org that was linked by hand since follows what is restored above it.
// `after` = foresee(before, that undoing).
std::vector<PushGroup> undo_effect(const Directory& before, const Directory& after,
                                   const std::vector<PushGroup>& groups);

// The sets as the push leaves them, for a look: no revision and no mark of a last change moves,
// which is most of what apply does. REQUIRES: a PushPut.
Directory foresee(Directory before, const Event& push);

}  // namespace treeline
