// The cut: every row is asked for in the present, and where it stood in the past.
#include "broker/authority/hindsight.hpp"

#include <algorithm>
#include <limits>
#include <map>

#include "broker/authority/name_filter.hpp"
#include "broker/authority/page_of.hpp"

namespace treeline {
namespace {

constexpr PageRequest everything{0, std::numeric_limits<std::size_t>::max()};

// What the viewer may see now; remembers the orgs.
class Eyes {
  public:
    explicit Eyes(const Hindsight& hindsight) : h_(hindsight) {}

    bool see(OrgId org) {
        const auto known = orgs_.find(org);
        if (known != orgs_.end()) {
            return known->second;
        }
        return orgs_.emplace(org, sees_org(h_.present, h_.viewer, org, h_.now)).first->second;
    }
    bool see(UserId user) const { return sees_user(h_.present, h_.viewer, user, h_.now); }
    bool see(DeviceId device) const { return sees_device(h_.present, h_.viewer, device, h_.now); }
    // Did the user stand, at that time, in an org that the viewer may see now?
    bool saw_stand(UserId user) {
        bool stood = false;
        h_.past.memberships(user, [&](const Membership& membership) {
            stood = membership.status == MembershipStatus::active && see(membership.org);
            return !stood;
        });
        return stood;
    }

  private:
    const Hindsight& h_;
    std::map<OrgId, bool> orgs_;
};

bool is_asked_for(const Hindsight& h, const DeviceFilter& filter, OrgId org) {
    return filter.org == OrgId{} || org == filter.org ||
           (filter.subtree && h.past.is_within(org, filter.org));
}

// Everybody with a membership in the org or above it.
std::vector<UserId> members_reaching(const Directory& past, const Org& org) {
    std::vector<UserId> users;
    const auto add = [&](OrgId at) {
        past.members(at, MembershipId{}, [&](const Membership& membership) {
            users.push_back(membership.user);
            return true;
        });
    };
    std::ranges::for_each(org.ancestors, add);
    add(org.id);
    std::ranges::sort(users);
    const auto repeated = std::ranges::unique(users);
    users.erase(repeated.begin(), repeated.end());
    return users;
}

}  // namespace

Page<DeviceId> devices_then(const Hindsight& h, const DeviceFilter& filter,
                            const PageRequest& page) {
    Eyes eyes(h);
    const NameFilter text(filter.text);
    std::vector<DeviceId> devices;
    const bool is_blind = (filter.org != OrgId{} && !eyes.see(filter.org)) ||
                          (filter.owner != UserId{} && !eyes.see(filter.owner));
    if (is_blind) {
        return page_of(std::move(devices), page);
    }
    for (const OrgId org : visible_orgs(h.present, h.viewer, OrgId{}, everything, h.now).items) {
        if (!is_asked_for(h, filter, org)) {
            continue;
        }
        h.past.devices(org, DeviceId{}, [&](const Device& device) {
            const bool is_wanted = filter.owner == UserId{} || device.owner == filter.owner;
            if (is_wanted && text.passes(device.name) && eyes.see(device.id)) {
                devices.push_back(device.id);
            }
            return true;
        });
    }
    return page_of(std::move(devices), page);
}

Page<OrgId> orgs_then(const Hindsight& h, OrgId within, const PageRequest& page) {
    std::vector<OrgId> orgs = visible_orgs(h.present, h.viewer, OrgId{}, everything, h.now).items;
    std::erase_if(orgs, [&](OrgId org) {
        return h.past.org(org) == nullptr || (within != OrgId{} && !h.past.is_within(org, within));
    });
    return page_of(std::move(orgs), page);
}

Page<UserId> users_then(const Hindsight& h, OrgId org, const PageRequest& page) {
    const Eyes eyes(h);
    std::vector<UserId> users = users_of(h.past, org, everything).items;
    std::erase_if(users, [&](UserId user) { return !eyes.see(user); });
    return page_of(std::move(users), page);
}

// An invitation shows nobody; a membership shows its user.
Page<MembershipId> memberships_then(const Hindsight& h, OrgId org, const PageRequest& page) {
    const Eyes eyes(h);
    std::vector<MembershipId> memberships = memberships_in(h.past, org, everything).items;
    std::erase_if(memberships, [&](MembershipId id) {
        const Membership& membership = *h.past.membership(id);
        return membership.status == MembershipStatus::active && !eyes.see(membership.user);
    });
    return page_of(std::move(memberships), page);
}

Page<MembershipId> invitations_then(const Hindsight& h, OrgId org, const PageRequest& page) {
    return invitations_in(h.past, org, page);
}

Page<TransferId> transfers_then(const Hindsight& h, DeviceId device, const PageRequest& page) {
    std::vector<TransferId> transfers =
        visible_transfers(h.present, h.viewer, device, everything, h.now).items;
    std::erase_if(transfers, [&](TransferId id) { return h.past.transfer(id) == nullptr; });
    return page_of(std::move(transfers), page);
}

std::vector<Could<UserId>> who_could(const Hindsight& h, DeviceId device) {
    Eyes eyes(h);
    std::vector<Could<UserId>> found;
    const Device* const then = h.past.device(device);
    if (then == nullptr || !eyes.see(device) || !eyes.see(then->org)) {
        return found;
    }
    for (const UserId user : members_reaching(h.past, *h.past.org(then->org))) {
        const DeviceRights rights = device_rights(h.past, user, device, h.then).rights;
        if (rights.any() && eyes.see(user) && eyes.saw_stand(user)) {
            found.push_back({user, rights});
        }
    }
    return found;
}

std::vector<Could<DeviceId>> what_could(const Hindsight& h, UserId user) {
    Eyes eyes(h);
    std::vector<Could<DeviceId>> found;
    if (!eyes.see(user) || !eyes.saw_stand(user)) {
        return found;
    }
    for (const DeviceId device : visible_devices(h.past, user, {}, everything, h.then).items) {
        if (eyes.see(device) && eyes.see(h.past.device(device)->org)) {
            found.push_back({device, device_rights(h.past, user, device, h.then).rights});
        }
    }
    return found;
}

}  // namespace treeline
