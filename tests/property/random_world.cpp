// Drawing random worlds, and translating between the model's structs and the Directory.
#include "tests/property/random_world.hpp"

#include <algorithm>
#include <cstring>

#include <rapidcheck.h>

namespace treeline::property {
namespace {

using model::Id;
using model::Names;

int pick(int below) {
    return below <= 1 ? 0 : *rc::gen::resize(1000, rc::gen::inRange(0, below));
}
bool one_in(int n) {
    return pick(n) == n - 1;
}

// 1 … count in any order.
std::vector<Id> shuffled_ids(int count) {
    std::vector<Id> ids;
    for (int i = 0; i < count; ++i) {
        ids.insert(ids.begin() + pick(i + 1), static_cast<Id>(i + 1));
    }
    return ids;
}

void draw_orgs(model::World& world, int count) {
    const std::vector<Id> ids = shuffled_ids(count);
    for (std::size_t i = 0; i < ids.size(); ++i) {
        model::Org org{ids[i], 0, one_in(12)};
        if (i > 0 && !one_in(15)) {
            org.parent = world.orgs[static_cast<std::size_t>(pick(static_cast<int>(i)))].id;
        }
        world.orgs.push_back(org);
    }
}

// The switches that decide how far a set reaches, and some others.
Names toggled(Names set, int times) {
    static const std::vector<std::string> levers{
        "suborgs.view",     "suborgs.enter",       "org_devices.view", "own_devices.view",
        "users.view",       "org_devices.control", "roles.edit",       "roles.view",
        "own_devices.edit", "users.invite",        "users.edit",       "users.set_password"};
    for (int i = 0; i < times; ++i) {
        const std::string& lever =
            levers[static_cast<std::size_t>(pick(static_cast<int>(levers.size())))];
        if (set.erase(lever) == 0) {
            set.insert(lever);
        }
    }
    return set;
}

Names anything() {
    const auto bits = *rc::gen::resize(100, rc::gen::arbitrary<std::uint64_t>());
    Names set;
    for (std::size_t i = 0; i < model::all_permissions().size(); ++i) {
        if (((bits >> (i % 64)) & 1U) != 0) {
            set.insert(model::all_permissions()[i]);
        }
    }
    return set;
}

Names draw_set(unsigned role) {
    switch (pick(4)) {
        case 0:
            return model::default_permissions(role);
        case 1:
            return toggled(model::default_permissions(role), 1 + pick(3));
        case 2:
            return toggled(model::default_permissions(1), 1 + pick(4));
        default:
            return anything();
    }
}

std::optional<model::Instant> draw_edge() {
    if (pick(3) != 0) {
        return std::nullopt;
    }
    return noon + 1000 * (pick(5) - 1);
}

void draw_memberships(model::World& world, Id user) {
    const int count = pick(4);
    for (int i = 0; i < count; ++i) {
        const auto org =
            world.orgs[static_cast<std::size_t>(pick(static_cast<int>(world.orgs.size())))];
        const bool is_member = std::ranges::any_of(
            world.memberships, [&](const auto& m) { return m.user == user && m.org == org.id; });
        if (is_member) {
            continue;
        }
        model::Membership membership;
        membership.id = world.memberships.size() + 1;
        membership.user = user;
        membership.org = org.id;
        membership.role = static_cast<unsigned>(1 + pick(4));
        membership.pending = one_in(8);
        membership.not_before = draw_edge();
        membership.not_after = draw_edge();
        world.memberships.push_back(membership);
    }
}

void draw_users(model::World& world, int count) {
    static const std::vector<std::string> statuses{"active", "active", "active",  "active",
                                                   "active", "active", "pending", "suspended"};
    for (int i = 0; i < count; ++i) {
        world.users.push_back(
            {static_cast<Id>(i + 1), statuses[static_cast<std::size_t>(pick(8))]});
        draw_memberships(world, world.users.back().id);
    }
}

void draw_devices(model::World& world, int count) {
    for (const Id id : shuffled_ids(count)) {
        model::Device device;
        device.id = id;
        device.org =
            world.orgs[static_cast<std::size_t>(pick(static_cast<int>(world.orgs.size())))].id;
        device.owner = static_cast<Id>(pick(static_cast<int>(world.users.size()) + 1));
        device.name = pick(2) == 0 ? "lamp " + std::to_string(id) : "pump " + std::to_string(id);
        world.devices.push_back(device);
    }
}

std::optional<UnixTime> time_of(const std::optional<model::Instant>& instant) {
    return instant ? std::optional(at(*instant)) : std::nullopt;
}
std::optional<model::Instant> instant_of(const std::optional<UnixTime>& time) {
    return time ? std::optional(to_unix_ms(*time)) : std::nullopt;
}

OrgRecord record_of(const model::Org& org) {
    OrgRecord record;
    record.id = OrgId{org.id};
    record.parent = OrgId{org.parent};
    record.name = "org " + std::to_string(org.id);
    record.kind = org.parent == 0 ? OrgKind::root : OrgKind::client;
    record.can_create_suborgs = true;
    record.status = org.suspended ? OrgStatus::suspended : OrgStatus::active;
    return record;
}

UserRecord record_of(const model::User& user) {
    UserRecord record;
    record.id = UserId{user.id};
    record.email = "user" + std::to_string(user.id) + "@example.com";
    record.name = "user " + std::to_string(user.id);
    record.password_verifier = "verifier";
    if (user.id % 3 != 0) {
        record.email_verified_at = at(0);
    }
    record.status = user.status == "active"    ? UserStatus::active
                    : user.status == "pending" ? UserStatus::pending
                                               : UserStatus::suspended;
    return record;
}

MembershipRecord record_of(const model::Membership& membership) {
    MembershipRecord record;
    record.id = MembershipId{membership.id};
    record.user = UserId{membership.user};
    record.org = OrgId{membership.org};
    record.role = RoleId{membership.role};
    record.status = membership.pending ? MembershipStatus::pending : MembershipStatus::active;
    record.not_before = time_of(membership.not_before);
    record.not_after = time_of(membership.not_after);
    return record;
}

DeviceRecord record_of(const model::Device& device) {
    DeviceRecord record;
    record.id = DeviceId{device.id};
    record.org = OrgId{device.org};
    record.owner = UserId{device.owner};
    record.name = device.name;
    std::memcpy(record.token.data(), &device.id, sizeof device.id);
    return record;
}

void read_orgs(const Directory& directory, OrgId parent, model::World& world) {
    const auto read = [&](OrgId id) {
        const Org& org = *directory.org(id);
        world.orgs.push_back({number(id), number(org.parent), org.status == OrgStatus::suspended});
        for (const RoleRecord& role : directory.roles(org.root)) {
            world.sets.push_back(
                {number(id), number(role.id), names_of(directory.permissions(id, role.id))});
        }
        read_orgs(directory, id, world);
        return true;
    };
    directory.children(parent, OrgId{}, read);
    if (parent == OrgId{}) {
        for (const OrgId root : directory.roots()) {
            read(root);
        }
    }
}

}  // namespace

model::World draw_world(const Sizes& sizes) {
    model::World world;
    draw_orgs(world, 1 + pick(sizes.orgs_max));
    for (const model::Org& org : world.orgs) {
        for (const unsigned role : {1U, 2U, 3U, 4U}) {
            world.sets.push_back({org.id, role, draw_set(role)});
        }
    }
    draw_users(world, 1 + pick(sizes.users_max));
    draw_devices(world, pick(sizes.devices_max + 1));
    return world;
}

Directory directory_of(const model::World& world) {
    std::vector<Event> events{Founded{}};
    for (const model::Org& org : world.orgs) {
        events.emplace_back(OrgPut{record_of(org)});
        if (org.parent == 0) {
            for (const unsigned role : {1U, 2U, 3U, 4U}) {
                events.emplace_back(
                    RolePut{{OrgId{org.id}, RoleId{role}, "role " + std::to_string(role)}});
            }
        }
    }
    for (const model::Set& set : world.sets) {
        events.emplace_back(
            PermissionsPut{{OrgId{set.org}, RoleId{set.role}, set_of(set.permissions)}});
    }
    for (const model::User& user : world.users) {
        events.emplace_back(UserPut{record_of(user)});
    }
    for (const model::Membership& membership : world.memberships) {
        events.emplace_back(MembershipPut{record_of(membership)});
    }
    for (const model::Device& device : world.devices) {
        events.emplace_back(DevicePut{record_of(device)});
    }
    return restore(Revision{1}, events);
}

model::World model_of(const Directory& directory) {
    model::World world;
    read_orgs(directory, OrgId{}, world);
    directory.all_users(UserId{}, [&](const User& user) {
        world.users.push_back({number(user.id), user.status == UserStatus::active ? "active"
                                                : user.status == UserStatus::pending
                                                    ? "pending"
                                                    : "suspended"});
        return true;
    });
    directory.all_memberships(MembershipId{}, [&](const Membership& m) {
        world.memberships.push_back({number(m.id), number(m.user), number(m.org), number(m.role),
                                     m.status == MembershipStatus::pending,
                                     instant_of(m.not_before), instant_of(m.not_after)});
        return true;
    });
    directory.all_devices(DeviceId{}, [&](const Device& device) {
        world.devices.push_back(
            {number(device.id), number(device.org), number(device.owner), device.name});
        return true;
    });
    return world;
}

model::Names names_of(const PermissionSet& set) {
    model::Names names;
    for (const Permission permission : all_permissions()) {
        if (contains(set, permission)) {
            names.emplace(name(permission));
        }
    }
    return names;
}

model::Names names_of(const DeviceRights& rights) {
    model::Names names;
    for (std::size_t i = 0; i < device_right_count; ++i) {
        if (rights[i]) {
            names.emplace(name(static_cast<DeviceRight>(i)));
        }
    }
    return names;
}

PermissionSet set_of(const model::Names& names) {
    PermissionSet set;
    for (const std::string& permission : names) {
        set.set(index(*permission_named(permission)));
    }
    return set;
}

}  // namespace treeline::property
