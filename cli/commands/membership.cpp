// membership: who belongs where, in which role, for how long.
#include "cli/commands/commands.hpp"

namespace treeline::cli {
namespace {

constexpr Parameter which{"MEMBERSHIP", "membership",     Kind::id,
                          Place::path,  Missing::refused, "The membership's id"};
constexpr Parameter from{"--not-before", "not_before",     Kind::time,
                         Place::body,    Missing::nothing, "RFC 3339, or none"};
constexpr Parameter until{"--not-after", "not_after",      Kind::time,
                          Place::body,   Missing::nothing, "RFC 3339, or none"};

constexpr Parameter list[]{home_org};
constexpr Parameter one[]{which};
constexpr Parameter add[]{
    home_org,
    {"--user", "user", Kind::user, Place::body, Missing::nothing, "Somebody whom you may see"},
    {"--email", "email", Kind::text, Place::body, Missing::nothing, "Or an address to invite"},
    {"--role", "role", Kind::role, Place::body, Missing::refused, "A role's number or name"},
    from,
    until};
constexpr Parameter edit[]{
    which,
    {"--role", "role", Kind::role, Place::body, Missing::nothing, "A role's number or name"},
    from,
    until,
    allow_orphan};
constexpr Parameter end[]{which,
                          {"--allow-orphan", "allow_orphan", Kind::flag, Place::query,
                           Missing::nothing, "Even if the org is left without an admin"}};

constexpr Command table[]{
    {"membership", "list", "The memberships in an org", "GET", "/orgs/{org}/memberships", list,
     "id user email role status not_before not_after", true},
    {"membership", "add", "Give a user a role in an org, or invite an address", "POST",
     "/orgs/{org}/memberships", add},
    {"membership", "edit", "Change role or period", "PATCH", "/memberships/{membership}", edit},
    {"membership", "end", "End it, and with it every watch that depends on it", "DELETE",
     "/memberships/{membership}", end},
    {"membership", "accept", "Accept an invitation of yours", "POST",
     "/memberships/{membership}/accept", one},
    {"membership", "decline", "Decline one", "POST", "/memberships/{membership}/decline", one},
    {"membership", "home", "Make it your home", "POST", "/memberships/{membership}/home", one},
};

}  // namespace

std::span<const Command> membership_commands() {
    return table;
}

}  // namespace treeline::cli
