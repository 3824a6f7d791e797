// Two worlds compared, for those whose role's set changes in an org of theirs.
#include "broker/authority/preview.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "broker/authority/visible.hpp"
#include "broker/authority/walk.hpp"

namespace treeline {
namespace {

class Comparison {
  public:
    Comparison(const Directory& before, const Directory& after, UnixTime now)
        : before_(before), after_(after), now_(now) {}

    void look_at_group(const PushGroup& group) {
        for (const OrgId org : group.orgs) {
            if (seen_orgs_.insert(org).second) {
                preview_.orgs.push_back(org);
            }
            after_.members(org, MembershipId{}, [&](const Membership& membership) {
                if (membership.role == group.role && is_active(after_, membership.user)) {
                    look_at_member(membership);
                }
                return true;
            });
        }
    }
    PushPreview take() {
        for (auto& [user, devices] : devices_) {
            if (!devices.appeared.empty() || !devices.vanished.empty()) {
                preview_.devices.push_back(std::move(devices));
            }
        }
        for (auto& [user, orgs] : orgs_lost_) {
            preview_.orgs_lost.push_back({user, std::move(orgs)});
        }
        return std::move(preview_);
    }

  private:
    PermissionSet rights(const Directory& world, UserId user, OrgId org) const {
        return grants_at(world, user, *world.org(org), now_).permissions;
    }

    void look_at_member(const Membership& membership) {
        const PermissionSet had = rights(before_, membership.user, membership.org);
        const PermissionSet has = rights(after_, membership.user, membership.org);
        if (had != has) {
            preview_.users.push_back({membership.user, membership.org, has & ~had, had & ~has});
        }
        look_below(membership.user, membership.org);
    }

    // His membership reaches the orgs below as well, by what its role may there.
    void look_below(UserId user, OrgId top) {
        std::vector<OrgId> waiting{top};
        while (!waiting.empty()) {
            const OrgId org = waiting.back();
            waiting.pop_back();
            if (!looked_at_.insert({user, org}).second) {
                continue;  // and at all below it
            }
            look_at_org(user, org);
            after_.children(org, OrgId{}, [&](OrgId child) {
                waiting.push_back(child);
                return true;
            });
        }
    }

    void look_at_org(UserId user, OrgId org) {
        const PermissionSet had = rights(before_, user, org);
        const PermissionSet has = rights(after_, user, org);
        if (had == has) {
            return;
        }
        if (sees_org(before_, user, org, now_) && !sees_org(after_, user, org, now_)) {
            orgs_lost_[user].push_back(org);
        }
        after_.devices(org, DeviceId{}, [&](const Device& device) {
            const bool is_owner = device.owner == user;
            const bool saw = contains(rights_on(had, is_owner), DeviceRight::view);
            const bool sees = contains(rights_on(has, is_owner), DeviceRight::view);
            if (saw != sees) {
                auto& devices = devices_[user];
                devices.user = user;
                (sees ? devices.appeared : devices.vanished).push_back(device.id);
            }
            return true;
        });
    }

    const Directory& before_;
    const Directory& after_;
    const UnixTime now_;
    PushPreview preview_;
    std::set<OrgId> seen_orgs_;
    std::set<std::pair<UserId, OrgId>> looked_at_;
    std::map<UserId, PushPreview::Devices> devices_;
    std::map<UserId, std::vector<OrgId>> orgs_lost_;
};

}  // namespace

PushPreview preview_push(const Directory& before, const Directory& after,
                         const std::vector<PushGroup>& groups, UnixTime now) {
    Comparison comparison(before, after, now);
    for (const PushGroup& group : groups) {
        comparison.look_at_group(group);
    }
    return comparison.take();
}

}  // namespace treeline
