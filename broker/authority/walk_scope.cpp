// The visible devices of a watched device, org or subtree, pulled in bounded steps.
#include <algorithm>

#include "broker/authority/visible.hpp"
#include "broker/authority/walk.hpp"

namespace treeline {
namespace {

// Orgs without devices cost no step of a call, but their number is bounded by this per step.
constexpr std::size_t orgs_per_step = 16;

using Visitor = std::function<void(const Device&, const DeviceVerdict&)>;

class ScopeWalk {
  public:
    ScopeWalk(const Directory& directory, UserId viewer, std::size_t steps, UnixTime now,
              const Visitor& visit)
        : directory_(directory),
          viewer_(viewer),
          now_(now),
          visit_(visit),
          devices_left_(std::max<std::size_t>(steps, 1)),
          orgs_left_(devices_left_ * orgs_per_step) {}

    void device(const Device& device) {
        const DeviceVerdict verdict = device_rights(directory_, viewer_, device.id, now_);
        if (contains(verdict.rights, DeviceRight::view)) {
            visit_(device, verdict);
        }
    }

    // The org's devices after `after`; where it stopped when the steps ran out.
    ScopeCursor org(const Org& org, DeviceId after) {
        const Grants grants = grants_at(directory_, viewer_, org, now_);
        ScopeCursor cursor{org.id, after, true};
        if (!contains(rights_on(grants.permissions, true), DeviceRight::view)) {
            return cursor;
        }
        directory_.devices(org.id, after, [&](const Device& device) {
            if (devices_left_ == 0) {
                cursor.done = false;
                return false;
            }
            --devices_left_;
            cursor.device = device.id;
            const DeviceRights rights = rights_on(grants.permissions, device.owner == viewer_);
            if (contains(rights, DeviceRight::view)) {
                visit_(device, DeviceVerdict{rights, grants.valid_until});
            }
            return true;
        });
        return cursor;
    }

    ScopeCursor subtree(OrgId top, ScopeCursor cursor) {
        // all_orgs starts after a number: begin again with the org that the cursor is in.
        const OrgId before{cursor.org == OrgId{} ? 0 : number(cursor.org) - 1};
        ScopeCursor next{cursor.org, cursor.device, true};
        directory_.all_orgs(before, [&](const Org& here) {
            if (orgs_left_ == 0) {
                next = {here.id, DeviceId{}, false};
                return false;
            }
            --orgs_left_;
            if (!directory_.is_within(here.id, top)) {
                return true;
            }
            next = org(here, here.id == cursor.org ? cursor.device : DeviceId{});
            return next.done;
        });
        return next;
    }

  private:
    const Directory& directory_;
    UserId viewer_;
    UnixTime now_;
    const Visitor& visit_;
    std::size_t devices_left_;
    std::size_t orgs_left_;
};

}  // namespace

ScopeCursor walk_scope(const Directory& directory, UserId viewer, const Scope& scope,
                       ScopeCursor cursor, std::size_t steps, UnixTime now, const Visitor& visit) {
    ScopeWalk walk(directory, viewer, steps, now, visit);
    const ScopeCursor done{cursor.org, cursor.device, true};
    if (cursor.done) {
        return done;
    }
    if (scope.kind == Scope::Kind::device) {
        if (const Device* device = directory.device(scope.device)) {
            walk.device(*device);
        }
        return done;
    }
    const Org* top = directory.org(scope.org);
    if (top == nullptr || !sees_org(directory, viewer, scope.org, now)) {
        return done;
    }
    return scope.kind == Scope::Kind::org ? walk.org(*top, cursor.device)
                                          : walk.subtree(top->id, cursor);
}

}  // namespace treeline
