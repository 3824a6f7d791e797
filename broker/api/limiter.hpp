// Limiter: how many requests a minute an org, a user and an address may make; one for all shards.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "broker/api/cell_table.hpp"
#include "broker/api/sign_in_guard.hpp"
#include "broker/domain/ids.hpp"

namespace treeline {

// Per minute; 0 switches one off.
struct RateLimits {
    std::uint32_t per_org = 10'000;
    std::uint32_t per_user = 10'000;
    std::uint32_t strangers_per_ip = 1'200;    // calls without valid credentials
    std::uint32_t handshakes_per_ip = 60'000;  // TLS
    SignInLimits sign_in{};
};

// Buckets that hold a minute's tokens, or some minutes'. One is full at its first use and filled
// anew when they are over, not drop by drop: so the request that is one too many within that time
// is refused however slowly the ones before it came (REST-46). Any thread.
class Buckets {
  public:
    // `size` 0: always yes.
    Buckets(std::size_t cells, std::uint32_t size, unsigned minutes = 1)
        : size_(size), minutes_(minutes), cells_(cells) {}
    // Takes a token. None left: the seconds until there are some, at least 1.
    std::optional<unsigned> take(std::uint64_t key, SteadyTime now);
    // The same answer, but takes none.
    std::optional<unsigned> wait(std::uint64_t key, SteadyTime now);

  private:
    const std::uint32_t size_;
    const unsigned minutes_;
    CellTable cells_;
};

// Any thread. The answers are of Buckets::take: nullopt is yes.
class Limiter {
  public:
    // `seed`: random, so that nobody can choose whose bucket to share.
    Limiter(const RateLimits& limits, std::uint64_t seed);

    // A request with valid credentials; `home` is the org of the principal, 0: none.
    std::optional<unsigned> member(UserId user, OrgId home, SteadyTime now);
    // One without, by the client's address.
    std::optional<unsigned> stranger(std::string_view address, SteadyTime now);
    std::optional<unsigned> handshake(std::string_view address, SteadyTime now);
    // A password reset for an address as it was typed, whether or not anybody has it.
    std::optional<unsigned> reset(std::string_view email, SteadyTime now);
    // How often one actor is told that an address has an account (tenancy.md §5): `told` counts,
    // and once it was too often nothing is answered that would tell.
    std::optional<unsigned> may_ask_for_addresses(UserId actor, SteadyTime now);
    void told_of_an_address(UserId actor, SteadyTime now);
    SignInGuard& sign_ins() { return sign_ins_; }

  private:
    const std::uint64_t seed_;
    Buckets orgs_, users_, strangers_, handshakes_;
    Buckets resets_, told_;
    SignInGuard sign_ins_;
};

}  // namespace treeline
