// WorldBuilder: a small tree for tests, made by real commands.
#pragma once

#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "broker/domain/decide.hpp"

namespace treeline {

// A different token for each number.
inline TokenHash token_number(std::uint64_t n) {
    TokenHash token{};
    std::memcpy(token.data(), &n, sizeof n);
    return token;
}

inline PermissionSet permission_set(std::initializer_list<Permission> permissions) {
    PermissionSet set;
    for (const Permission permission : permissions) {
        set.set(index(permission));
    }
    return set;
}

// Every function makes its thing at once and returns its id; what is refused stops the test
// program (use `attempt` to test refusals). Names need only be unique where the rules say so.
class WorldBuilder {
  public:
    UnixTime now = from_unix_ms(1'800'000'000'000);

    WorldBuilder() {
        WireKey key{};
        key.fill(std::byte{7});
        Change founding;
        founding.at = now;
        founding.events.emplace_back(Founded{key});
        take(founding);
    }

    // A tree whose admin is admin@NAME.example.
    OrgId root(const std::string& name = "root") {
        CreateRoot command;
        command.name = name;
        command.admin_email = "admin@" + name + ".example";
        command.admin_name = "Admin";
        command.password_verifier = "verifier";
        return OrgId{run(command)};
    }
    OrgId org(OrgId parent, const std::string& name) {
        CreateOrg command;
        command.parent = parent;
        command.name = name;
        command.can_create_suborgs = true;
        return OrgId{run(command)};
    }
    // An active user with a home membership; his address is NAME@example.com.
    UserId user(OrgId org, const std::string& name, RoleId role = role_user) {
        CreateUser command;
        command.org = org;
        command.email = name + "@example.com";
        command.name = name;
        command.role = role;
        command.password_verifier = "verifier";
        return UserId{run(command)};
    }
    MembershipId member(UserId user, OrgId org, RoleId role,
                        std::optional<UnixTime> not_before = std::nullopt,
                        std::optional<UnixTime> not_after = std::nullopt) {
        CreateMembership command;
        command.org = org;
        command.user = user;
        command.role = role;
        command.not_before = not_before;
        command.not_after = not_after;
        return MembershipId{run(command)};
    }
    DeviceId device(OrgId org, const std::string& name, UserId owner = {}) {
        CreateDevice command;
        command.org = org;
        command.name = name;
        command.owner = owner == UserId{} ? std::nullopt : std::optional(owner);
        command.token = next_token();
        return DeviceId{run(command)};
    }
    void permissions(OrgId org, RoleId role, const PermissionSet& set) {
        PutPermissions command;
        command.org = org;
        command.role = role;
        command.permissions = set;
        run(command);
    }
    void permissions(OrgId org, RoleId role, std::initializer_list<Permission> set) {
        permissions(org, role, permission_set(set));
    }
    LoginId sign_in(UserId user) {
        SignIn command;
        command.user = user;
        command.access = next_token();
        command.refresh = next_token();
        command.access_expires = now + std::chrono::hours(1);
        command.refresh_expires = now + std::chrono::hours(720);
        return LoginId{run(command)};
    }
    void suspend(UserId user) { run(SuspendUser{user}); }
    // No command of this version does it, but the rules know it.
    void suspend_org(OrgId org) { set_org_status(org, OrgStatus::suspended); }
    void resume_org(OrgId org) { set_org_status(org, OrgStatus::active); }

    // What decide says, without taking it over.
    Decided<Decision> attempt(const Command& command, const Actor& actor = {}) const {
        return decide(directory_, actor, command, now, limits);
    }
    // Carries a command out; its Decision::created. REQUIRES: it is accepted.
    std::uint64_t run(const Command& command, const Actor& actor = {}) {
        auto decided = attempt(command, actor);
        CHECK(decided.has_value());
        if (!decided->change.events.empty()) {
            take(decided->change);
        }
        return decided->created;
    }
    void take(const Change& change) {
        directory_ = apply(directory_, change);
        changes_.push_back(change);
    }

    MembershipId home(UserId user) const { return directory_.user(user)->home; }
    UserId admin(const std::string& root_name = "root") const {
        return directory_.user_by_email("admin@" + root_name + ".example")->id;
    }
    const Directory& directory() const { return directory_; }
    World world() const { return std::make_shared<const Directory>(directory_); }
    const std::vector<Change>& changes() const { return changes_; }
    TokenHash next_token() { return token_number(++tokens_); }

    TreeLimits limits;

  private:
    void set_org_status(OrgId id, OrgStatus status) {
        OrgRecord org = *directory_.org(id);
        org.status = status;
        Change change;
        change.at = now;
        change.trees = {directory_.org(id)->root};
        change.events.emplace_back(OrgPut{org});
        take(change);
    }

    Directory directory_;
    std::vector<Change> changes_;  // everything since the beginning
    std::uint64_t tokens_ = 0;
};

// A Directory flattened for comparison.
inline std::vector<Event> events_of(const Directory& directory) {
    std::vector<Event> events;
    to_events(directory, [&](const Event& event) { events.push_back(event); });
    return events;
}

}  // namespace treeline
