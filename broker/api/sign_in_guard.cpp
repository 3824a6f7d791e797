// A cell of failures: the tick of the first one (32 bits), how many ticks later the last one was
// (20 bits), how many there were (12 bits). Ten minutes after the first one they are forgotten, or
// ten minutes after the delay has passed that they cost, whichever is later. A first one that is
// older is moved up to ten minutes before the last, so that the difference always fits.
#include "broker/api/sign_in_guard.hpp"

#include <algorithm>

#include "broker/api/client_address.hpp"

namespace treeline {
namespace {

constexpr std::int32_t window = 600 * ticks_per_second + 1;
constexpr std::int32_t delay_first = 5 * ticks_per_second;
// Per pair or address, it hits nobody else. Per account it could keep its owner, at an address
// that is new, waiting: so it ends sooner, and guessing stays at a rate that leads nowhere.
constexpr std::int32_t delay_max = 600 * ticks_per_second;
constexpr std::int32_t account_delay_max = 60 * ticks_per_second;
// Failures that are counted over the free ones: enough for the longest delay.
constexpr std::uint32_t over_max = 8;
constexpr std::uint64_t offset_mask = (1U << 20U) - 1;
constexpr std::uint64_t count_mask = (1U << 12U) - 1;

struct Failures {
    Tick first = 0;
    std::int32_t offset = 0;  // of the last one
    std::uint32_t count = 0;
};

Failures unpack(std::uint64_t word) {
    return {static_cast<Tick>(word >> 32U), static_cast<std::int32_t>((word >> 12U) & offset_mask),
            static_cast<std::uint32_t>(word & count_mask)};
}

std::uint64_t pack(const Failures& failures) {
    const std::uint64_t offset = static_cast<std::uint64_t>(std::max(0, failures.offset));
    return (std::uint64_t{failures.first} << 32U) | (std::min(offset, offset_mask) << 12U) |
           failures.count;
}

std::int32_t delay_after(const Failures& failures, std::uint32_t free, std::int32_t most) {
    if (failures.count < free) {
        return 0;
    }
    return std::min(most, delay_first << std::min(failures.count - free, over_max));
}

unsigned seconds_of(std::int32_t ticks) {
    return static_cast<unsigned>((ticks + ticks_per_second - 1) / ticks_per_second);
}

// The kinds of keys in one table.
constexpr std::uint64_t pair_salt = 0x9ae16a3b2f90404fU;
constexpr std::uint64_t grace_salt = 0xc3a5c85c97cb3127U;

}  // namespace

SignInGuard::SignInGuard(const SignInLimits& limits, std::uint64_t seed)
    : seed_(seed),
      pair_rule_{limits.failures_per_account, delay_max},
      account_rule_{limits.failures_per_account, account_delay_max},
      address_rule_{limits.failures_per_ip, delay_max},
      failures_(1U << 16U),
      known_(1U << 16U) {}

SignInGuard::Keys SignInGuard::keys_of(std::string_view account, std::string_view address) const {
    const std::uint64_t at = address_key(address, seed_);
    const std::uint64_t whose = text_key(account, seed_);
    return {(at * pair_salt) ^ whose, whose, at};
}

std::int32_t SignInGuard::delay(std::uint64_t key, const Rule& rule, Tick now) const {
    if (rule.free == 0) {
        return 0;
    }
    const Failures failures = unpack(failures_.find(key));
    const std::int32_t since_last = ticks_between(failures.first, now) - failures.offset;
    return std::max(0, delay_after(failures, rule.free, rule.delay_max) - std::max(0, since_last));
}

void SignInGuard::count(std::uint64_t key, const Rule& rule, Tick now) {
    if (rule.free == 0) {
        return;
    }
    auto& cell = failures_.claim(key, [now](std::uint64_t word) {
        const Failures old = unpack(word);
        return ticks_between(old.first, now) < window + old.offset ? old.count : 0;
    });
    std::uint64_t seen = cell.load(std::memory_order_acquire);
    for (;;) {
        Failures failures = unpack(seen);
        const std::int32_t since = ticks_between(failures.first, now);
        const std::int32_t end = std::max(
            window, failures.offset + delay_after(failures, rule.free, rule.delay_max) + window);
        const bool is_live =
            failures.count > 0 && (since < window || (failures.count >= rule.free && since < end));
        const std::int32_t kept = std::clamp(since, 0, window);
        failures = is_live ? Failures{now - static_cast<Tick>(kept), kept, failures.count}
                           : Failures{.first = now, .offset = 0, .count = 0};
        failures.count = std::min(failures.count + 1, rule.free + over_max);
        if (cell.compare_exchange_weak(seen, pack(failures), std::memory_order_acq_rel)) {
            return;
        }
    }
}

SignInGuard::Gate SignInGuard::knock(std::string_view account, std::string_view address,
                                     SteadyTime now) {
    const Keys keys = keys_of(account, address);
    const Tick tick = tick_of(now);
    const Gate gate = gate_of(keys, tick);
    if (!gate.may_check && delay(keys.pair, pair_rule_, tick) > 0) {
        count(keys.pair, pair_rule_, tick);  // who doesn't wait, waits longer
        return gate_of(keys, tick);
    }
    return gate;
}

SignInGuard::Gate SignInGuard::look(std::string_view account, std::string_view address,
                                    SteadyTime now) const {
    return gate_of(keys_of(account, address), tick_of(now));
}

SignInGuard::Gate SignInGuard::gate_of(const Keys& keys, Tick now) const {
    const std::int32_t wait =
        std::max({delay(keys.pair, pair_rule_, now), delay(keys.account, account_rule_, now),
                  delay(keys.address, address_rule_, now)});
    const bool is_let_through =
        known_.find(keys.pair) != 0 && delay(keys.pair ^ grace_salt, pair_rule_, now) == 0;
    return {wait == 0 || is_let_through, seconds_of(wait)};
}

void SignInGuard::failed(std::string_view account, std::string_view address, const Gate& gate,
                         SteadyTime now) {
    const Keys keys = keys_of(account, address);
    const Tick tick = tick_of(now);
    count(keys.pair, pair_rule_, tick);
    count(keys.account, account_rule_, tick);
    count(keys.address, address_rule_, tick);
    if (gate.retry_after_s > 0) {
        count(keys.pair ^ grace_salt, pair_rule_, tick);
    }
}

void SignInGuard::succeeded(std::string_view account, std::string_view address, SteadyTime now) {
    renewed(account, address, now);
    const Keys keys = keys_of(account, address);
    const auto any = [](std::uint64_t) { return std::uint64_t{1}; };
    if (failures_.find(keys.pair) != 0) {
        failures_.claim(keys.pair, any).store(0, std::memory_order_release);
    }
}

void SignInGuard::renewed(std::string_view account, std::string_view address, SteadyTime now) {
    const auto newest = [](std::uint64_t word) { return word; };
    known_.claim(keys_of(account, address).pair, newest)
        .store(std::uint64_t{1} + tick_of(now), std::memory_order_release);
}

}  // namespace treeline
