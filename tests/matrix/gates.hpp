// The three answers of a gate, from the naive model alone.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/matrix/relations.hpp"

namespace treeline::matrix {

enum class Gate { missing, forbidden, open };

// Who asks, in which world.
struct Eyes {
    const model::World& world;
    model::Id viewer = 0;
    model::Instant now = 0;

    bool may(model::Id org, const std::string& permission) const;
    bool may_on(model::Id device, const std::string& right) const;
    // Would a device in the org be his to do this to?
    bool may_on_devices_of(model::Id org, const std::string& right) const;
    bool sees_org(model::Id org) const { return model::sees_org(world, viewer, org, now); }
};

using Need = std::function<Gate(const Eyes& eyes, model::Id object)>;

Need anyone();
Need sees_the_org();
// All of them at the org itself; 404 for whoever doesn't see it.
Need at_org(std::vector<std::string> permissions);
// At the org's parent; a root is its own.
Need at_parent(const std::string& permission, const std::string& here = "");
Need at_root(const std::string& permission);
Need set_of_role_3();
Need provision();
Need on_device(const std::string& right);
Need sees_the_user();
// Asked at every org of the user, who must not hold what the actor lacks. `self`: his own is his.
Need on_account(const std::string& permission, bool self);
Need follows_the_user();
// The membership is his own: nobody else's is his to accept or to be at home in.
Need on_own_membership(bool must_be_live);
// What the account has in the caller's sight ends; what holds more than he does stays.
Need deletes_the_user();
// `below`: whoever acts on it must hold what it would give.
Need on_invitation(bool below);
Need on_membership(const std::string& permission, bool may_leave);

}  // namespace treeline::matrix
