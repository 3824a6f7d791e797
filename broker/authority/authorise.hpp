// The access rule of tenancy.md §3, and nothing else in the project says yes. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "broker/domain/directory.hpp"

namespace treeline {

// platform-api.md, "Explain: rules". The word of the walk's strongest finding.
enum class Rule : std::uint8_t {
    own_device,
    org_device,
    member,
    ancestor_enter,
    ancestor_view,  // yes, because
    no_membership,
    suspended,
    missing_permission,
    missing_prerequisite,  // no, because
};
std::string_view name(Rule rule);

// A user's rights on one device at one revision and instant. A fact: it stays true while neither
// the tree, the user's memberships, the sets nor the device change, and until `valid_until`.
struct DeviceVerdict {
    DeviceRights rights;
    UnixTime valid_until = unix_time_max;  // the nearest window edge of the user's memberships
};
DeviceVerdict device_rights(const Directory& directory, UserId user, DeviceId device, UnixTime now);

struct OrgVerdict {
    PermissionSet permissions;
    UnixTime valid_until = unix_time_max;
};
// org_permissions(user, org, now): the groups other than devices.
OrgVerdict org_permissions(const Directory& directory, UserId user, OrgId org, UnixTime now);
// What the user *holds* at `org` for the purpose of granting: own-device permissions included,
// ancestors only with suborgs.enter (tenancy.md §3 "Held").
PermissionSet held(const Directory& directory, UserId user, OrgId org, UnixTime now);

// Is the membership live (tenancy.md §2)?
bool is_live(const Directory& directory, const Membership& membership, UnixTime now);
bool has_live_membership(const Directory& directory, UserId user, UnixTime now);
// The earliest not_before or not_after of the user's memberships after `now`.
UnixTime next_window_edge(const Directory& directory, UserId user, UnixTime now);

// One decision with its reason, by the same walk; for explain and for 403 answers.
struct Explanation {
    bool allowed = false;
    Rule rule{};
    OrgId membership_org{};  // the membership that decided; 0: none
    RoleId role{};
    std::optional<Permission> missing;
};
Explanation explain_device(const Directory& directory, UserId user, DeviceId device,
                           DeviceRight action, UnixTime now);
// Who could give `permission` at `org` to somebody else: holds it there, and may change sets or
// memberships there. `at`: the membership by which. Ascending by user, once each.
struct Grantor {
    UserId user{};
    OrgId at{};
};
std::vector<Grantor> who_could_grant(const Directory& directory, UserId to, OrgId org,
                                     Permission permission, UnixTime now);
Explanation explain_org(const Directory& directory, UserId user, OrgId org, Permission action,
                        UnixTime now);

}  // namespace treeline
