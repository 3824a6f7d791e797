#include "tests/e2e/live/fixture_tree.hpp"

#include <algorithm>
#include <ctime>

namespace treeline::live {

namespace json = boost::json;

std::string rfc3339(UnixTime time) {
    const std::int64_t ms = to_unix_ms(time);
    const std::time_t seconds = static_cast<std::time_t>(ms / 1000);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char text[64];
    const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    std::string millis = std::to_string(1000 + ms % 1000);
    return std::string(text, size) + "." + millis.substr(1) + "Z";
}

FixtureTree::FixtureTree(const Server& server) : tenant(server) {
    admin_ = tenant.sign_in(admin_email, admin_password);
    orgs_["root"] = number_at(tenant.expect(200, "GET", "/orgs", admin_).at("items").at(0), "id");
    server.run({"new-root", "--data", server.data().string(), "--name", "S", "--email",
                "stranger@example.org"});
    stranger_admin_ = tenant.sign_in("stranger@example.org", admin_password);
    orgs_["S"] =
        number_at(tenant.expect(200, "GET", "/orgs", stranger_admin_).at("items").at(0), "id");
    model.orgs = {{orgs_["root"], 0, false}, {orgs_["S"], 0, false}};
    for (const auto& [name, parent] :
         std::vector<std::pair<std::string, std::string>>{{"A", "root"},
                                                          {"A1", "A"},
                                                          {"A1x", "A1"},
                                                          {"A2", "A"},
                                                          {"A2x", "A2"},
                                                          {"E", "root"}}) {
        make_org(admin_, orgs_.at(parent), name);
    }
    for (const std::string org : {"A", "A1", "A1x", "S"}) {
        for (const unsigned role : {1U, 2U, 3U}) {
            person(org + " role " + std::to_string(role), org, role);
        }
    }
    person("A2 role 2", "A2", 2);
    Person& both = person("A1 role 2 and A2x role 3", "A1", 2);
    member(both, "A2x", 3, {});
    person("A1 role 1, suspended", "A1", 1);
    member(person("A role 1 from tomorrow", "E", 3), "A", 1, {Millis(86'400'000), std::nullopt});
    member(person("A role 1 until just now", "E", 3), "A", 1, {std::nullopt, Millis(1'500)});
    for (const std::string org : {"root", "A", "A1", "A1x", "A2", "A2x", "S"}) {
        thing("device of " + org, org, 0);
    }
    for (const std::string owner : {"A role 3", "A1 role 3", "A1 role 2 and A2x role 3"}) {
        const auto found = std::find_if(people.begin(), people.end(),
                                        [&](const Person& p) { return p.name == owner; });
        thing("device owned by " + owner, owner.substr(0, owner.find(' ')), found->id);
    }
    read_sets();
    for (Person& p : people) {
        if (p.name.find("suspended") != std::string::npos) {
            tenant.expect(200, "POST", "/users/" + std::to_string(p.id) + "/suspend", admin_,
                          json::object{});
            p.suspended = true;
            std::find_if(model.users.begin(), model.users.end(), [&](const model::User& u) {
                return u.id == p.id;
            })->status = "suspended";
        }
    }
}

void FixtureTree::make_org(const std::string& admin, std::uint64_t parent,
                           const std::string& name) {
    orgs_[name] = tenant.org(admin, parent, name);
    model.orgs.push_back({orgs_[name], parent, false});
}

Person& FixtureTree::person(const std::string& name, const std::string& org, unsigned role) {
    const std::string email = "u" + std::to_string(people.size()) + "@example.org";
    const auto made = tenant.user(admin_of(org), orgs_.at(org), email, static_cast<int>(role));
    people.push_back({name, made.id, tenant.sign_in(email, user_password), false});
    model.users.push_back({made.id, "active"});
    model.memberships.push_back({made.membership, made.id, orgs_.at(org), role, false, {}, {}});
    return people.back();
}

void FixtureTree::member(const Person& person, const std::string& org, unsigned role,
                         Window window) {
    model::Membership twin{0, person.id, orgs_.at(org), role, false, {}, {}};
    json::object period;
    if (window.begins_in) {
        const UnixTime at = read_clock().wall + *window.begins_in;
        twin.not_before = to_unix_ms(at);
        period["not_before"] = rfc3339(at);
    }
    if (window.ends_in) {
        const UnixTime at = read_clock().wall + *window.ends_in;
        twin.not_after = to_unix_ms(at);
        period["not_after"] = rfc3339(at);
    }
    twin.id =
        tenant.membership(admin_of(org), orgs_.at(org), person.id, static_cast<int>(role), period);
    model.memberships.push_back(twin);
}

void FixtureTree::thing(const std::string& name, const std::string& org, std::uint64_t owner) {
    const auto made = tenant.device(admin_of(org), orgs_.at(org), name, owner);
    devices.push_back({name, made.id});
    model.devices.push_back({made.id, orgs_.at(org), owner, name});
}

void FixtureTree::read_sets() {
    for (const auto& [name, id] : orgs_) {
        for (const unsigned role : {1U, 2U, 3U}) {
            const auto names = tenant.permissions(admin_of(name), id, static_cast<int>(role));
            model.sets.push_back({id, role, model::Names(names.begin(), names.end())});
        }
    }
}

void FixtureTree::permissions(const std::string& org, unsigned role, const model::Names& names) {
    tenant.permissions(admin_of(org), orgs_.at(org), static_cast<int>(role),
                       std::vector<std::string>(names.begin(), names.end()));
    for (model::Set& set : model.sets) {
        if (set.org == orgs_.at(org) && set.role == role) {
            set.permissions = names;
        }
    }
}

}  // namespace treeline::live
