// WireIds: the permutation itself.
//
//   value  := L (27 bits) R (27 bits)
//   round  := (L, R) -> (R, L xor F(R))            8 of them
//   F(R)   := low 27 bits of SipHash-2-4(half of the key, R | round << 32 | kind << 40)
//
// Source: Luby and Rackoff 1988 for the network; Black and Rogaway 2002 for walking the cycle;
// Aumasson and Bernstein 2012 for SipHash.
#include "broker/domain/wire_id.hpp"

#include <array>
#include <bit>

namespace treeline {
namespace {

constexpr unsigned half_bits = 27;
constexpr std::uint64_t half_mask = (std::uint64_t{1} << half_bits) - 1;
constexpr unsigned rounds = 8;

enum class Kind : std::uint8_t { org = 1, user, membership, device, login, transfer };

struct SipState {
    std::uint64_t v0, v1, v2, v3;

    void mix(unsigned times) {
        for (unsigned i = 0; i < times; ++i) {
            v0 += v1;
            v1 = std::rotl(v1, 13) ^ v0;
            v0 = std::rotl(v0, 32);
            v2 += v3;
            v3 = std::rotl(v3, 16) ^ v2;
            v0 += v3;
            v3 = std::rotl(v3, 21) ^ v0;
            v2 += v1;
            v1 = std::rotl(v1, 17) ^ v2;
            v2 = std::rotl(v2, 32);
        }
    }
    void absorb(std::uint64_t block) {
        v3 ^= block;
        mix(2);
        v0 ^= block;
    }
};

// SipHash-2-4 of the eight bytes of `message`, little-endian.
std::uint64_t sip_hash(std::uint64_t k0, std::uint64_t k1, std::uint64_t message) {
    SipState state{k0 ^ 0x736f6d6570736575U, k1 ^ 0x646f72616e646f6dU, k0 ^ 0x6c7967656e657261U,
                   k1 ^ 0x7465646279746573U};
    state.absorb(message);
    state.absorb(std::uint64_t{8} << 56);  // the length, in the last block's last byte
    state.v2 ^= 0xff;
    state.mix(4);
    return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

std::uint64_t key_word(const WireKey& key, std::size_t word) {
    std::uint64_t value = 0;
    for (std::size_t i = 8; i-- > 0;) {
        value = (value << 8) | std::to_integer<std::uint64_t>(key[word * 8 + i]);
    }
    return value;
}

// One permutation of 54 bits. Even rounds use the first half of the key, odd ones the second.
class Network {
  public:
    Network(const WireKey& key, Kind kind)
        : words_{key_word(key, 0), key_word(key, 1), key_word(key, 2), key_word(key, 3)},
          tweak_(std::uint64_t{static_cast<std::uint8_t>(kind)} << 40) {}

    std::uint64_t forward(std::uint64_t value) const {
        std::uint64_t left = value >> half_bits;
        std::uint64_t right = value & half_mask;
        for (unsigned round = 0; round < rounds; ++round) {
            const std::uint64_t next = left ^ scrambled(right, round);
            left = right;
            right = next;
        }
        return (left << half_bits) | right;
    }
    std::uint64_t backward(std::uint64_t value) const {
        std::uint64_t left = value >> half_bits;
        std::uint64_t right = value & half_mask;
        for (unsigned round = rounds; round-- > 0;) {
            const std::uint64_t before = right ^ scrambled(left, round);
            right = left;
            left = before;
        }
        return (left << half_bits) | right;
    }

  private:
    std::uint64_t scrambled(std::uint64_t half, unsigned round) const {
        const std::size_t word = (round % 2) * 2;
        const std::uint64_t message = half | (std::uint64_t{round} << 32) | tweak_;
        return sip_hash(words_[word], words_[word + 1], message) & half_mask;
    }

    std::array<std::uint64_t, 4> words_;
    std::uint64_t tweak_;
};

bool in_range(std::uint64_t value) {
    return value != 0 && value <= wire_id_max;
}

std::uint64_t permuted(const WireKey& key, Kind kind, std::uint64_t value) {
    if (!in_range(value)) {
        return 0;
    }
    const Network network(key, kind);
    do {
        value = network.forward(value);
    } while (!in_range(value));
    return value;
}

std::uint64_t restored(const WireKey& key, Kind kind, std::uint64_t value) {
    if (!in_range(value)) {
        return 0;
    }
    const Network network(key, kind);
    do {
        value = network.backward(value);
    } while (!in_range(value));
    return value;
}

}  // namespace

std::uint64_t WireIds::of(OrgId id) const {
    return permuted(key_, Kind::org, number(id));
}
std::uint64_t WireIds::of(UserId id) const {
    return permuted(key_, Kind::user, number(id));
}
std::uint64_t WireIds::of(MembershipId id) const {
    return permuted(key_, Kind::membership, number(id));
}
std::uint64_t WireIds::of(DeviceId id) const {
    return permuted(key_, Kind::device, number(id));
}
std::uint64_t WireIds::of(LoginId id) const {
    return permuted(key_, Kind::login, number(id));
}
std::uint64_t WireIds::of(TransferId id) const {
    return permuted(key_, Kind::transfer, number(id));
}

OrgId WireIds::org(std::uint64_t wire) const {
    return OrgId{restored(key_, Kind::org, wire)};
}
UserId WireIds::user(std::uint64_t wire) const {
    return UserId{restored(key_, Kind::user, wire)};
}
MembershipId WireIds::membership(std::uint64_t wire) const {
    return MembershipId{restored(key_, Kind::membership, wire)};
}
DeviceId WireIds::device(std::uint64_t wire) const {
    return DeviceId{restored(key_, Kind::device, wire)};
}
LoginId WireIds::login(std::uint64_t wire) const {
    return LoginId{restored(key_, Kind::login, wire)};
}
TransferId WireIds::transfer(std::uint64_t wire) const {
    return TransferId{restored(key_, Kind::transfer, wire)};
}

}  // namespace treeline
