// Two worlds compared, for those whose role's set changes in an org of theirs.
#include "broker/authority/preview.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "broker/authority/visible.hpp"
#include "broker/authority/walk.hpp"
#include "broker/domain/followers.hpp"

namespace treeline {
namespace {

constexpr std::size_t members_at_once = 2048;

// What one user has in one org, before and after.
struct Rights {
    PermissionSet had;
    PermissionSet has;
    bool saw = false;
    bool sees = false;
};

// How the set of a role changes in an org, and what comes of it there for whoever has no other
// membership; alike in nearly all pairs of a push.
struct Move {
    Rights rights;
    bool reaches_below = false;  // it changes, and says something about the orgs below

    // A permission without its prerequisite comes and goes without effect.
    bool changes() const { return rights.had != rights.has; }
};

class Comparison {
  public:
    Comparison(const Directory& before, const Directory& after, UnixTime now)
        : before_(before), after_(after), now_(now) {}

    void look_at(const std::vector<PushGroup>& groups) {
        std::vector<Pair> pairs;
        SeenOrgs seen(after_);
        for (const PushGroup& group : groups) {
            const std::size_t move = add_move(group.before.permissions, group.after.permissions);
            for (const OrgId org : group.orgs) {
                pairs.push_back({org, group.role, move});
                if (seen.add(org)) {  // several groups may name it
                    preview_.orgs.push_back(org);
                }
            }
        }
        // Where a link alone changes, nothing moves but by another set that does, further up.
        if (std::ranges::none_of(moves_, &Move::reaches_below)) {
            std::erase_if(pairs, [&](const Pair& pair) { return !moves_[pair.move].changes(); });
        }
        look_at_members(pairs);
    }
    // A user with several memberships is looked at for each, and may have been told twice.
    PushPreview take() {
        drop_repeated(preview_.appeared);
        drop_repeated(preview_.vanished);
        drop_repeated(preview_.orgs_lost);
        return std::move(preview_);
    }

  private:
    template <class Item>
    static void drop_repeated(std::vector<Item>& items) {
        std::ranges::sort(items);
        items.erase(std::unique(items.begin(), items.end()), items.end());
    }

    struct Pair {
        OrgId org{};
        RoleId role{};
        std::size_t move = 0;
    };

    // Its place in moves_.
    std::size_t add_move(const PermissionSet& from, const PermissionSet& to) {
        const Rights rights{effective(from), effective(to), true, true};
        const bool reaches = reaches_below(rights.had) || reaches_below(rights.has);
        moves_.push_back({rights, rights.had != rights.has && reaches});
        return moves_.size() - 1;
    }
    static bool reaches_below(const PermissionSet& held) {
        return contains(held, Permission::suborgs_enter) ||
               contains(held, Permission::suborgs_view);
    }

    // A tree's people lie far apart in memory, so many of them are looked up together.
    void look_at_members(const std::vector<Pair>& pairs) {
        std::vector<const Pair*> standing_in;
        std::vector<MembershipId> ids;
        for (const Pair& pair : pairs) {
            after_.member_ids(pair.org, [&](MembershipId id) {
                standing_in.push_back(&pair);
                ids.push_back(id);
                if (ids.size() == members_at_once) {
                    look_at(std::exchange(standing_in, {}), std::exchange(ids, {}));
                }
                return true;
            });
        }
        look_at(standing_in, ids);
    }

    void look_at(const std::vector<const Pair*>& standing_in,
                 const std::vector<MembershipId>& ids) {
        std::vector<Holder> holders;
        std::vector<UserId> users;
        const auto memberships = after_.memberships(ids);
        std::vector<RoleId> roles(ids.size());  // before they are compared: no wait for the last
        std::ranges::transform(memberships, roles.begin(), &Membership::role);
        for (std::size_t i = 0; i < ids.size(); ++i) {
            if (roles[i] == standing_in[i]->role) {
                holders.push_back({standing_in[i], memberships[i]});
                users.push_back(memberships[i]->user);
            }
        }
        const std::vector<bool> are_active = all_active(users);
        const auto counts = after_.membership_counts(users);
        for (std::size_t i = 0; i < users.size(); ++i) {
            if (are_active[i]) {
                look_at_holder(holders[i], counts[i] == 1);
            }
        }
    }

    std::vector<bool> all_active(const std::vector<UserId>& users) const {
        std::vector<bool> are_active;
        are_active.reserve(users.size());
        for (const User* user : after_.users(users)) {
            are_active.push_back(user != nullptr && user->status == UserStatus::active);
        }
        return are_active;
    }

    struct Holder {
        const Pair* pair;
        const Membership* membership;
    };
    void look_at_holder(const Holder& holder, bool has_no_other) {
        const Membership& membership = *holder.membership;
        const Move& move = moves_[holder.pair->move];
        const Org& org = *after_.org(membership.org);
        if (!has_no_other) {
            tell(membership, rights(membership.user, org));
        } else if (!org.suspended_here_or_above && is_in_force(membership, now_)) {
            tell(membership, move.rights);
        }
        if (move.reaches_below) {
            look_below(membership.user, membership.org);
        }
    }

    // A push changes sets alone: who is a member of what is the same in both worlds.
    Rights rights(UserId user, const Org& org) const {
        Rights found;
        walk(before_, user, org, now_, [&](const Standing& standing) {
            found.had |= acting_permissions(standing.effective, standing.reach);
            found.saw = found.saw || standing.reach != Reach::none;
            const PermissionSet given =
                after_.permissions(standing.org.id, standing.membership.role);
            const PermissionSet held =
                given == standing.given ? standing.effective : effective(given);
            const Reach reach = reach_of(standing.org, org, held);
            found.has |= acting_permissions(held, reach);
            found.sees = found.sees || reach != Reach::none;
        });
        return found;
    }

    void tell(const Membership& membership, const Rights& found) {
        if (found.had != found.has) {
            preview_.users.push_back(
                {membership.user, membership.org, found.has & ~found.had, found.had & ~found.has});
        }
        look_at_org(membership.user, membership.org, found);
    }

    // His membership reaches the orgs below as well, by what its role may there.
    void look_below(UserId user, OrgId top) {
        std::vector<OrgId> waiting{top};
        while (!waiting.empty()) {
            const OrgId org = waiting.back();
            waiting.pop_back();
            after_.children(org, OrgId{}, [&](OrgId child) {
                look_at_org(user, child, rights(user, *after_.org(child)));
                waiting.push_back(child);
                return true;
            });
        }
    }

    void look_at_org(UserId user, OrgId org, const Rights& rights) {
        if (rights.had == rights.has) {
            return;
        }
        if (rights.saw && !rights.sees) {
            preview_.orgs_lost.emplace_back(user, org);
        }
        const auto views = [](const PermissionSet& permissions, bool is_owner) {
            return contains(permissions, Permission::org_devices_view) ||
                   (is_owner && contains(permissions, Permission::own_devices_view));
        };
        const bool saw[]{views(rights.had, false), views(rights.had, true)};
        const bool sees[]{views(rights.has, false), views(rights.has, true)};
        if (std::ranges::equal(saw, sees)) {
            return;
        }
        after_.devices(org, DeviceId{}, [&](const Device& device) {
            const bool is_owner = device.owner == user;
            if (saw[is_owner] != sees[is_owner]) {
                auto& changed = sees[is_owner] ? preview_.appeared : preview_.vanished;
                changed.emplace_back(user, device.id);
            }
            return true;
        });
    }

    const Directory& before_;
    const Directory& after_;
    const UnixTime now_;
    std::vector<Move> moves_;
    PushPreview preview_;
};

}  // namespace

PushPreview preview_push(const Directory& before, const Directory& after,
                         const std::vector<PushGroup>& groups, UnixTime now) {
    Comparison comparison(before, after, now);
    comparison.look_at(groups);
    return comparison.take();
}

bool sees_all_below(const Directory& world, UserId viewer, OrgId top, UnixTime now) {
    using enum Permission;
    bool sees_all = false;
    const Org* const org = is_active(world, viewer) ? world.org(top) : nullptr;
    if (org != nullptr) {
        walk(world, viewer, *org, now, [&](const Standing& standing) {
            const PermissionSet& held = standing.effective;
            const bool reaches = contains(held, suborgs_enter) || contains(held, suborgs_view);
            sees_all = sees_all ||
                       (reaches && contains(held, users_view) && contains(held, org_devices_view));
        });
    }
    return sees_all;
}

void leave_out_unseen(const Directory& world, UserId viewer, PushPreview& preview, UnixTime now) {
    Viewer sight(world, viewer, now);
    const auto hides_device = [&](const std::pair<UserId, DeviceId>& one) {
        return !sight.sees(one.second) || !sight.sees(one.first);
    };
    std::erase_if(preview.orgs, [&](OrgId id) { return !sight.sees(id); });
    std::erase_if(preview.users, [&](const auto& rights) { return !sight.sees(rights.user); });
    std::erase_if(preview.appeared, hides_device);
    std::erase_if(preview.vanished, hides_device);
    std::erase_if(preview.orgs_lost, [&](const std::pair<UserId, OrgId>& one) {
        return !sight.sees(one.second) || !sight.sees(one.first);
    });
}

ShownPush first_of(const PushPreview& preview, std::size_t max) {
    ShownPush shown;
    const auto first = [&](const auto& items) {
        return std::vector(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(
                                                              std::min(items.size(), max)));
    };
    shown.orgs = first(preview.orgs);
    shown.orgs_total = preview.orgs.size();
    shown.users = first(preview.users);
    shown.users_total = preview.users.size();
    auto appeared = preview.appeared.begin();
    auto vanished = preview.vanished.begin();
    while (appeared != preview.appeared.end() || vanished != preview.vanished.end()) {
        const UserId user = appeared == preview.appeared.end() ? vanished->first
                            : vanished == preview.vanished.end()
                                ? appeared->first
                                : std::min(appeared->first, vanished->first);
        ShownPush::Devices devices{user, {}, {}};
        const auto take = [&](auto& at, auto end, std::vector<DeviceId>& into) {
            for (; at != end && at->first == user; ++at) {
                if (shown.devices_total < max && into.size() < max) {
                    into.push_back(at->second);
                }
            }
        };
        take(appeared, preview.appeared.end(), devices.appeared);
        take(vanished, preview.vanished.end(), devices.vanished);
        if (shown.devices_total++ < max) {
            shown.devices.push_back(std::move(devices));
        }
    }
    return shown;
}

void leave_out_unseen(const Directory& world, UserId viewer, ShownPush& shown, UnixTime now) {
    Viewer sight(world, viewer, now);
    const auto hides_device = [&](DeviceId id) { return !sight.sees(id); };
    shown.orgs_total -= std::erase_if(shown.orgs, [&](OrgId id) { return !sight.sees(id); });
    shown.users_total -=
        std::erase_if(shown.users, [&](const auto& rights) { return !sight.sees(rights.user); });
    shown.devices_total -= std::erase_if(shown.devices, [&](ShownPush::Devices& devices) {
        std::erase_if(devices.appeared, hides_device);
        std::erase_if(devices.vanished, hides_device);
        return !sight.sees(devices.user) || (devices.appeared.empty() && devices.vanished.empty());
    });
}

}  // namespace treeline
