// WireIds: a permutation that tells nothing.
#include "broker/domain/wire_id.hpp"

#include <bit>
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace treeline {
namespace {

WireKey key_of(std::uint8_t seed) {
    WireKey key{};
    for (std::size_t i = 0; i < key.size(); ++i) {
        key[i] = static_cast<std::byte>(seed * 31 + i * 7);
    }
    return key;
}

TEST(WireIds, lead_back_to_the_number_and_stay_in_range) {
    EXPECT_TRUE(rc::check([] {
        const WireIds wire(key_of(*rc::gen::arbitrary<std::uint8_t>()));
        const auto n = *rc::gen::inRange<std::uint64_t>(1, wire_id_max);
        for (const std::uint64_t dense : {n, n % 1000 + 1, wire_id_max}) {
            const std::uint64_t out = wire.of(DeviceId{dense});
            RC_ASSERT((out >= 1 && out <= wire_id_max));
            RC_ASSERT(wire.device(out) == DeviceId{dense});
            RC_ASSERT(wire.of(wire.user(n)) == n);
            RC_ASSERT(wire.org(wire.of(OrgId{dense})) == OrgId{dense});
            RC_ASSERT(wire.membership(wire.of(MembershipId{dense})) == MembershipId{dense});
            RC_ASSERT(wire.login(wire.of(LoginId{dense})) == LoginId{dense});
        }
    }));
}

TEST(WireIds, keep_zero_and_know_nothing_out_of_range) {
    const WireIds wire(key_of(1));
    EXPECT_EQ(wire.of(OrgId{}), 0U);
    EXPECT_EQ(wire.org(0), OrgId{});
    EXPECT_EQ(wire.org(wire_id_max + 1), OrgId{});
    EXPECT_EQ(wire.org(~std::uint64_t{0}), OrgId{});
    EXPECT_EQ(wire.of(OrgId{wire_id_max + 1}), 0U);
}

TEST(WireIds, give_no_two_numbers_the_same_id) {
    const WireIds wire(key_of(2));
    std::set<std::uint64_t> seen;
    for (std::uint64_t n = 1; n <= 20'000; ++n) {
        seen.insert(wire.of(UserId{n}));
    }
    EXPECT_EQ(seen.size(), 20'000U);
}

TEST(WireIds, differ_between_kinds_and_keys) {
    const WireIds wire(key_of(3));
    const WireIds other(key_of(4));
    for (std::uint64_t n = 1; n <= 100; ++n) {
        const std::set<std::uint64_t> ids{wire.of(OrgId{n}),        wire.of(UserId{n}),
                                          wire.of(MembershipId{n}), wire.of(DeviceId{n}),
                                          wire.of(LoginId{n}),      other.of(OrgId{n})};
        EXPECT_EQ(ids.size(), 6U);
    }
}

TEST(WireIds, depend_on_every_byte_of_the_key) {
    const WireKey key = key_of(5);
    for (std::size_t i = 0; i < key.size(); ++i) {
        WireKey changed = key;
        changed[i] ^= std::byte{1};
        EXPECT_NE(WireIds(key).of(OrgId{1}), WireIds(changed).of(OrgId{1})) << i;
    }
}

// One bit of the number flips about half of the bits of the id.
TEST(WireIds, scatter_neighbours) {
    const WireIds wire(key_of(6));
    double flipped = 0;
    constexpr int rounds = 4000;
    for (std::uint64_t n = 1; n <= rounds; ++n) {
        const std::uint64_t bit = std::uint64_t{1} << (n % 20);
        flipped += std::popcount(wire.of(DeviceId{n + (1U << 21)}) ^
                                 wire.of(DeviceId{(n + (1U << 21)) ^ bit}));
    }
    EXPECT_NEAR(flipped / rounds, 26.5, 1.0);
}

}  // namespace
}  // namespace treeline
