// Random commands for the law "nobody climbs": one generator for each kind of command there is.
#pragma once

#include <algorithm>
#include <cstring>
#include <random>
#include <vector>

#include "broker/domain/command.hpp"
#include "broker/domain/directory.hpp"

namespace treeline::property {

// Who asks for what.
struct Attempt {
    Actor actor;
    Command command;
};

// Draws from one world at one instant. The ids it picks exist, but for one in ten.
class Draw {
  public:
    Draw(std::mt19937_64& random, const Directory& directory, UnixTime now)
        : random_(random), directory_(directory), now_(now) {}

    const Directory& directory() const { return directory_; }
    UnixTime now() const { return now_; }
    std::uint64_t below(std::uint64_t n) { return n == 0 ? 0 : random_() % n; }
    bool coin() { return below(2) == 0; }

    OrgId org() { return OrgId{1 + below(number_of(directory_.next().next_org))}; }
    UserId user() { return UserId{1 + below(number_of(directory_.next().next_user))}; }
    DeviceId device() { return DeviceId{1 + below(number_of(directory_.next().next_device))}; }
    MembershipId membership() {
        return MembershipId{1 + below(number_of(directory_.next().next_membership))};
    }
    TransferId transfer() {
        return TransferId{1 + below(number_of(directory_.next().next_transfer))};
    }
    RoleId role() { return RoleId{static_cast<std::uint32_t>(1 + below(5))}; }
    OrgId root() {
        const auto roots = directory_.roots();
        return roots[below(roots.size())];
    }
    TokenHash token() {
        TokenHash token{};
        const std::uint64_t bits = random_();
        std::memcpy(token.data(), &bits, sizeof bits);
        return token;
    }
    std::string name() { return "n" + std::to_string(below(1'000'000)); }
    std::string email() {
        const User* known = directory_.user(user());
        return known != nullptr && coin() ? known->email.str() : name() + "@example.com";
    }
    std::optional<UnixTime> edge() {
        return coin() ? std::nullopt : std::optional(now_ + Millis{500 * below(8)});
    }
    // A pending membership's; of none when none waits.
    MembershipRecord pending() {
        std::vector<MembershipRecord> found;
        directory_.all_memberships(MembershipId{}, [&](const Membership& membership) {
            if (membership.status == MembershipStatus::pending) {
                found.push_back(membership);
            }
            return true;
        });
        return found.empty() ? MembershipRecord{} : found[below(found.size())];
    }
    LoginRecord login() {
        std::vector<LoginRecord> found;
        directory_.all_logins([&](const LoginRecord& login) {
            found.push_back(login);
            return true;
        });
        return found.empty() ? LoginRecord{} : found[below(found.size())];
    }
    Actor somebody() { return {user()}; }

  private:
    // One past the last now and then, which is missing.
    std::uint64_t number_of(std::uint64_t next) { return below(10) == 0 ? next : next - 1; }

    std::mt19937_64& random_;
    const Directory& directory_;
    UnixTime now_;
};

// Command kind `index` of the variant.
Attempt draw_command(Draw& draw, std::size_t index);

}  // namespace treeline::property
