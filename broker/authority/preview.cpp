// Two worlds compared, for those whose role's set changes in an org of theirs.
#include "broker/authority/preview.hpp"

#include <algorithm>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "broker/authority/visible.hpp"
#include "broker/authority/walk.hpp"

namespace treeline {
namespace {

// A user, and an org of his whose set for his role changes.
using Touched = std::pair<UserId, OrgId>;

class Comparison {
  public:
    Comparison(const Directory& before, const Directory& after, UnixTime now)
        : before_(before), after_(after), now_(now) {}

    void look_at_group(const PushGroup& group) {
        for (const OrgId org : group.orgs) {
            preview_.orgs.push_back(org);
            after_.members(org, MembershipId{}, [&](const Membership& membership) {
                if (membership.role == group.role && is_active(after_, membership.user)) {
                    look_at_member(membership);
                }
                return true;
            });
        }
    }
    PushPreview take() {
        drop_repeated(preview_.orgs);
        std::ranges::sort(touched_);
        for (auto at = touched_.begin(); at != touched_.end();) {
            const auto end = std::find_if(
                at, touched_.end(), [&](const Touched& one) { return one.first != at->first; });
            look_at_user({at, end});
            at = end;
        }
        return std::move(preview_);
    }

  private:
    // Several groups may name an org: the first place counts.
    static void drop_repeated(std::vector<OrgId>& orgs) {
        std::vector<OrgId> sorted = orgs;
        std::ranges::sort(sorted);
        if (std::ranges::adjacent_find(sorted) == sorted.end()) {
            return;
        }
        std::set<OrgId> seen;
        std::erase_if(orgs, [&](OrgId org) { return !seen.insert(org).second; });
    }

    PermissionSet rights(const Directory& world, UserId user, OrgId org) const {
        return grants_at(world, user, *world.org(org), now_).permissions;
    }

    void look_at_member(const Membership& membership) {
        const PermissionSet had = rights(before_, membership.user, membership.org);
        const PermissionSet has = rights(after_, membership.user, membership.org);
        if (had != has) {
            preview_.users.push_back({membership.user, membership.org, has & ~had, had & ~has});
        }
        touched_.emplace_back(membership.user, membership.org);
    }

    // His memberships reach the orgs below as well, by what their roles may there. One that stands
    // below another of them is looked at with that.
    void look_at_user(std::span<const Touched> touched) {
        const UserId user = touched.front().first;
        PushPreview::Devices devices{user, {}, {}};
        PushPreview::Orgs orgs{user, {}};
        for (const Touched& one : touched) {
            const bool is_below = std::ranges::any_of(touched, [&](const Touched& other) {
                return other.second != one.second && after_.is_within(one.second, other.second);
            });
            if (!is_below) {
                look_below(user, one.second, devices, orgs);
            }
        }
        if (!devices.appeared.empty() || !devices.vanished.empty()) {
            preview_.devices.push_back(std::move(devices));
        }
        if (!orgs.vanished.empty()) {
            preview_.orgs_lost.push_back(std::move(orgs));
        }
    }

    void look_below(UserId user, OrgId top, PushPreview::Devices& devices,
                    PushPreview::Orgs& orgs) {
        std::vector<OrgId> waiting{top};
        while (!waiting.empty()) {
            const OrgId org = waiting.back();
            waiting.pop_back();
            look_at_org(user, org, devices, orgs);
            after_.children(org, OrgId{}, [&](OrgId child) {
                waiting.push_back(child);
                return true;
            });
        }
    }

    void look_at_org(UserId user, OrgId org, PushPreview::Devices& devices,
                     PushPreview::Orgs& orgs) const {
        const PermissionSet had = rights(before_, user, org);
        const PermissionSet has = rights(after_, user, org);
        if (had == has) {
            return;
        }
        if (sees_org(before_, user, org, now_) && !sees_org(after_, user, org, now_)) {
            orgs.vanished.push_back(org);
        }
        after_.devices(org, DeviceId{}, [&](const Device& device) {
            const bool is_owner = device.owner == user;
            const bool saw = contains(rights_on(had, is_owner), DeviceRight::view);
            const bool sees = contains(rights_on(has, is_owner), DeviceRight::view);
            if (saw != sees) {
                (sees ? devices.appeared : devices.vanished).push_back(device.id);
            }
            return true;
        });
    }

    const Directory& before_;
    const Directory& after_;
    const UnixTime now_;
    PushPreview preview_;
    std::vector<Touched> touched_;
};

template <class Items>
void keep_first(Items& items, std::size_t max) {
    if (items.size() > max) {
        items.erase(items.begin() + static_cast<std::ptrdiff_t>(max), items.end());
        items.shrink_to_fit();
    }
}

// Asks what one viewer sees in one world.
class Sight {
  public:
    Sight(const Directory& world, UserId viewer, UnixTime now)
        : world_(world), viewer_(viewer), now_(now) {}

    void leave_out_unseen(PushPreview& preview) const {
        const auto is_hidden = [&](const auto& item) {
            return !sees_user(world_, viewer_, item.user, now_);
        };
        std::erase_if(preview.orgs, [&](OrgId id) { return !sees_org(world_, viewer_, id, now_); });
        std::erase_if(preview.users, is_hidden);
        for (PushPreview::Devices& devices : preview.devices) {
            leave_out_unseen(devices.appeared);
            leave_out_unseen(devices.vanished);
        }
        std::erase_if(preview.devices, [&](const PushPreview::Devices& devices) {
            return (devices.appeared.empty() && devices.vanished.empty()) || is_hidden(devices);
        });
    }

  private:
    void leave_out_unseen(std::vector<DeviceId>& devices) const {
        std::erase_if(devices,
                      [&](DeviceId id) { return !sees_device(world_, viewer_, id, now_); });
    }

    const Directory& world_;
    const UserId viewer_;
    const UnixTime now_;
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

ShownPush shown_to(const Directory& world, UserId viewer, PushPreview preview, std::size_t max,
                   UnixTime now) {
    Sight(world, viewer, now).leave_out_unseen(preview);
    ShownPush shown;
    shown.orgs = preview.orgs.size();
    shown.users = preview.users.size();
    shown.devices = preview.devices.size();
    keep_first(preview.orgs, max);
    keep_first(preview.users, max);
    keep_first(preview.devices, max);
    for (PushPreview::Devices& devices : preview.devices) {
        keep_first(devices.appeared, max);
        keep_first(devices.vanished, max);
    }
    shown.first = std::move(preview);
    shown.first.orgs_lost.clear();
    return shown;
}

void hide_unseen(const Directory& world, UserId viewer, ShownPush& shown, UnixTime now) {
    PushPreview& first = shown.first;
    const std::size_t orgs = first.orgs.size();
    const std::size_t users = first.users.size();
    const std::size_t devices = first.devices.size();
    Sight(world, viewer, now).leave_out_unseen(first);
    shown.orgs -= orgs - first.orgs.size();
    shown.users -= users - first.users.size();
    shown.devices -= devices - first.devices.size();
}

}  // namespace treeline
