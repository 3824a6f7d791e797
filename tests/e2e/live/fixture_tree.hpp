// The tree that the live matrix runs on, made over REST, with its twin in the naive model.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/model/model.hpp"
#include "tests/support/live/http.hpp"

namespace treeline::live {

struct Person {
    std::string name;  // says what the person is there for
    std::uint64_t id = 0;
    std::string token;  // of a sign-in before anything was taken away
    bool suspended = false;
};

struct Thing {
    std::string name;
    std::uint64_t id = 0;
};

// root ─ A ─┬─ A1 ── A1x        stranger root ─ S
//           └─ A2 ── A2x
// Each org has a device of its own; A and A1 have devices that their users own, too.
class FixtureTree {
  public:
    explicit FixtureTree(const Server& server);

    // Sets the permissions of an org's role, over REST and in the model.
    void permissions(const std::string& org, unsigned role, const model::Names& names);
    std::uint64_t org_id(const std::string& name) const { return orgs_.at(name); }

    std::vector<Person> people;
    std::vector<Thing> devices;
    model::World model;
    Tenant tenant;

  private:
    struct Window {
        std::optional<Millis> begins_in, ends_in;
    };
    void make_org(const std::string& admin, std::uint64_t parent, const std::string& name);
    Person& person(const std::string& name, const std::string& org, unsigned role);
    void member(const Person& person, const std::string& org, unsigned role, Window window);
    void thing(const std::string& name, const std::string& org, std::uint64_t owner);
    void read_sets();
    const std::string& admin_of(const std::string& org) const {
        return org.starts_with("S") ? stranger_admin_ : admin_;
    }

    std::map<std::string, std::uint64_t> orgs_;
    std::string admin_;
    std::string stranger_admin_;
};

// RFC 3339 in UTC with milliseconds.
std::string rfc3339(UnixTime time);

}  // namespace treeline::live
