// role: the roles of a tree, and what they may in an org.
#include "cli/commands/commands.hpp"

namespace treeline::cli {
namespace {

constexpr Parameter which{"ROLE",      "role",           Kind::role,
                          Place::path, Missing::refused, "The role's number or name"};
constexpr Parameter root{
    "--org", "org", Kind::id, Place::path, Missing::home_org, "The tree's root; else your home"};

constexpr Parameter list[]{home_org};
constexpr Parameter create[]{
    root, {"NAME", "name", Kind::text, Place::body, Missing::refused, "The new role's name"}};
constexpr Parameter rename[]{
    root, which, {"NAME", "name", Kind::text, Place::body, Missing::refused, "The new name"}};
constexpr Parameter remove[]{root,
                             which,
                             {"--replacement", "replacement", Kind::role, Place::query,
                              Missing::refused, "What its holders get instead"}};
constexpr Parameter one[]{home_org, which};
constexpr Parameter set[]{home_org,
                          which,
                          {"PERMISSION", "permissions", Kind::texts, Place::body, Missing::nothing,
                           "The whole set, as group.name; none: an empty one"}};
constexpr Parameter push[]{
    home_org,
    {"--mode", "mode", Kind::text, Place::body, Missing::refused, "overwrite, merge or link"},
    {"--roles", "roles", Kind::roles, Place::body, Missing::nothing, "Else all"},
    {"--dry-run", "dry_run", Kind::flag, Place::body, Missing::nothing, "Only say what would be"},
    {"--expected-revision", "expected_revision", Kind::number, Place::body, Missing::nothing,
     "The dry run's: refuse it when something has changed since"}};

constexpr Command table[]{
    {"role", "list", "The roles, with their permissions in an org", "GET", "/orgs/{org}/roles",
     list, "id name permissions", true},
    {"role", "create", "Make a role, empty everywhere", "POST", "/orgs/{org}/roles", create},
    {"role", "rename", "Rename a role in the whole tree", "PATCH", "/orgs/{org}/roles/{role}",
     rename},
    {"role", "delete", "Delete a role; its holders get another", "DELETE",
     "/orgs/{org}/roles/{role}", remove},
    {"role", "show", "What a role may in an org", "GET", "/orgs/{org}/roles/{role}/permissions",
     one},
    {"role", "set", "Set what a role may in an org", "PUT", "/orgs/{org}/roles/{role}/permissions",
     set},
    {"role", "push", "Send an org's sets to every org below it", "POST",
     "/orgs/{org}/permissions/push", push},
    {"role", "undo", "Undo the last push", "POST", "/orgs/{org}/permissions/push/undo", list},
};

}  // namespace

std::span<const Command> role_commands() {
    return table;
}

}  // namespace treeline::cli
