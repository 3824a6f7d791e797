// Whose address a request came from: the connection's, or what a trusted proxy says it was.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace treeline {

// An IPv6 address, or an IPv4 one as ::ffff:a.b.c.d.
using AddressBytes = std::array<std::uint8_t, 16>;
// "192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"; with a port ("192.0.2.1:80", "[::1]:80") too,
// since some proxies write one. nullopt for anything else.
std::optional<AddressBytes> parse_address(std::string_view text);

// A set of addresses and networks. Immutable once it is read.
class AddressRanges {
  public:
    // "10.0.0.0/8", "::1". False, and nothing added, for anything else.
    bool add(std::string_view text);
    bool contains(const AddressBytes& address) const;
    bool contains(std::string_view address) const;

  private:
    struct Range {
        AddressBytes network{};
        unsigned bits = 128;
    };
    std::vector<Range> ranges_;
};

// From the connection backwards through `forwarded_for` (the values of X-Forwarded-For, in the
// order of the request) as long as the hop is a proxy of ours: the first one that is not. What
// others wrote into the header is never looked at; a hop that can't be read ends the walk.
std::string client_address(const std::string& peer, std::span<const std::string> forwarded_for,
                           const AddressRanges& proxies);

// What limits per address count by: an IPv4 address, or the /64 of an IPv6 one, since whoever has
// one address of it has them all. Hashed with `seed`; what is no address counts by its text.
std::uint64_t address_key(std::string_view address, std::uint64_t seed);
// The same for any text: an account's address.
std::uint64_t text_key(std::string_view text, std::uint64_t seed);

}  // namespace treeline
