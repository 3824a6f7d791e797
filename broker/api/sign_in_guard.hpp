// SignInGuard: slows down whoever guesses passwords, without locking out whose account it is.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/time.hpp"
#include "broker/api/cell_table.hpp"

namespace treeline {

// Failed sign-ins in ten minutes that cost no delay yet; 0 switches one off.
struct SignInLimits {
    std::uint32_t failures_per_account = 10;  // at one address, and at all of them together
    std::uint32_t failures_per_ip = 20;
};

// Any thread. An account is what was typed as its address, known or not, so that the answers tell
// nothing. Each failure is forgotten after its share of ten minutes; each one over the limit
// doubles the delay.
//
// An address from which the account was signed in to before is let through to the password check
// all the same: a right password works, and a wrong one is answered with the delay. A budget of
// its own bounds those checks, so that a neighbour behind the same address can't guess for ever.
class SignInGuard {
  public:
    SignInGuard(const SignInLimits& limits, std::uint64_t seed);

    struct Gate {
        bool may_check = true;       // the password may be looked at
        unsigned retry_after_s = 0;  // of the 429 for a wrong one, or for not looking; 0: 401
    };
    // Before the check.
    Gate knock(std::string_view account, std::string_view address, SteadyTime now);
    // After it, before failed or succeeded: what knock would say now, when others that were sent at
    // the same time have failed. Where it says no, even a right password counts as failed, or a
    // hundred guesses at once would be a hundred for the price of one.
    Gate look(std::string_view account, std::string_view address, SteadyTime now) const;
    // After it. `gate` is what knock or look said.
    void failed(std::string_view account, std::string_view address, const Gate& gate,
                SteadyTime now);
    // A sign-in succeeded: the address is known to the account from here on, and what failed there
    // is forgotten.
    void succeeded(std::string_view account, std::string_view address, SteadyTime now);
    // A refresh token was traded: the address is known, but no guess at it is forgiven.
    void renewed(std::string_view account, std::string_view address, SteadyTime now);

  private:
    struct Rule {
        std::uint32_t free = 0;  // failures without a delay; 0: off
        std::int32_t delay_max = 0;
    };
    struct Keys {
        std::uint64_t pair, account, address;
    };
    Gate gate_of(const Keys& keys, Tick now) const;
    Keys keys_of(std::string_view account, std::string_view address) const;
    // Ticks until the next try; 0: at once.
    std::int32_t delay(std::uint64_t key, const Rule& rule, Tick now) const;
    void count(std::uint64_t key, const Rule& rule, Tick now);

    const std::uint64_t seed_;
    const Rule pair_rule_, account_rule_, address_rule_;
    CellTable failures_;
    CellTable known_;  // pairs; the tick of the last success
};

}  // namespace treeline
