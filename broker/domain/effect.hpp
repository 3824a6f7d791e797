// Effect: whose rights a change may have moved, so that shards re-examine those and no others.
#pragma once

#include <vector>

#include "broker/domain/directory.hpp"

namespace treeline {

// An over-estimate is safe (someone is looked at twice), an omission is not. Ids may repeat.
struct Effect {
    std::vector<UserId> users;          // any right of theirs anywhere, or their account's status
    std::vector<DeviceId> devices;      // made, deleted, moved, owner changed, renamed …
    std::vector<DeviceId> cut_devices;  // whose connection must close: token rotated, deleted
    std::vector<LoginId> logins;        // ended, replaced, or dead by the user's auth_epoch
    bool everyone = false;              // too many to name: examine every seat

    void merge(const Effect& later);
};

// From what changed between the two worlds, whatever the command was. `after` = apply(before,
// change). A permission set → the users with that role in that org. A membership → its user. An
// org's status or place → the members of it and of all below. A device record → the device.
Effect effect_of(const Directory& before, const Directory& after, const Change& change);

}  // namespace treeline
