// org: the tree, as far as the caller sees it.
#include <map>
#include <ostream>

#include "cli/commands/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/shell.hpp"
#include "cli/table.hpp"

namespace treeline::cli {
namespace {

constexpr const char* kinds = "business, partner, client, personal or branch";

constexpr Parameter one[]{org_path};
constexpr Parameter create[]{
    {"NAME", "name", Kind::text, Place::body, Missing::refused, "Unique among its siblings"},
    {"--parent", "parent", Kind::id, Place::body, Missing::home_org, "Else your home org"},
    {"--kind", "kind", Kind::text, Place::body, Missing::nothing, kinds},
    {"--can-create-suborgs", "can_create_suborgs", Kind::boolean, Place::body, Missing::nothing,
     "true or false"},
    {"--timezone", "timezone"},
    {"--description", "description"},
    {"--metadata", "metadata", Kind::map, Place::body, Missing::nothing, "NAME=VALUE, repeatable"}};
constexpr Parameter edit[]{org_path,
                           {"--name", "name"},
                           {"--kind", "kind", Kind::text, Place::body, Missing::nothing, kinds},
                           {"--can-create-suborgs", "can_create_suborgs", Kind::boolean,
                            Place::body, Missing::nothing, "true or false"},
                           {"--timezone", "timezone"},
                           {"--description", "description"},
                           {"--metadata", "metadata", Kind::map, Place::body, Missing::nothing,
                            "NAME=VALUE, repeatable; replaces what is there"}};
constexpr Parameter move[]{
    org_path, {"--to", "parent", Kind::id, Place::body, Missing::refused, "The new parent"}};
constexpr Parameter tree_parameters[]{
    {"ORG", "org", Kind::id, Place::path, Missing::home_org, "The org at the top; else your home"}};

using Children = std::multimap<std::uint64_t, const json::value*>;

void print_below(std::ostream& out, const Children& children, const json::value& org,
                 const std::string& indent) {
    const std::uint64_t id = number_of(org, "id").value_or(0);
    out << indent << safe_text(text_of(org, "name")) << " (" << id << ", "
        << safe_text(text_of(org, "kind"));
    if (text_of(org, "status") == "suspended") {
        out << ", suspended";
    }
    out << ")\n";
    const auto [begin, end] = children.equal_range(id);
    for (auto child = begin; child != end; ++child) {
        print_below(out, children, *child->second, indent + "  ");
    }
}

// Those whose parent is not in the answer stand at the left edge.
void print_tree(std::ostream& out, const json::array& orgs) {
    std::map<std::uint64_t, const json::value*> known;
    for (const json::value& org : orgs) {
        known.emplace(number_of(org, "id").value_or(0), &org);
    }
    Children children;
    for (const json::value& org : orgs) {
        children.emplace(number_of(org, "parent").value_or(0), &org);
    }
    for (const json::value& org : orgs) {
        if (!known.contains(number_of(org, "parent").value_or(0))) {
            print_below(out, children, org, {});
        }
    }
}

int run_tree(Shell& shell, const Command& command, const Given& given) {
    const auto request = prepare(shell, command, given);
    if (!request) {
        return static_cast<int>(request.error());
    }
    const auto reply = ask_all(shell, *request);
    if (!reply) {
        return static_cast<int>(reply.error());
    }
    const json::array* const orgs = items_of(reply->value);
    if (shell.globals.json || orgs == nullptr) {
        show(shell, *reply, {});
    } else {
        print_tree(shell.outside.out, *orgs);
    }
    return exit_ok;
}

constexpr Command table[]{
    {"org",
     "list",
     "The orgs that you may see",
     "GET",
     "/orgs",
     {},
     "id parent name kind status",
     true},
    {"org", "show", "One org", "GET", "/orgs/{org}", one},
    {"org", "create", "Make an org below another", "POST", "/orgs", create},
    {"org", "edit", "Change name, kind, settings or metadata", "PATCH", "/orgs/{org}", edit},
    {"org", "move", "Move an org with all below it", "POST", "/orgs/{org}/move", move},
    {"org", "suspend", "Memberships in it and below give nothing", "POST", "/orgs/{org}/suspend",
     one},
    {"org", "resume", "Resume a suspended org", "POST", "/orgs/{org}/resume", one},
    {"org", "delete", "Delete an org without sub-orgs and devices", "DELETE", "/orgs/{org}", one},
    {"org",
     "tree",
     "An org and all below it, as a tree",
     "GET",
     "/orgs/{org}/subtree",
     tree_parameters,
     {},
     true,
     run_tree},
};

}  // namespace

std::span<const Command> org_commands() {
    return table;
}

}  // namespace treeline::cli
