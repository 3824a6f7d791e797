// Events: what has happened, each the new state of one thing. The log is a sequence of them, and a
// checkpoint is the shortest such sequence. Applying one can't fail.
#pragma once

#include <array>
#include <cstdint>
#include <variant>
#include <vector>

#include "broker/domain/records.hpp"

namespace treeline {

using WireKey = std::array<std::byte, 32>;

struct Founded {  // the first event of every log
    WireKey wire_key{};
};
struct OrgPut {
    OrgRecord org;
};
struct OrgRemoved {
    OrgId org{};
};
struct UserPut {
    UserRecord user;
};
struct UserRemoved {
    UserId user{};
};
struct MembershipPut {
    MembershipRecord membership;
};
struct MembershipRemoved {
    MembershipId membership{};
};
struct RolePut {
    RoleRecord role;
};
struct PermissionsPut {
    PermissionsRecord permissions;
};
struct DevicePut {
    DeviceRecord device;
};
struct DeviceRemoved {
    DeviceId device{};
};
struct LoginPut {
    LoginRecord login;
};
struct LoginRemoved {
    LoginId login{};
};
// Checkpoints only: the next free numbers, and a tree's own revision count.
struct CountersPut {
    std::uint64_t next_org = 1, next_user = 1, next_membership = 1, next_device = 1, next_login = 1;
};
struct TreeCounted {
    OrgId root{};
    std::uint64_t revision = 0;
};
// Checkpoints only: the object's last-change revision, counted in its tree (the ETag).
struct ChangedAt {
    enum class Kind : std::uint8_t { org, user, membership, device } kind{};
    std::uint64_t id = 0;
    std::uint64_t tree_revision = 0;
};

using Event = std::variant<Founded, OrgPut, OrgRemoved, UserPut, UserRemoved, MembershipPut,
                           MembershipRemoved, RolePut, PermissionsPut, DevicePut, DeviceRemoved,
                           LoginPut, LoginRemoved, CountersPut, TreeCounted, ChangedAt>;

// Everything one accepted command changed: one entry of the log, one revision.
struct Change {
    UnixTime at{};
    UserId actor{};            // 0: the host's operator or the broker itself
    std::vector<OrgId> trees;  // roots whose revision counts this change; never empty but for Founded
    std::vector<Event> events;
};

}  // namespace treeline
