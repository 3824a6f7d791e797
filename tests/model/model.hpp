// The reference model of tenancy.md: the rules once more, written from the text with plain structs
// and simple loops, sharing no code with the broker. Slow on purpose.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace treeline::model {

using Id = std::uint64_t;  // 0: none
using Instant = std::int64_t;
using Names = std::set<std::string>;  // of permissions ("users.view") or of device rights ("view")

struct Org {
    Id id = 0;
    Id parent = 0;
    bool suspended = false;
};
struct User {
    Id id = 0;
    std::string status = "active";  // or "pending", "suspended"
};
struct Membership {
    Id id = 0;
    Id user = 0;
    Id org = 0;
    unsigned role = 0;
    bool pending = false;
    std::optional<Instant> not_before;
    std::optional<Instant> not_after;
};
struct Set {
    Id org = 0;
    unsigned role = 0;
    Names permissions;
};
struct Device {
    Id id = 0;
    Id org = 0;
    Id owner = 0;
    std::string name;
};
struct World {
    std::vector<Org> orgs;
    std::vector<User> users;
    std::vector<Membership> memberships;
    std::vector<Set> sets;
    std::vector<Device> devices;
};

// ---- the table of §3
const std::vector<std::string>& all_permissions();
Names prerequisites(const std::string& permission);
Names effective(const Names& set);
// 1 Admin, 2 Staff, 3 User; empty for others.
Names default_permissions(unsigned role);

// ---- the tree
bool is_proper_ancestor(const World& world, Id above, Id org);
bool is_suspended(const World& world, Id org);  // itself or an ancestor

// ---- the rules
Names set_of(const World& world, Id org, unsigned role);
bool is_live(const World& world, const Membership& membership, Instant now);
bool has_live_membership(const World& world, Id user, Instant now);
// The first instant after `now` at which a window of the user's begins or ends.
std::optional<Instant> next_edge(const World& world, Id user, Instant now);
Names device_rights(const World& world, Id user, Id device, Instant now);
Names org_permissions(const World& world, Id user, Id org, Instant now);
Names held(const World& world, Id user, Id org, Instant now);

bool sees_org(const World& world, Id viewer, Id org, Instant now);
bool sees_user(const World& world, Id viewer, Id user, Instant now);
bool sees_device(const World& world, Id viewer, Id device, Instant now);
bool sees_membership(const World& world, Id viewer, Id membership, Instant now);
std::vector<Id> visible_orgs(const World& world, Id viewer, Instant now);     // ascending
std::vector<Id> visible_devices(const World& world, Id viewer, Instant now);  // ascending

// ---- explain: the words of platform-api.md
struct Why {
    bool allowed = false;
    std::string rule;
};
// `action`: a bare right for a device, group.name for an org.
Why explain_device(const World& world, Id user, Id device, const std::string& action, Instant now);
Why explain_org(const World& world, Id user, Id org, const std::string& action, Instant now);

}  // namespace treeline::model
