// Laws of the domain over random command sequences.
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "broker/domain/text.hpp"
#include "tests/support/world.hpp"

namespace treeline {
namespace {

// A command as four numbers, so that shrinking keeps sequences meaningful.
struct Step {
    std::uint8_t kind, x, y, z;
};

std::ostream& operator<<(std::ostream& out, const Step& s) {
    return out << int{s.kind} << '/' << int{s.x} << '/' << int{s.y} << '/' << int{s.z};
}

rc::Gen<std::vector<Step>> scripts() {
    const auto byte = rc::gen::inRange<std::uint8_t>(0, 255);
    return rc::gen::scale(
        2, rc::gen::container<std::vector<Step>>(rc::gen::construct<Step>(byte, byte, byte, byte)));
}

// Turns numbers into commands about things that mostly exist (one more than there are).
class Script {
  public:
    explicit Script(WorldBuilder& world) : w_(world) {}

    Command command(const Step& s) {
        switch (s.kind % 16) {
            case 0:
            case 1:
                return create_org(s);
            case 2:
            case 3:
                return create_user(s);
            case 4:
                return create_membership(s);
            case 5:
                return invite(s);
            case 6:
                return EndMembership{membership(s.x), s.y % 4 == 0, {}};
            case 7:
                return patch(s);
            case 8:
                return SuspendUser{user(s.x)};
            case 9:
                return ResumeUser{user(s.x)};
            case 10:
                return put(s);
            case 11:
                return create_device(s);
            case 12:
                return SetOwner{device(s.x), s.y % 4 == 0 ? std::nullopt : some_user(s.y), {}};
            case 13:
                return RotateToken{device(s.x), w_.next_token()};
            case 14:
                return login(s);
            default:
                return end_something(s);
        }
    }

  private:
    OrgId org(unsigned n) const { return OrgId{1 + n % w_.directory().next().next_org}; }
    UserId user(unsigned n) const { return UserId{1 + n % w_.directory().next().next_user}; }
    std::optional<UserId> some_user(unsigned n) const { return user(n); }
    MembershipId membership(unsigned n) const {
        return MembershipId{1 + n % w_.directory().next().next_membership};
    }
    DeviceId device(unsigned n) const {
        return DeviceId{1 + n % w_.directory().next().next_device};
    }
    static RoleId role(unsigned n) { return RoleId{1 + n % 4}; }
    std::optional<UnixTime> edge(unsigned n) const {
        return n % 3 == 0 ? std::nullopt
                          : std::optional(w_.now + std::chrono::hours(n % 7) - Millis(1));
    }

    Command create_org(const Step& s) const {
        CreateOrg command;
        command.parent = org(s.x);
        command.name = std::string(1, "aAbBcC"[s.y % 6]);
        command.can_create_suborgs = s.z % 4 != 0;
        return command;
    }
    Command create_user(const Step& s) const {
        const std::string name = "u" + std::to_string(s.x % 30);
        return CreateUser{org(s.y), name + "@example.com", name, role(s.z), "verifier"};
    }
    Command create_membership(const Step& s) const {
        CreateMembership command;
        command.org = org(s.x);
        command.user = user(s.y);
        command.role = role(s.z);
        command.not_before = edge(s.x + s.y);
        command.not_after = edge(s.z);
        return command;
    }
    Command invite(const Step& s) const {
        CreateMembership command;
        command.org = org(s.x);
        command.email = "u" + std::to_string(s.y % 30) + "@example.com";
        command.role = role(s.z);
        return command;
    }
    Command patch(const Step& s) const {
        PatchMembership command;
        command.membership = membership(s.x);
        command.role = role(s.y);
        command.allow_orphan = s.z % 5 == 0;
        if (s.z % 2 == 0) {
            command.not_after = edge(s.z);
        }
        return command;
    }
    Command put(const Step& s) const {
        PermissionSet set = default_permissions(role(s.z));
        set.flip(s.y % permission_count);
        return PutPermissions{org(s.x), role(s.z), set, {}};
    }
    Command create_device(const Step& s) const {
        CreateDevice command;
        command.org = org(s.x);
        command.name = "d";
        command.owner = s.y % 3 == 0 ? std::nullopt : some_user(s.y);
        command.token = w_.next_token();
        return command;
    }
    Command login(const Step& s) const {
        SignIn command;
        command.user = user(s.x);
        command.access = w_.next_token();
        command.refresh = w_.next_token();
        command.access_expires = w_.now + std::chrono::hours(1);
        command.refresh_expires = w_.now + std::chrono::hours(s.y);
        return command;
    }
    Command end_something(const Step& s) const {
        if (s.x % 2 == 0) {
            return DeleteDevice{device(s.y), {}};
        }
        const LoginRecord* held = w_.directory().login(LoginId{1 + s.y % 8U});
        RefreshLogin command;
        command.spent =
            held == nullptr ? TokenHash{}
            : s.z % 2 == 0
                ? held->refresh
                : (held->spent_refreshes.empty() ? TokenHash{} : held->spent_refreshes.front());
        command.access = w_.next_token();
        command.refresh = w_.next_token();
        command.refresh_expires = w_.now + std::chrono::hours(9);
        return command;
    }

    WorldBuilder& w_;
};

// Plays a script and calls `look(before, change)` after each accepted change.
template <class Look>
void play(WorldBuilder& w, const std::vector<Step>& steps, Look look) {
    w.root();
    w.limits.depth_max = 4;
    Script script(w);
    for (const Step& step : steps) {
        w.now += std::chrono::minutes(step.z);
        const Command command = script.command(step);
        const auto decided = w.attempt(command);
        if (decided && !decided->change.events.empty()) {
            const Directory before = w.directory();
            w.take(decided->change);
            look(before, decided->change);
        }
    }
}

TEST(Laws, a_checkpoint_restores_an_equal_directory) {
    EXPECT_TRUE(rc::check([] {
        WorldBuilder w;
        play(w, *scripts(), [](const Directory&, const Change&) {});
        const auto events = events_of(w.directory());
        const Directory again = restore(w.directory().revision(), events);
        RC_ASSERT(events_of(again) == events);
        RC_ASSERT(again.revision() == w.directory().revision());
    }));
}

TEST(Laws, a_restored_directory_goes_on_like_the_one_that_never_stopped) {
    EXPECT_TRUE(rc::check([] {
        WorldBuilder w;
        play(w, *scripts(), [&](const Directory& before, const Change& change) {
            const Directory restored = restore(before.revision(), events_of(before));
            RC_ASSERT(events_of(apply(restored, change)) == events_of(w.directory()));
        });
    }));
}

TEST(Laws, a_change_leaves_the_directory_before_it_as_it_was) {
    EXPECT_TRUE(rc::check([] {
        WorldBuilder w;
        std::vector<std::pair<Directory, std::vector<Event>>> past;
        play(w, *scripts(), [&](const Directory& before, const Change&) {
            past.emplace_back(before, events_of(before));
        });
        for (const auto& [directory, events] : past) {
            RC_ASSERT(events_of(directory) == events);
        }
    }));
}

TEST(Laws, deciding_twice_gives_the_same_change) {
    EXPECT_TRUE(rc::check([] {
        WorldBuilder w;
        Script script(w);
        play(w, *scripts(), [](const Directory&, const Change&) {});
        const Step last = *rc::gen::construct<Step>(
            rc::gen::arbitrary<std::uint8_t>(), rc::gen::arbitrary<std::uint8_t>(),
            rc::gen::arbitrary<std::uint8_t>(), rc::gen::arbitrary<std::uint8_t>());
        const Command command = script.command(last);
        const auto one = w.attempt(command);
        const auto two = w.attempt(command);
        RC_ASSERT(one.has_value() == two.has_value());
        RC_ASSERT((!one || one->change.events == two->change.events));
        RC_ASSERT((!one || one->change.trees == two->change.trees));
    }));
}

// What must hold in every world, however it came about.
void check_people(const WorldBuilder& w) {
    const Directory& d = w.directory();
    std::set<std::pair<UserId, OrgId>> pairs;
    d.all_memberships(MembershipId{}, [&](const Membership& m) {
        RC_ASSERT(d.org(m.org) != nullptr);
        RC_ASSERT(d.role(d.org(m.org)->root, m.role) != nullptr);
        RC_ASSERT((m.user == UserId{}) == (m.status == MembershipStatus::pending));
        RC_ASSERT((m.user == UserId{} || pairs.emplace(m.user, m.org).second));
        return true;
    });
    d.all_users(UserId{}, [&](const User& user) {
        const Membership* home = d.membership(user.home);
        RC_ASSERT((home != nullptr) == !d.memberships_of(user.id).empty());
        RC_ASSERT((home == nullptr || home->user == user.id));
        RC_ASSERT(d.user_by_email(user.email) == &user);
        return true;
    });
}

void check_devices(const WorldBuilder& w) {
    const Directory& d = w.directory();
    std::size_t listed = 0, held = 0;
    d.all_orgs(OrgId{}, [&](const Org& org) {
        d.devices(org.id, DeviceId{}, [&](const Device& device) {
            RC_ASSERT(device.org == org.id);
            ++listed;
            return true;
        });
        return true;
    });
    d.all_devices(DeviceId{}, [&](const Device& device) {
        ++held;
        RC_ASSERT(d.device_by_token(device.token) == &device);
        const bool owner_is_member =
            device.owner == UserId{} || d.membership_of(device.owner, device.org) != MembershipId{};
        RC_ASSERT(owner_is_member);
        return true;
    });
    RC_ASSERT(listed == held);
}

void check_orgs(const WorldBuilder& w) {
    const Directory& d = w.directory();
    std::set<std::pair<OrgId, std::string>> names;
    d.all_orgs(OrgId{}, [&](const Org& org) {
        RC_ASSERT(names.emplace(org.parent, fold_name(org.name)).second);
        RC_ASSERT(org.ancestors.size() < w.limits.depth_max);
        RC_ASSERT(d.is_within(org.id, org.root));
        const PermissionSet admin = d.permissions(org.id, role_admin);
        RC_ASSERT((admin & admin_floor()) == admin_floor());
        return true;
    });
}

// tenancy.md §2: whatever is done, a root keeps an active admin without an end.
bool has_admin(const WorldBuilder& w, OrgId org) {
    bool found = false;
    w.directory().members(org, MembershipId{}, [&](const Membership& m) {
        const User* user = w.directory().user(m.user);
        found = found || (user != nullptr && user->status == UserStatus::active &&
                          m.role == role_admin && !m.not_after && m.not_before <= w.now);
        return true;
    });
    return found;
}

TEST(Laws, hold_in_every_world) {
    EXPECT_TRUE(rc::check([] {
        WorldBuilder w;
        play(w, *scripts(), [&](const Directory& before, const Change& change) {
            check_people(w);
            check_devices(w);
            check_orgs(w);
            RC_ASSERT(has_admin(w, OrgId{1}));
            RC_ASSERT(number(w.directory().revision()) == number(before.revision()) + 1);
            for (const OrgId tree : change.trees) {
                RC_ASSERT(w.directory().tree_revision(tree) == before.tree_revision(tree) + 1);
            }
        });
    }));
}

}  // namespace
}  // namespace treeline
