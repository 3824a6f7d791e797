// Ids on the wire: a keyed permutation of the dense number, so that an id tells a tenant neither
// how many others there are nor how busy they are (tenancy.md §6).
#pragma once

#include <cstdint>
#include <optional>

#include "broker/domain/event.hpp"
#include "broker/domain/ids.hpp"

namespace treeline {

inline constexpr std::uint64_t wire_id_max = (std::uint64_t{1} << 53) - 1;

// A bijection of [1, 2^53 - 1], one per kind of id; 0 stays 0. Immutable. A balanced Feistel
// network over 54 bits, walked until the value is in range again (cycle walking).
class WireIds {
  public:
    WireIds() = default;  // of an empty Directory: the zero key
    explicit WireIds(const WireKey& key) : key_(key) {}

    std::uint64_t of(OrgId id) const;
    std::uint64_t of(UserId id) const;
    std::uint64_t of(MembershipId id) const;
    std::uint64_t of(DeviceId id) const;
    std::uint64_t of(LoginId id) const;
    std::uint64_t of(TransferId id) const;
    // The number that was permuted; id 0 for 0 and for anything over wire_id_max. The result need
    // not exist: look it up.
    OrgId org(std::uint64_t wire) const;
    UserId user(std::uint64_t wire) const;
    MembershipId membership(std::uint64_t wire) const;
    DeviceId device(std::uint64_t wire) const;
    LoginId login(std::uint64_t wire) const;
    TransferId transfer(std::uint64_t wire) const;

    const WireKey& key() const { return key_; }

  private:
    WireKey key_{};
};

}  // namespace treeline
