#include "tests/matrix/relations.hpp"

#include <algorithm>
#include <random>

#include "tests/property/random_world.hpp"

namespace treeline::matrix {

namespace {

constexpr Millis soon{1'000};  // the window that closes before anything is asked

}  // namespace

Relations::Relations(unsigned phase) {
    make_orgs();
    make_people();
    make_devices();
    make_offers();
    make_invitations();
    if (phase > 0) {
        draw_sets(phase);
    }
    builder.suspend(named("A1 role 1, suspended"));
    builder.run(EndMembership{
        .membership = builder.home(named("E role 2, gone")), .allow_orphan = true, .if_match = {}});
    audit_limits.notes_max = 1'000'000;  // of denials; here the audit steps between turns only
    start();
    pass(2 * soon);
    model = property::model_of(directory());
    for (const model::Membership& membership : model.memberships) {
        if (!membership.pending) {
            memberships.push_back(MembershipId{membership.id});
        }
    }
}

void Relations::make_orgs() {
    by_name_["root"] = builder.root();
    by_name_["S"] = builder.root("S");
    CreateRole role;
    role.root = org_named("root");
    role.name = "custom";
    custom = RoleId{static_cast<std::uint32_t>(builder.run(role))};
    role.root = org_named("S");
    builder.run(role);
    for (const auto& [name, parent] :
         std::vector<std::pair<std::string, std::string>>{{"A", "root"},
                                                          {"A1", "A"},
                                                          {"A1x", "A1"},
                                                          {"A2", "A"},
                                                          {"A2x", "A2"},
                                                          {"E", "root"}}) {
        by_name_[name] = builder.org(org_named(parent), name);
    }
    for (const auto& [name, org] : by_name_) {
        orgs.push_back(org);
    }
}

Person& Relations::person(const std::string& name, const std::string& org, unsigned role) {
    const UserId id =
        builder.user(org_named(org), "u" + std::to_string(people.size()), RoleId{role});
    people.push_back({name, id, sign_in(id)});
    return people.back();
}

UserId Relations::named(const std::string& name) const {
    return std::ranges::find(people, name, &Person::name)->id;
}

void Relations::make_people() {
    people.push_back({"the first user", builder.admin(), sign_in(builder.admin())});
    for (const std::string org : {"A", "A1", "A1x", "S"}) {
        for (const unsigned role : {1U, 2U, 3U}) {
            person(org + " role " + std::to_string(role), org, role);
        }
    }
    person("A2 role 2", "A2", 2);
    const UserId both = person("A1 role 2 and A2x role 3", "A1", 2).id;
    builder.member(both, org_named("A2x"), RoleId{3});
    person("A1 role 1, suspended", "A1", 1);
    const UserId early = person("A role 1 from tomorrow", "E", 3).id;
    builder.member(early, org_named("A"), RoleId{1}, builder.now + std::chrono::hours(24));
    const UserId late = person("A role 1 until just now", "E", 3).id;
    builder.member(late, org_named("A"), RoleId{1}, std::nullopt, builder.now + soon);
    person("E role 2, gone", "E", 2);
}

void Relations::make_devices() {
    for (const auto& [name, org] : by_name_) {
        devices.push_back(builder.device(org, "lamp of " + name));
    }
    for (const std::string owner : {"A role 3", "A1 role 3", "A1 role 2 and A2x role 3"}) {
        const OrgId org = org_named(owner.substr(0, owner.find(' ')));
        devices.push_back(builder.device(org, "pump", named(owner)));
    }
}

// Both are made blind: to a sibling and to an ancestor of their maker's org.
void Relations::make_offers() {
    const UserId maker = named("A1 role 1");
    for (const std::string to : {"A2", "A"}) {
        const DeviceId device = builder.device(org_named("A1"), "offered to " + to);
        devices.push_back(device);
        CreateTransfer command;
        command.device = device;
        command.to_org = org_named(to);
        command.way = TransferWay::blind_offer;
        const TransferId id{builder.run(command, Actor{maker})};
        offers.push_back({id, maker, device, org_named("A1"), org_named(to)});
    }
    CreateTransfer command;
    command.device = builder.device(org_named("S"), "offered by a stranger");
    command.to_org = org_named("root");
    command.way = TransferWay::blind_offer;
    hidden_offer = TransferId{builder.run(command, Actor{named("S role 1")})};
}

void Relations::make_invitations() {
    for (const std::string org : {"A", "A1", "A1x", "S"}) {
        Invite command;
        command.org = org_named(org);
        command.email = "invited-to-" + org + "@example.com";
        command.name = "somebody";
        command.role = role_user;
        command.token = {builder.next_token(), "nonce of " + org};
        invitations.push_back(MembershipId{builder.run(command)});
    }
}

// Each switch for itself; what opens most doors is on more often than off.
void Relations::draw_sets(unsigned phase) {
    std::mt19937 random{phase};
    for (const OrgId org : orgs) {
        for (const unsigned role : {2U, 3U}) {
            PermissionSet set;
            for (const Permission permission : all_permissions()) {
                const bool opens =
                    name(permission).ends_with("view") || permission == Permission::suborgs_enter;
                set.set(index(permission), random() % 100 < (opens ? 85 : 55));
            }
            builder.permissions(org, RoleId{role}, set);
        }
    }
}

}  // namespace treeline::matrix
