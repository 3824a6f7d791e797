#include "tests/matrix/gates.hpp"

#include <algorithm>

namespace treeline::matrix {

namespace {

using model::Id;
using model::Names;

Gate gate(bool is_seen, bool may) {
    return !is_seen ? Gate::missing : may ? Gate::open : Gate::forbidden;
}

const model::Org& org_in(const model::World& world, Id id) {
    return *std::ranges::find(world.orgs, id, &model::Org::id);
}

bool is_subset(const Names& part, const Names& whole) {
    return std::ranges::includes(whole, part);
}

// What a membership in `org` with this set gives at `below`, or would hand on there.
Names given_below(const Names& set) {
    const Names all = model::effective(set);
    if (all.contains("suborgs.enter")) {
        return all;
    }
    Names views;
    for (const std::string& name : all) {
        const std::string right = name.substr(name.find('.') + 1);
        const bool reads = name.starts_with("org_devices.")
                               ? right == "view" || right == "export" || right == "timeline_view" ||
                                     right == "service"
                               : right == "view" && !name.starts_with("own_devices.");
        if (reads && all.contains("suborgs.view")) {
            views.insert(name);
        }
    }
    return views;
}

// Does a membership in `org` with this set hold something, where the actor reaches, that he
// doesn't?
bool is_above(const Eyes& eyes, Id org, const Names& set) {
    if (!is_subset(model::effective(set), model::held(eyes.world, eyes.viewer, org, eyes.now))) {
        return true;
    }
    const Names below = given_below(set);
    return std::ranges::any_of(eyes.world.orgs, [&](const model::Org& other) {
        return model::is_proper_ancestor(eyes.world, org, other.id) && eyes.sees_org(other.id) &&
               !is_subset(below, model::held(eyes.world, eyes.viewer, other.id, eyes.now));
    });
}

bool is_above(const Eyes& eyes, const model::Membership& membership) {
    return is_above(eyes, membership.org,
                    model::set_of(eyes.world, membership.org, membership.role));
}

}  // namespace

bool Eyes::may(Id org, const std::string& permission) const {
    return model::org_permissions(world, viewer, org, now).contains(permission);
}

bool Eyes::may_on(Id device, const std::string& right) const {
    const Names rights = model::device_rights(world, viewer, device, now);
    return rights.contains("view") && rights.contains(right);
}

bool Eyes::may_on_devices_of(Id org, const std::string& right) const {
    model::World with = world;
    constexpr Id nobody = 1'000'000;
    with.devices.push_back({nobody, org, 0, "one more"});
    return model::device_rights(with, viewer, nobody, now).contains(right);
}

Need anyone() {
    return [](const Eyes&, Id) { return Gate::open; };
}

Need sees_the_org() {
    return [](const Eyes& eyes, Id org) { return gate(eyes.sees_org(org), true); };
}

Need at_org(std::vector<std::string> permissions) {
    return [permissions = std::move(permissions)](const Eyes& eyes, Id org) {
        return gate(eyes.sees_org(org),
                    std::ranges::all_of(permissions, [&](const std::string& permission) {
                        return eyes.may(org, permission);
                    }));
    };
}

Need at_parent(const std::string& permission, const std::string& here) {
    return [=](const Eyes& eyes, Id org) {
        const Id parent = org_in(eyes.world, org).parent;
        return gate(eyes.sees_org(org), eyes.may(parent == 0 ? org : parent, permission) &&
                                            (here.empty() || eyes.may(org, here)));
    };
}

Need at_root(const std::string& permission) {
    return [=](const Eyes& eyes, Id org) {
        return gate(eyes.sees_org(org) && org_in(eyes.world, org).parent == 0,
                    eyes.may(org, permission));
    };
}

Need set_of_role_3() {
    return [](const Eyes& eyes, Id org) {
        return gate(
            eyes.sees_org(org),
            eyes.may(org, "roles.edit") && !is_above(eyes, org, model::set_of(eyes.world, org, 3)));
    };
}

Need provision() {
    return [](const Eyes& eyes, Id org) {
        return gate(eyes.sees_org(org), eyes.may_on_devices_of(org, "provision"));
    };
}

Need on_device(const std::string& right) {
    return [=](const Eyes& eyes, Id device) {
        return gate(eyes.may_on(device, "view"), eyes.may_on(device, right));
    };
}

Need sees_the_user() {
    return [](const Eyes& eyes, Id user) {
        return gate(model::sees_user(eyes.world, eyes.viewer, user, eyes.now), true);
    };
}

Need on_account(const std::string& permission, bool self) {
    return [=](const Eyes& eyes, Id user) {
        if (user == eyes.viewer && self) {
            return Gate::open;
        }
        bool may = false;
        for (const model::Membership& m : eyes.world.memberships) {
            if (m.user != user || m.pending) {
                continue;
            }
            const bool is_over = m.not_after && *m.not_after <= eyes.now;
            may = eyes.may(m.org, permission) &&
                  (user == eyes.viewer || is_over || !is_above(eyes, m));
            if (!may) {
                break;
            }
        }
        return gate(model::sees_user(eyes.world, eyes.viewer, user, eyes.now), may);
    };
}

Need follows_the_user() {
    return [](const Eyes& eyes, Id user) {
        return gate(model::sees_user(eyes.world, eyes.viewer, user, eyes.now),
                    std::ranges::any_of(eyes.world.memberships, [&](const model::Membership& m) {
                        return m.user == user && eyes.may(m.org, "users.view_activity");
                    }));
    };
}

Need on_own_membership(bool must_be_live) {
    return [=](const Eyes& eyes, Id id) {
        const auto& m = *std::ranges::find(eyes.world.memberships, id, &model::Membership::id);
        const bool may =
            m.user == eyes.viewer && (!must_be_live || model::is_live(eyes.world, m, eyes.now));
        return gate(model::sees_membership(eyes.world, eyes.viewer, id, eyes.now), may);
    };
}

Need deletes_the_user() {
    return [](const Eyes& eyes, Id user) {
        if (user == eyes.viewer) {
            return Gate::open;
        }
        bool is_in_reach = false;
        bool is_one_above = false;
        for (const model::Membership& m : eyes.world.memberships) {
            if (m.user == user && !m.pending) {
                is_in_reach = is_in_reach || eyes.may(m.org, "users.delete");
                is_one_above = is_one_above || (eyes.sees_org(m.org) && is_above(eyes, m));
            }
        }
        return gate(model::sees_user(eyes.world, eyes.viewer, user, eyes.now),
                    is_in_reach && !is_one_above);
    };
}

Need on_invitation(bool below) {
    return [=](const Eyes& eyes, Id id) {
        const auto& m = *std::ranges::find(eyes.world.memberships, id, &model::Membership::id);
        const bool is_seen = model::sees_membership(eyes.world, eyes.viewer, id, eyes.now);
        return gate(is_seen, eyes.may(m.org, "users.invite") && (!below || !is_above(eyes, m)));
    };
}

Need on_membership(const std::string& permission, bool may_leave) {
    return [=](const Eyes& eyes, Id id) {
        const auto& m = *std::ranges::find(eyes.world.memberships, id, &model::Membership::id);
        const bool is_own = m.user == eyes.viewer;
        const bool may = eyes.may(m.org, permission) && (is_own || !is_above(eyes, m));
        return gate(model::sees_membership(eyes.world, eyes.viewer, id, eyes.now),
                    may || (is_own && may_leave));
    };
}

}  // namespace treeline::matrix
