// The rules for pushing sets down a tree, and for taking that back (tenancy.md §3).
#include <algorithm>

#include "broker/domain/decide_rules.hpp"
#include "broker/domain/push.hpp"

namespace treeline {
namespace {

// What a dry run read is the memberships, sets and devices of a whole subtree. Any change in its
// tree may have touched them, and what is gone has left no mark: so any change refuses.
Objection check_expected(const Scene& scene, const Org& org,
                         const std::optional<std::uint64_t>& expected) {
    if (expected && *expected != scene.directory.tree_revision(org.root)) {
        return refuse(RefusalCode::revision_moved, "The tree has changed since the dry run.");
    }
    return std::nullopt;
}

Decision carried_out(PushRecord push) {
    const std::uint64_t org = number(push.org);
    return decision(org, PushPut{std::move(push)});
}

}  // namespace

Decided<Decision> decide_on(const Scene& scene, const Push& command) {
    const Org* org = scene.directory.org(command.org);
    if (org == nullptr) {
        return refuse(RefusalCode::not_found);
    }
    for (const RoleId role : command.roles) {
        if (auto objection = check_role(scene, *org, role)) {
            return *objection;
        }
    }
    if (auto objection = check_expected(scene, *org, command.expected_revision)) {
        return *objection;
    }
    std::vector<PushGroup> groups = push_groups(scene.directory, command);
    if (groups.empty()) {
        return unchanged(number(org->id));
    }
    return carried_out({org->id, std::move(groups), false});
}

Decided<Decision> decide_on(const Scene& scene, const UndoPush& command) {
    const Org* org = scene.directory.org(command.org);
    if (org == nullptr) {
        return refuse(RefusalCode::not_found);
    }
    if (scene.directory.last_push(org->id) == nullptr) {
        return refuse(RefusalCode::gone, "There is no push to undo.");
    }
    return carried_out({org->id, undo_groups(scene.directory, org->id).groups, true});
}

}  // namespace treeline
