// The names of things. Dense numbers, never reused; 0 is "none". On the wire they are permuted
// (wire_id.hpp).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace treeline {

enum class OrgId : std::uint64_t {};
enum class UserId : std::uint64_t {};
enum class MembershipId : std::uint64_t {};
enum class DeviceId : std::uint64_t {};
enum class LoginId : std::uint64_t {};
enum class TransferId : std::uint64_t {};
// Roles are numbered per tree: 1 Admin, 2 Staff, 3 User, then custom ones. Not permuted.
enum class RoleId : std::uint32_t {};
// Position in the directory's log: the number of entries applied. Greater means later.
enum class Revision : std::uint64_t {};

inline constexpr RoleId role_admin{1};
inline constexpr RoleId role_staff{2};
inline constexpr RoleId role_user{3};

template <class Id>
constexpr auto number(Id id) {
    return static_cast<std::underlying_type_t<Id>>(id);
}

// SHA-256 of a token. Tokens are 192 or 256 random bits, so no slow hash is needed.
using TokenHash = std::array<std::byte, 32>;

}  // namespace treeline
