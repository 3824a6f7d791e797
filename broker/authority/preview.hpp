// What a push would do, for a dry run: the same change, applied to a copy and compared. Pure.
#pragma once

#include <cstdint>
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

// `after` = apply(before, the push's change); `groups` are that push's. Reads the memberships and
// devices of the pushed subtree only. Costs a walk per changed user and org below his membership.
PushPreview preview_push(const Directory& before, const Directory& after,
                         const std::vector<PushGroup>& groups, UnixTime now);

}  // namespace treeline
