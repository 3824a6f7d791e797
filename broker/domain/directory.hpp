// The Directory: who exists and who may, at one revision. Immutable once published; any thread.
// Copying is O(1) and a change copies one short path, because the tables share structure.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/hash_trie.hpp"
#include "base/radix_map.hpp"
#include "broker/domain/event.hpp"
#include "broker/domain/ids.hpp"
#include "broker/domain/records.hpp"
#include "broker/domain/wire_id.hpp"

namespace treeline {

struct Org : OrgRecord {
    OrgId root{};
    std::vector<OrgId> ancestors;  // root first, without itself
    bool suspended_here_or_above = false;
    std::uint64_t changed_at = 0;  // the tree's revision of its last change: the ETag
};
struct User : UserRecord {
    std::uint64_t changed_at = 0;
};
struct Membership : MembershipRecord {
    std::uint64_t changed_at = 0;
};
struct Device : DeviceRecord {
    std::uint64_t changed_at = 0;
};

class Directory {
  public:
    Revision revision() const { return revision_; }
    // How many changes the tree of `root` has seen: the only revision that leaves the broker.
    std::uint64_t tree_revision(OrgId root) const;
    const WireIds& wire() const { return wire_; }

    // Null where there is none. Pointers live as long as this Directory.
    const Org* org(OrgId id) const;
    const User* user(UserId id) const;
    const Membership* membership(MembershipId id) const;
    const Device* device(DeviceId id) const;
    const LoginRecord* login(LoginId id) const;
    const RoleRecord* role(OrgId root, RoleId id) const;
    std::vector<RoleRecord> roles(OrgId root) const;  // ascending id

    // permissions(org, role) as set; empty where nothing was ever put.
    PermissionSet permissions(OrgId org, RoleId role) const;

    const User* user_by_email(std::string_view folded_email) const;
    const Device* device_by_token(const TokenHash& token) const;
    const LoginRecord* login_by_access(const TokenHash& access) const;
    const LoginRecord* login_by_refresh(const TokenHash& refresh) const;
    const LoginRecord* login_by_spent_refresh(const TokenHash& refresh) const;

    // Is `org` the org `above` itself or below it? One compare for known orgs; false for unknown.
    bool is_within(OrgId org, OrgId above) const;

    // In ascending id. `after` is exclusive (0: from the start); `visit` returns false to stop.
    std::vector<OrgId> roots() const;
    std::vector<const Membership*> memberships_of(UserId user) const;
    template <class Visit>  // bool(OrgId)
    void children(OrgId org, OrgId after, Visit&& visit) const;
    template <class Visit>  // bool(const Membership&)
    void members(OrgId org, MembershipId after, Visit&& visit) const;
    template <class Visit>  // bool(const Device&)
    void devices(OrgId org, DeviceId after, Visit&& visit) const;
    template <class Visit>  // bool(const LoginRecord&)
    void logins(UserId user, Visit&& visit) const;
    // Every id of a kind that exists, ascending; for checkpoints, lists over all, and tests.
    template <class Visit>  // bool(const Org&)
    void all_orgs(OrgId after, Visit&& visit) const;
    template <class Visit>  // bool(const User&)
    void all_users(UserId after, Visit&& visit) const;
    template <class Visit>  // bool(const Device&)
    void all_devices(DeviceId after, Visit&& visit) const;

    // The next free numbers; `decide` takes ids from here, `apply` moves them on.
    const CountersPut& next() const { return next_; }
};

using World = std::shared_ptr<const Directory>;

// `before` after `change`; its revision is one more. Can't fail: decide has seen to that.
Directory apply(Directory before, const Change& change);
// The events of a checkpoint, in order, such that applying them all to an empty Directory at once
// gives an equal one (restore). `emit` is called per event.
template <class Emit>
void to_events(const Directory& directory, Emit&& emit);
// A Directory at `revision` from a checkpoint's events.
Directory restore(Revision revision, const std::vector<Event>& events);

}  // namespace treeline
