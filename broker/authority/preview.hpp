// What a push would do, for a dry run: the same change, applied to a copy and compared. Pure.
#pragma once

#include <cstddef>
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
    struct Devices {  // of the pushed subtree, as one user sees them
        UserId user{};
        std::vector<DeviceId> appeared;
        std::vector<DeviceId> vanished;
    };
    struct Orgs {  // of the pushed subtree, out of one user's sight
        UserId user{};
        std::vector<OrgId> vanished;
    };
    std::vector<OrgId> orgs;  // that change, parents before children
    std::vector<Rights> users;
    std::vector<Devices> devices;
    std::vector<Orgs> orgs_lost;
};

// What one viewer is told of it: the first of each list, and how many he sees of each.
struct ShownPush {
    PushPreview first;
    std::size_t orgs = 0;
    std::size_t users = 0;
    std::size_t devices = 0;
};
// At most `max` of each list, and of each row's devices. Whoever may push need not see people or
// devices: what he doesn't see in `world` is left out and not counted.
ShownPush shown_to(const Directory& world, UserId viewer, PushPreview preview, std::size_t max,
                   UnixTime now);
// Leaves out what he doesn't see in a later world. Costs a question for each thing that is shown.
void hide_unseen(const Directory& world, UserId viewer, ShownPush& shown, UnixTime now);

// `after` = apply(before, the push's change); `groups` are that push's. Reads the memberships and
// devices of the pushed subtree only. Costs a walk per changed user and org below his membership.
PushPreview preview_push(const Directory& before, const Directory& after,
                         const std::vector<PushGroup>& groups, UnixTime now);

}  // namespace treeline
