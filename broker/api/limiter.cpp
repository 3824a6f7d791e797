// A bucket is one word: the tick of its filling (upper half), the tokens taken (lower half).
#include "broker/api/limiter.hpp"

#include <functional>

#include "broker/api/client_address.hpp"

namespace treeline {
namespace {

constexpr std::uint64_t taken_mask = 0xffff'ffff;
constexpr std::uint32_t resets_per_address = 10;  // an hour
constexpr std::uint32_t told_per_actor = 20;      // an hour

// Ticks until it is filled anew; 0 or less: it is full. A tick more than the minutes: the first one
// is cut off at the front.
std::int32_t rest_of(std::uint64_t bucket, Tick now, unsigned minutes) {
    const auto window = static_cast<std::int32_t>(minutes) * 60 * ticks_per_second + 1;
    return bucket == 0 ? 0 : window - ticks_between(static_cast<Tick>(bucket >> 32U), now);
}

unsigned seconds_of(std::int32_t ticks) {
    return static_cast<unsigned>((ticks + ticks_per_second - 1) / ticks_per_second);
}

std::uint64_t mix(std::uint64_t number, std::uint64_t seed) {
    const std::uint64_t mixed = (number ^ seed) * 0xbf58476d1ce4e5b9U;
    return mixed ^ (mixed >> 31U);
}

}  // namespace

std::optional<unsigned> Buckets::take(std::uint64_t key, SteadyTime now) {
    if (size_ == 0) {
        return std::nullopt;
    }
    const Tick tick = tick_of(now);
    auto& cell = cells_.claim(key, [tick, minutes = minutes_](std::uint64_t bucket) {
        return rest_of(bucket, tick, minutes) > 0 ? bucket & taken_mask : 0;
    });
    std::uint64_t seen = cell.load(std::memory_order_acquire);
    for (;;) {
        const std::int32_t rest = rest_of(seen, tick, minutes_);
        if (rest > 0 && (seen & taken_mask) >= size_) {
            return seconds_of(rest);
        }
        const std::uint64_t next = rest > 0 ? seen + 1 : (std::uint64_t{tick} << 32U) | 1U;
        if (cell.compare_exchange_weak(seen, next, std::memory_order_acq_rel)) {
            return std::nullopt;
        }
    }
}

std::optional<unsigned> Buckets::wait(std::uint64_t key, SteadyTime now) {
    if (size_ == 0) {
        return std::nullopt;
    }
    const Tick tick = tick_of(now);
    const auto& cell = cells_.claim(key, [tick, minutes = minutes_](std::uint64_t bucket) {
        return rest_of(bucket, tick, minutes) > 0 ? bucket & taken_mask : 0;
    });
    const std::uint64_t seen = cell.load(std::memory_order_acquire);
    const std::int32_t rest = rest_of(seen, tick, minutes_);
    const bool is_empty = rest > 0 && (seen & taken_mask) >= size_;
    return is_empty ? std::optional(seconds_of(rest)) : std::nullopt;
}

Limiter::Limiter(const RateLimits& limits, std::uint64_t seed)
    : seed_(seed),
      orgs_(1U << 14U, limits.per_org),
      users_(1U << 16U, limits.per_user),
      strangers_(1U << 16U, limits.strangers_per_ip),
      handshakes_(1U << 16U, limits.handshakes_per_ip),
      resets_(1U << 14U, resets_per_address, 60),
      told_(1U << 14U, told_per_actor, 60),
      sign_ins_(limits.sign_in, seed) {}

std::optional<unsigned> Limiter::member(UserId user, OrgId home, SteadyTime now) {
    if (const auto wait = users_.take(mix(number(user), seed_), now)) {
        return wait;
    }
    return home == OrgId{} ? std::nullopt : orgs_.take(mix(number(home), seed_), now);
}

std::optional<unsigned> Limiter::stranger(std::string_view address, SteadyTime now) {
    return strangers_.take(address_key(address, seed_), now);
}

std::optional<unsigned> Limiter::handshake(std::string_view address, SteadyTime now) {
    return handshakes_.take(address_key(address, seed_), now);
}

std::optional<unsigned> Limiter::reset(std::string_view email, SteadyTime now) {
    return resets_.take(mix(std::hash<std::string_view>{}(email), seed_), now);
}

std::optional<unsigned> Limiter::may_ask_for_addresses(UserId actor, SteadyTime now) {
    return told_.wait(mix(number(actor), seed_), now);
}

void Limiter::told_of_an_address(UserId actor, SteadyTime now) {
    static_cast<void>(told_.take(mix(number(actor), seed_), now));
}

}  // namespace treeline
