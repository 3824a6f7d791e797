#include "tests/bench/big_tree.hpp"

#include <cstdio>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "base/check.hpp"

namespace treeline {

namespace {

constexpr std::size_t events_per_change = 1'000;
constexpr std::size_t clients_per_partner = 1'000;
const UnixTime begun = from_unix_ms(1'800'000'000'000);

// As long as a real one of argon2id.
const std::string verifier =
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRvZnNpeHRlZW4$"
    "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA";

std::string named(const char* format, std::size_t number) {
    char text[64];
    std::snprintf(text, sizeof text, format, number);
    return text;
}

// Spread like the hash of a random token.
TokenHash token_of(std::uint64_t number) {
    TokenHash token{};
    for (std::size_t word = 0; word < token.size() / sizeof number; ++word) {
        std::uint64_t x = number * 4 + word + 0x9e3779b97f4a7c15u;
        x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
        x = (x ^ x >> 27) * 0x94d049bb133111ebu;
        x ^= x >> 31;
        std::memcpy(token.data() + word * sizeof x, &x, sizeof x);
    }
    return token;
}

OrgId nth_org(std::size_t orgs, std::size_t n) {
    return OrgId{n % orgs + 1};
}

// Each thousandth org is a partner, below the root; the orgs that follow it are its clients.
OrgId parent_of(std::size_t nth) {
    if (nth == 0) {
        return OrgId{};
    }
    const std::size_t partner = nth / clients_per_partner * clients_per_partner;
    return OrgId{nth == partner ? 1 : partner + 1};
}

class Maker {
  public:
    Maker(const BigTreeSize& size, const std::function<void(const Change&)>& take)
        : size_(size), take_(take) {}

    void make() {
        WireKey key{};
        key.fill(std::byte{7});
        change_.events.emplace_back(Founded{key});
        flush();
        for (std::size_t i = 0; i < size_.orgs; ++i) {
            add_org(i);
        }
        for (std::size_t i = 0; i < size_.users; ++i) {
            add_user(i);
        }
        for (std::size_t i = 0; i < size_.devices; ++i) {
            add_device(i);
        }
        flush();
    }

  private:
    void add(Event event) {
        change_.events.push_back(std::move(event));
        if (change_.events.size() >= events_per_change) {
            flush();
        }
    }
    void flush() {
        change_.at = begun;
        change_.command = "create_org";
        take_(change_);
        change_ = {};
        change_.trees = {OrgId{1}};
    }

    void add_org(std::size_t nth) {
        OrgRecord org;
        org.id = OrgId{nth + 1};
        org.parent = parent_of(nth);
        org.name = named("Client organization %06zu", nth);
        org.kind = nth == 0 ? OrgKind::root : OrgKind::client;
        org.can_create_suborgs = true;
        org.created_at = begun;
        add(OrgPut{org});
        for (const auto& [role, name] :
             {std::pair{role_admin, "Admin"}, {role_staff, "Staff"}, {role_user, "User"}}) {
            if (nth == 0) {
                add(RolePut{{org.id, role, name}});
            }
            add(PermissionsPut{{org.id, role, default_permissions(role)}});
        }
    }

    // Every tenth is an admin of his org, and every user has one membership.
    void add_user(std::size_t nth) {
        const std::uint64_t id = nth + 1;
        UserRecord user;
        user.id = UserId{id};
        user.email = named("user.%07zu@example.org", nth);
        user.name = named("Somebody %07zu", nth);
        user.timezone = "UTC";
        user.password_verifier = verifier;
        user.home = MembershipId{id};
        user.created_at = begun;
        MembershipRecord membership;
        membership.id = user.home;
        membership.user = user.id;
        membership.org = nth_org(size_.orgs, nth);
        membership.role = nth / size_.orgs % 10 == 0 ? role_admin : role_user;
        membership.granted_by = UserId{1};
        add(UserPut{std::move(user)});
        add(MembershipPut{std::move(membership)});
    }

    void add_device(std::size_t nth) {
        DeviceRecord device;
        device.id = DeviceId{nth + 1};
        device.org = org_of_device(size_, device.id);
        device.owner = owner_of_device(size_, device.id);
        device.name = named("Sensor %07zu", nth);
        device.token = token_of(nth);
        device.created_at = begun;
        add(DevicePut{std::move(device)});
    }

    const BigTreeSize size_;
    const std::function<void(const Change&)>& take_;
    Change change_;
};

}  // namespace

void each_change(const BigTreeSize& size, const std::function<void(const Change&)>& take) {
    CHECK(size.orgs > 0 && size.users > 0);
    Maker(size, take).make();
}

Directory big_tree(const BigTreeSize& size) {
    Directory directory;
    each_change(size,
                [&](const Change& change) { directory = apply(std::move(directory), change); });
    return directory;
}

OrgId root_of_big_tree() {
    return OrgId{1};
}

// The first user: the first of the root's members, and one of those who are admins.
UserId admin_of_big_tree() {
    return UserId{1};
}

OrgId org_of_device(const BigTreeSize& size, DeviceId device) {
    return nth_org(size.orgs, number(device) - 1);
}

UserId owner_of_device(const BigTreeSize& size, DeviceId device) {
    return UserId{(number(device) - 1) % size.users + 1};
}

}  // namespace treeline
