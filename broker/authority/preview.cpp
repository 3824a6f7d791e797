// Two worlds compared, for those whose role's set changes in an org of theirs.
#include "broker/authority/preview.hpp"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "broker/authority/visible.hpp"
#include "broker/authority/walk.hpp"

namespace treeline {
namespace {

// What one user has in one org, before and after.
struct Rights {
    PermissionSet had;
    PermissionSet has;
    bool saw = false;
    bool sees = false;
};

class Comparison {
  public:
    Comparison(const Directory& before, const Directory& after, UnixTime now)
        : before_(before), after_(after), now_(now) {}

    void look_at(const std::vector<PushGroup>& groups) {
        std::vector<Pair> pairs;
        bool some_reach_below = false;
        for (const PushGroup& group : groups) {
            for (const OrgId org : group.orgs) {
                pairs.push_back(pair(org, group.role));
                some_reach_below = some_reach_below || pairs.back().reaches_below;
                preview_.orgs.push_back(org);
            }
        }
        // Where a link alone changes, nothing moves but by another set that does, further up.
        for (const Pair& pair : pairs) {
            if (pair.changes || some_reach_below) {
                look_at_pair(pair);
            }
        }
    }
    // A user with several memberships is looked at for each, and may have been told twice.
    PushPreview take() {
        drop_repeated(preview_.appeared);
        drop_repeated(preview_.vanished);
        drop_repeated(preview_.orgs_lost);
        keep_first_places(preview_.orgs);
        return std::move(preview_);
    }

  private:
    template <class Item>
    static void drop_repeated(std::vector<Item>& items) {
        std::ranges::sort(items);
        items.erase(std::unique(items.begin(), items.end()), items.end());
    }

    // Several groups may name an org.
    static void keep_first_places(std::vector<OrgId>& orgs) {
        std::vector<OrgId> sorted = orgs;
        std::ranges::sort(sorted);
        if (std::ranges::adjacent_find(sorted) == sorted.end()) {
            return;
        }
        std::set<OrgId> seen;
        std::erase_if(orgs, [&](OrgId org) { return !seen.insert(org).second; });
    }

    struct Pair {
        OrgId org{};
        RoleId role{};
        bool changes = false;        // the set, not only whether it is linked
        bool reaches_below = false;  // it changes, and says something about the orgs below
    };
    Pair pair(OrgId org, RoleId role) const {
        const PermissionSet had = before_.permissions(org, role);
        const PermissionSet has = after_.permissions(org, role);
        const bool changes = had != has;
        return {org, role, changes, changes && (reaches(had) || reaches(has))};
    }
    static bool reaches(const PermissionSet& set) {
        const PermissionSet held = effective(set);
        return contains(held, Permission::suborgs_enter) ||
               contains(held, Permission::suborgs_view);
    }

    void look_at_pair(const Pair& pair) {
        const Org& org = *after_.org(pair.org);
        after_.members(pair.org, MembershipId{}, [&](const Membership& membership) {
            if (membership.role == pair.role && is_active(after_, membership.user)) {
                look_at_member(membership, org);
                if (pair.reaches_below) {
                    look_below(membership.user, pair.org);
                }
            }
            return true;
        });
    }

    // A push changes sets alone: who is a member of what is the same in both worlds.
    Rights rights(UserId user, const Org& org) const {
        Rights found;
        walk(before_, user, org, now_, [&](const Standing& standing) {
            found.had |= acting_permissions(standing.effective, standing.reach);
            found.saw = found.saw || standing.reach != Reach::none;
            const PermissionSet given =
                after_.permissions(standing.org.id, standing.membership.role);
            const PermissionSet held =
                given == standing.given ? standing.effective : effective(given);
            const Reach reach = reach_of(standing.org, org, held);
            found.has |= acting_permissions(held, reach);
            found.sees = found.sees || reach != Reach::none;
        });
        return found;
    }

    void look_at_member(const Membership& membership, const Org& org) {
        const Rights found = rights(membership.user, org);
        if (found.had != found.has) {
            preview_.users.push_back(
                {membership.user, membership.org, found.has & ~found.had, found.had & ~found.has});
        }
        look_at_org(membership.user, org.id, found);
    }

    // His membership reaches the orgs below as well, by what its role may there.
    void look_below(UserId user, OrgId top) {
        std::vector<OrgId> waiting{top};
        while (!waiting.empty()) {
            const OrgId org = waiting.back();
            waiting.pop_back();
            after_.children(org, OrgId{}, [&](OrgId child) {
                look_at_org(user, child, rights(user, *after_.org(child)));
                waiting.push_back(child);
                return true;
            });
        }
    }

    void look_at_org(UserId user, OrgId org, const Rights& rights) {
        if (rights.had == rights.has) {
            return;
        }
        if (rights.saw && !rights.sees) {
            preview_.orgs_lost.emplace_back(user, org);
        }
        const auto views = [](const PermissionSet& permissions, bool is_owner) {
            return contains(rights_on(permissions, is_owner), DeviceRight::view);
        };
        const bool saw[]{views(rights.had, false), views(rights.had, true)};
        const bool sees[]{views(rights.has, false), views(rights.has, true)};
        if (std::ranges::equal(saw, sees)) {
            return;
        }
        after_.devices(org, DeviceId{}, [&](const Device& device) {
            const bool is_owner = device.owner == user;
            if (saw[is_owner] != sees[is_owner]) {
                auto& changed = sees[is_owner] ? preview_.appeared : preview_.vanished;
                changed.emplace_back(user, device.id);
            }
            return true;
        });
    }

    const Directory& before_;
    const Directory& after_;
    const UnixTime now_;
    PushPreview preview_;
};

}  // namespace

PushPreview preview_push(const Directory& before, const Directory& after,
                         const std::vector<PushGroup>& groups, UnixTime now) {
    Comparison comparison(before, after, now);
    comparison.look_at(groups);
    return comparison.take();
}

void leave_out_unseen(const Directory& world, UserId viewer, PushPreview& preview, UnixTime now) {
    Viewer sight(world, viewer, now);
    const auto hides_device = [&](const std::pair<UserId, DeviceId>& one) {
        return !sight.sees(one.second) || !sight.sees(one.first);
    };
    std::erase_if(preview.orgs, [&](OrgId id) { return !sight.sees(id); });
    std::erase_if(preview.users, [&](const auto& rights) { return !sight.sees(rights.user); });
    std::erase_if(preview.appeared, hides_device);
    std::erase_if(preview.vanished, hides_device);
    std::erase_if(preview.orgs_lost, [&](const std::pair<UserId, OrgId>& one) {
        return !sight.sees(one.second) || !sight.sees(one.first);
    });
}

ShownPush first_of(const PushPreview& preview, std::size_t max) {
    ShownPush shown;
    const auto first = [&](const auto& items) {
        return std::vector(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(
                                                              std::min(items.size(), max)));
    };
    shown.orgs = first(preview.orgs);
    shown.orgs_total = preview.orgs.size();
    shown.users = first(preview.users);
    shown.users_total = preview.users.size();
    auto appeared = preview.appeared.begin();
    auto vanished = preview.vanished.begin();
    while (appeared != preview.appeared.end() || vanished != preview.vanished.end()) {
        const UserId user = appeared == preview.appeared.end() ? vanished->first
                            : vanished == preview.vanished.end()
                                ? appeared->first
                                : std::min(appeared->first, vanished->first);
        ShownPush::Devices devices{user, {}, {}};
        const auto take = [&](auto& at, auto end, std::vector<DeviceId>& into) {
            for (; at != end && at->first == user; ++at) {
                if (shown.devices_total < max && into.size() < max) {
                    into.push_back(at->second);
                }
            }
        };
        take(appeared, preview.appeared.end(), devices.appeared);
        take(vanished, preview.vanished.end(), devices.vanished);
        if (shown.devices_total++ < max) {
            shown.devices.push_back(std::move(devices));
        }
    }
    return shown;
}

void leave_out_unseen(const Directory& world, UserId viewer, ShownPush& shown, UnixTime now) {
    Viewer sight(world, viewer, now);
    const auto hides_device = [&](DeviceId id) { return !sight.sees(id); };
    shown.orgs_total -= std::erase_if(shown.orgs, [&](OrgId id) { return !sight.sees(id); });
    shown.users_total -=
        std::erase_if(shown.users, [&](const auto& rights) { return !sight.sees(rights.user); });
    shown.devices_total -= std::erase_if(shown.devices, [&](ShownPush::Devices& devices) {
        std::erase_if(devices.appeared, hides_device);
        std::erase_if(devices.vanished, hides_device);
        return !sight.sees(devices.user) || (devices.appeared.empty() && devices.vanished.empty());
    });
}

}  // namespace treeline
