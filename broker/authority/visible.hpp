// What a user may see, as questions and as pages. Used by REST lists and app lists alike.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "broker/authority/authorise.hpp"

namespace treeline {

bool sees_org(const Directory& directory, UserId viewer, OrgId org, UnixTime now);
bool sees_user(const Directory& directory, UserId viewer, UserId user, UnixTime now);
bool sees_device(const Directory& directory, UserId viewer, DeviceId device, UnixTime now);
// As its user or its org is (tenancy.md §3 "Visible").
bool sees_membership(const Directory& directory, UserId viewer, MembershipId membership,
                     UnixTime now);

// The same questions for many things at once. Remembers the viewer's permissions at each org: for
// one viewer, world and instant.
class Viewer {
  public:
    Viewer(const Directory& directory, UserId viewer, UnixTime now)
        : directory_(directory), viewer_(viewer), now_(now) {}
    bool sees(OrgId org) const { return sees_org(directory_, viewer_, org, now_); }
    bool sees(UserId user);
    bool sees(DeviceId device);

  private:
    const PermissionSet& at(OrgId org);

    const Directory& directory_;
    const UserId viewer_;
    const UnixTime now_;
    boost::unordered_flat_map<OrgId, PermissionSet> known_;
};

// A transfer is seen from both its sides: by whoever made it or had the device while he may see
// that org, by the user named, and by who may transfer devices at the one org or take them in at
// the other. Remembers what it found at each org: for one viewer, world and instant.
class TransferViewer {
  public:
    TransferViewer(const Directory& directory, UserId viewer, UnixTime now)
        : directory_(directory), viewer_(viewer), now_(now) {}
    bool sees(const TransferRecord& transfer);

  private:
    struct Sides {
        bool sees = false;
        bool gives = false;
        bool takes = false;
    };
    const Sides& at(OrgId org);

    const Directory& directory_;
    const UserId viewer_;
    const UnixTime now_;
    std::map<OrgId, Sides> known_;
};
bool sees_transfer(const Directory& directory, UserId viewer, TransferId transfer, UnixTime now);

// How a value that the viewer may not see reads: "above" for an ancestor of `standing`, else
// "outside" (tenancy.md §1).
enum class Hidden : std::uint8_t { above, outside };
Hidden hidden(const Directory& directory, OrgId standing, OrgId other);

// One page in ascending id order. `after` is exclusive. `total` counts visible rows only.
struct PageRequest {
    std::uint64_t after = 0;
    std::size_t limit = 50;
};
template <class Id>
struct Page {
    std::vector<Id> items;
    std::uint64_t next_after = 0;  // 0: that was the last page
    std::uint64_t total = 0;
};

struct DeviceFilter {
    OrgId org{};           // 0: wherever the viewer may see devices
    bool subtree = false;  // with org: it and all below
    UserId owner{};        // 0: any
    std::string text;      // part of the name, case-folded; empty: any
};
Page<DeviceId> visible_devices(const Directory& directory, UserId viewer,
                               const DeviceFilter& filter, const PageRequest& page, UnixTime now);
// All orgs the viewer may see; `within` (0: everywhere) limits to a subtree.
Page<OrgId> visible_orgs(const Directory& directory, UserId viewer, OrgId within,
                         const PageRequest& page, UnixTime now);
// The users with a membership in `org`, that org's memberships, and those of them that wait.
// REQUIRES: users.view there.
Page<UserId> users_of(const Directory& directory, OrgId org, const PageRequest& page);
Page<MembershipId> memberships_in(const Directory& directory, OrgId org, const PageRequest& page);
Page<MembershipId> invitations_in(const Directory& directory, OrgId org, const PageRequest& page);
// `device` 0: of any device.
Page<TransferId> visible_transfers(const Directory& directory, UserId viewer, DeviceId device,
                                   const PageRequest& page, UnixTime now);

// Walks the visible devices of a scope in ascending (org, device) order from `cursor` on, at most
// `steps` devices a call; for watches, which pull. Calls `visit` for each visible device.
struct ScopeCursor {
    OrgId org{};
    DeviceId device{};
    bool done = false;
};
struct Scope {
    enum class Kind : std::uint8_t { device, org, subtree } kind{};
    DeviceId device{};
    OrgId org{};
};
bool covers(const Directory& directory, const Scope& scope, const Device& device);
ScopeCursor walk_scope(const Directory& directory, UserId viewer, const Scope& scope,
                       ScopeCursor cursor, std::size_t steps, UnixTime now,
                       const std::function<void(const Device&, const DeviceVerdict&)>& visit);

}  // namespace treeline
