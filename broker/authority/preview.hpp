// What a push would do, for a dry run: the same change, applied to a copy and compared. Pure.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "broker/domain/directory.hpp"

namespace treeline {

struct PushPreview {
    struct Rights {  // of one user with a membership in the org whose role's set changes there
        UserId user{};
        OrgId org{};
        PermissionSet gained;
        PermissionSet lost;
    };
    std::vector<OrgId> orgs;  // that change; of those that change alike, parents before children
    std::vector<Rights> users;
    // Of the pushed subtree, what comes into a user's sight and what goes out of it; ascending.
    std::vector<std::pair<UserId, DeviceId>> appeared;
    std::vector<std::pair<UserId, DeviceId>> vanished;
    std::vector<std::pair<UserId, OrgId>> orgs_lost;
};

// `after` = foresee(before, the push's change); `groups` are that push's, or the undo_effect of an
// undoing. Reads the memberships and devices of the pushed subtree only. Costs a walk per changed
// user and org below his membership.
PushPreview preview_push(const Directory& before, const Directory& after,
                         const std::vector<PushGroup>& groups, UnixTime now);

// Does one membership of `viewer` show him every org below `top`, its users and its devices? Then
// nothing of a push from there is unseen; false doesn't say that something is.
bool sees_all_below(const Directory& world, UserId viewer, OrgId top, UnixTime now);

// Whoever may push need not see people or devices: what `viewer` doesn't see in `world` goes.
void leave_out_unseen(const Directory& world, UserId viewer, PushPreview& preview, UnixTime now);

// The first of each list, and how many there are of each.
struct ShownPush {
    struct Devices {  // as one user sees them
        UserId user{};
        std::vector<DeviceId> appeared;
        std::vector<DeviceId> vanished;
    };
    std::vector<OrgId> orgs;
    std::vector<PushPreview::Rights> users;
    std::vector<Devices> devices;
    std::size_t orgs_total = 0;
    std::size_t users_total = 0;
    std::size_t devices_total = 0;  // users with devices, as the list
};
// At most `max` of each list, and of each user's devices.
ShownPush first_of(const PushPreview& preview, std::size_t max);
// As above, in a later world. Costs a question for each thing that is shown; of what is only
// counted, the totals go on saying how much he saw when he asked.
void leave_out_unseen(const Directory& world, UserId viewer, ShownPush& shown, UnixTime now);

}  // namespace treeline
