// The rules for pushing sets down a tree, and for taking that back (tenancy.md §3).
#include <algorithm>
#include <set>

#include "broker/domain/decide_rules.hpp"
#include "broker/domain/push.hpp"

namespace treeline {
namespace {

// Has anything that a dry run of a push from `top` read changed after `revision`? That is the
// roles, the whole subtree, and the sets above it by which somebody in it holds more.
class Reading {
  public:
    Reading(const Directory& directory, const Org& top, std::uint64_t revision)
        : directory_(directory), top_(top), revision_(revision) {
        for (const OrgId above : top.ancestors) {
            if (directory.org_changed_at(above) > revision) {
                moved_above_.insert(above);
            }
        }
    }

    bool has_moved() const {
        return is_later(directory_.roles_changed_at(top_.root)) || has_moved(top_.id);
    }

  private:
    // 0 is from before such marks were kept.
    bool is_later(std::uint64_t mark) const { return mark == 0 || mark > revision_; }
    bool has_moved(OrgId org) const {
        bool moved = is_later(directory_.rights_changed_at(org)) || holds_from_above(org);
        directory_.children(org, OrgId{}, [&](OrgId child) {
            moved = moved || has_moved(child);
            return !moved;
        });
        return moved;
    }
    bool holds_from_above(OrgId org) const {
        bool holds = false;
        const auto stands_above = [&](const Membership& membership) {
            holds = holds || moved_above_.contains(membership.org);
            return !holds;
        };
        if (!moved_above_.empty()) {
            directory_.members(org, MembershipId{}, [&](const Membership& membership) {
                directory_.memberships(membership.user, stands_above);
                return !holds;
            });
        }
        return holds;
    }

    const Directory& directory_;
    const Org& top_;
    const std::uint64_t revision_;
    std::set<OrgId> moved_above_;
};

Objection check_expected(const Scene& scene, const Org& org,
                         const std::optional<std::uint64_t>& expected) {
    const std::uint64_t now = scene.directory.tree_revision(org.root);
    if (!expected || *expected == now) {
        return std::nullopt;
    }
    if (*expected > now || Reading(scene.directory, org, *expected).has_moved()) {
        return refuse(RefusalCode::revision_moved, "What the dry run read has changed since.");
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
