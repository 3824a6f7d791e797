// Time travel (tenancy.md §6): what was, cut to what the viewer may see now and stood, at that
// time, in an org that he may see now.
#pragma once

#include <vector>

#include "broker/authority/visible.hpp"

namespace treeline {

// Two worlds and two instants: rights of the viewer are asked in the present, all else in the past.
struct Hindsight {
    const Directory& present;
    const Directory& past;
    UserId viewer{};
    UnixTime now{};
    UnixTime then{};  // for the periods of memberships in the past
};

// ---- lists as they were. A row's record is the one of the past.
// `filter.owner` finds nothing where the viewer does not see that user.
Page<DeviceId> devices_then(const Hindsight& hindsight, const DeviceFilter& filter,
                            const PageRequest& page);
Page<OrgId> orgs_then(const Hindsight& hindsight, OrgId within, const PageRequest& page);
// REQUIRES: users.view at `org` now.
Page<UserId> users_then(const Hindsight& hindsight, OrgId org, const PageRequest& page);
Page<MembershipId> memberships_then(const Hindsight& hindsight, OrgId org, const PageRequest& page);
Page<MembershipId> invitations_then(const Hindsight& hindsight, OrgId org, const PageRequest& page);
Page<TransferId> transfers_then(const Hindsight& hindsight, DeviceId device,
                                const PageRequest& page);

// ---- who could what
template <class Id>
struct Could {
    Id id{};
    DeviceRights rights;  // never none
    bool operator==(const Could&) const = default;
};
// The users who had rights on the device, ascending.
std::vector<Could<UserId>> who_could(const Hindsight& hindsight, DeviceId device);
// The devices on which the user had rights, ascending.
std::vector<Could<DeviceId>> what_could(const Hindsight& hindsight, UserId user);

// What is different between two such answers.
template <class Id>
struct Difference {
    Id id{};
    DeviceRights before;
    DeviceRights after;
    bool operator==(const Difference&) const = default;
};
template <class Id>
std::vector<Difference<Id>> difference(const std::vector<Could<Id>>& before,
                                       const std::vector<Could<Id>>& after) {
    std::vector<Difference<Id>> found;
    auto old = before.begin();
    auto young = after.begin();
    while (old != before.end() || young != after.end()) {
        const bool is_old = old != before.end() && (young == after.end() || old->id <= young->id);
        Difference<Id> each{is_old ? old->id : young->id, {}, {}};
        each.before = is_old ? (old++)->rights : DeviceRights();
        const bool is_young = young != after.end() && young->id == each.id;
        each.after = is_young ? (young++)->rights : DeviceRights();
        if (each.before != each.after) {
            found.push_back(each);
        }
    }
    return found;
}

}  // namespace treeline
