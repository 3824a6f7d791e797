// Who follows whom: walks of the orgs whose set of a role is linked to the one above. Pure.
#pragma once

#include <vector>

#include "broker/domain/directory.hpp"

namespace treeline {

// Calls visit(OrgId) for `org` and for those below it whose sets of `role` follow its own, parents
// before their children. What is below an org is passed over where visit returns false.
template <class Visit>
void visit_followers(const Directory& directory, OrgId org, RoleId role, Visit&& visit) {
    if (!visit(org)) {
        return;
    }
    directory.children(org, OrgId{}, [&](OrgId child) {
        if (directory.is_linked(child, role)) {
            visit_followers(directory, child, role, visit);
        }
        return true;
    });
}

// Orgs that a walk has come to, so that those named after an org above them aren't walked again.
class SeenOrgs {
  public:
    explicit SeenOrgs(const Directory& directory) : seen_(directory.next().next_org) {}

    // True the first time.
    bool add(OrgId org) {
        const std::size_t at = number(org);
        if (at >= seen_.size()) {
            seen_.resize(at + 1);
        }
        const bool is_new = !seen_[at];
        seen_[at] = true;
        return is_new;
    }

  private:
    std::vector<bool> seen_;
};

}  // namespace treeline
