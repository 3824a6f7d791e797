// effect_of: whom a change may have moved something for.
#include "broker/domain/effect.hpp"

#include <map>

#include "broker/domain/followers.hpp"

namespace treeline {
namespace {

// More than this many users are not named: examining every seat is then as cheap.
constexpr std::size_t users_max = 10'000;

template <class T>
void append(std::vector<T>& to, const std::vector<T>& from) {
    to.insert(to.end(), from.begin(), from.end());
}

class Finder {
  public:
    Finder(const Directory& before, const Directory& after) : before_(before), after_(after) {}

    void look(const Event& event) {
        std::visit([this](const auto& e) { on(e); }, event);
    }
    Effect take() {
        if (effect_.users.size() > users_max) {
            effect_.users.clear();
            effect_.everyone = true;
        }
        return std::move(effect_);
    }

  private:
    void on(const Founded&) {}
    void on(const OrgPut& e);
    void on(const OrgRemoved& e) { everybody_around(before_, e.org); }
    void on(const UserPut& e);
    void on(const UserRemoved& e);
    void on(const MembershipPut& e);
    void on(const MembershipRemoved& e) { holder(before_, e.membership); }
    void on(const RolePut&) {}      // a name gives nothing
    void on(const RoleRemoved&) {}  // whoever had it got the replacement, in events of their own
    void on(const PermissionsPut& e);
    void on(const PushPut& e);
    void on(const DevicePut& e);
    void on(const DeviceRemoved& e);
    void on(const LoginPut& e);
    void on(const LoginRemoved& e) { effect_.logins.push_back(e.login); }
    void on(const TransferPut&) {
    }  // an offer gives nothing; the device's own event says what moved
    void on(const AnswerKept&) {}
    void on(const CountersPut&) { effect_.everyone = true; }  // the rest stands in checkpoints only
    void on(const TreeCounted&) { effect_.everyone = true; }
    void on(const ChangedAt&) {}

    void add(UserId user) {
        if (user != UserId{} && !is_full()) {
            effect_.users.push_back(user);
        }
    }
    void holder(const Directory& world, MembershipId id) {
        if (const Membership* membership = world.membership(id)) {
            add(membership->user);
        }
    }
    void members(const Directory& world, OrgId org) {
        world.members(org, MembershipId{}, [&](const Membership& membership) {
            add(membership.user);
            return !is_full();
        });
    }
    void members_below(const Directory& world, OrgId org) {
        members(world, org);
        world.children(org, OrgId{}, [&](OrgId child) {
            members_below(world, child);
            return !is_full();
        });
    }
    void everybody_around(const Directory& world, OrgId id);
    void holders(OrgId org, RoleId role);
    void followers(OrgId top, RoleId role, SeenOrgs& seen);
    bool is_full() const { return effect_.users.size() > users_max; }

    const Directory& before_;
    const Directory& after_;
    Effect effect_;
};

// The members of the org, and of those above it who may look or reach below.
void Finder::everybody_around(const Directory& world, OrgId id) {
    const Org* org = world.org(id);
    if (org == nullptr) {
        return;
    }
    members(world, id);
    for (const OrgId above : org->ancestors) {
        world.members(above, MembershipId{}, [&](const Membership& membership) {
            if (contains(world.permissions(above, membership.role), Permission::suborgs_view)) {
                add(membership.user);
            }
            return !is_full();
        });
    }
}

void Finder::on(const OrgPut& e) {
    const Org* before = before_.org(e.org.id);
    const Org* after = after_.org(e.org.id);
    if (before == nullptr || after == nullptr) {
        everybody_around(after_, e.org.id);
    } else if (before->ancestors != after->ancestors) {
        effect_.everyone = true;  // also those above it, in the old place and the new
    } else if (before->status != after->status) {
        members_below(after_, e.org.id);
    }
}

void Finder::on(const UserPut& e) {
    add(e.user.id);
    const User* before = before_.user(e.user.id);
    if (before == nullptr || before->auth_epoch == e.user.auth_epoch) {
        return;
    }
    before_.logins(e.user.id, [&](const LoginRecord& login) {
        effect_.logins.push_back(login.id);
        return true;
    });
}

void Finder::on(const UserRemoved& e) {
    add(e.user);
    before_.logins(e.user, [&](const LoginRecord& login) {
        effect_.logins.push_back(login.id);
        return true;
    });
}

void Finder::on(const MembershipPut& e) {
    holder(before_, e.membership.id);
    add(e.membership.user);
}

// Whose membership changed with the set is named by that membership's own event.
void Finder::holders(OrgId org, RoleId role) {
    after_.members(org, MembershipId{}, [&](const Membership& membership) {
        if (membership.role == role) {
            add(membership.user);
        }
        return !is_full();
    });
}

// Those with the role in the org, and in the orgs below that follow it.
void Finder::followers(OrgId top, RoleId role, SeenOrgs& seen) {
    visit_followers(after_, top, role, [&](OrgId org) {
        const bool is_new = !is_full() && seen.add(org);
        if (is_new) {
            holders(org, role);
        }
        return is_new;
    });
}

void Finder::on(const PermissionsPut& e) {
    visit_followers(after_, e.permissions.org, e.permissions.role, [&](OrgId org) {
        holders(org, e.permissions.role);
        return !is_full();
    });
}

void Finder::on(const PushPut& e) {
    std::map<RoleId, SeenOrgs> seen;
    for (const PushGroup& group : e.push.groups) {
        SeenOrgs& of_role = seen.try_emplace(group.role, after_).first->second;
        for (const OrgId org : group.orgs) {
            followers(org, group.role, of_role);
        }
    }
}

void Finder::on(const DevicePut& e) {
    effect_.devices.push_back(e.device.id);
    const Device* before = before_.device(e.device.id);
    // A connection that has acknowledged the new token is known by it, and stays (hub/fence).
    if (before != nullptr && before->token != e.device.token) {
        effect_.cut_devices.push_back(e.device.id);
    }
}

void Finder::on(const DeviceRemoved& e) {
    effect_.devices.push_back(e.device);
    effect_.cut_devices.push_back(e.device);
}

// A sign-in takes nothing from anyone; a refresh ends what the old token opened.
void Finder::on(const LoginPut& e) {
    const LoginRecord* before = before_.login(e.login.id);
    if (before != nullptr && before->access != e.login.access) {
        effect_.logins.push_back(e.login.id);
    }
}

}  // namespace

void Effect::merge(const Effect& later) {
    append(users, later.users);
    append(devices, later.devices);
    append(cut_devices, later.cut_devices);
    append(logins, later.logins);
    everyone = everyone || later.everyone;
}

Effect effect_of(const Directory& before, const Directory& after, const Change& change) {
    Finder finder(before, after);
    for (const Event& event : change.events) {
        finder.look(event);
    }
    return finder.take();
}

}  // namespace treeline
