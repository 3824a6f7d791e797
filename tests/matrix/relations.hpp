// Everybody who may stand in some relation to something: the tree that the matrix asks about, made
// by real commands, and read back into the naive model.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/model/model.hpp"
#include "tests/unit/api/api_harness.hpp"

namespace treeline::matrix {

struct Person {
    std::string name;  // says what the person is there for
    UserId id{};
    std::string token;  // of a sign-in before anything was taken away
};

struct Offer {
    TransferId id{};
    UserId made_by{};
    DeviceId device{};
    OrgId from{}, to{};
};

// root ─┬─ A ─┬─ A1 ── A1x        stranger root S
//       │     └─ A2 ── A2x
//       └─ E
// Each org has a device of its own; some have one that a user of theirs owns.
class Relations : public ApiHarness {
  public:
    // Phase 0 has the default sets; every other one draws the sets of roles 2 and 3 at random.
    explicit Relations(unsigned phase);

    std::vector<Person> people;
    std::vector<OrgId> orgs;
    std::vector<DeviceId> devices;
    std::vector<MembershipId> memberships;
    std::vector<Offer> offers;
    std::vector<MembershipId> invitations;  // of addresses that nobody has
    TransferId hidden_offer{};              // between strangers: nobody below the root sees it
    RoleId custom{};                        // a role that is empty everywhere
    model::World model;

    model::Instant instant() const { return to_unix_ms(now().wall); }

  private:
    void make_orgs();
    void make_people();
    void make_devices();
    void make_offers();
    void make_invitations();
    void draw_sets(unsigned phase);
    Person& person(const std::string& name, const std::string& org, unsigned role);
    OrgId org_named(const std::string& name) const { return by_name_.at(name); }
    UserId named(const std::string& name) const;

    std::map<std::string, OrgId> by_name_;
};

}  // namespace treeline::matrix
