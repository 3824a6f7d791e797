// device: devices, their tokens, owners and pins.
#include "cli/commands/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/shell.hpp"

namespace treeline::cli {
namespace {

constexpr Parameter which{"DEVICE",    "device",         Kind::id,
                          Place::path, Missing::refused, "The device's id"};

constexpr Parameter list[]{
    {"--org", "org", Kind::id, Place::query, Missing::nothing, "Only those of the org"},
    {"--subtree", "subtree", Kind::flag, Place::query, Missing::nothing, "And of all below it"},
    {"--owner", "owner", Kind::user, Place::query, Missing::nothing, "Only those of the user"},
    {"--q", "q", Kind::text, Place::query, Missing::nothing, "Only those with this in the name"}};
constexpr Parameter one[]{which};
constexpr Parameter create[]{
    {"NAME", "name", Kind::text, Place::body, Missing::refused, "The device's name"},
    home_org,
    {"--owner", "owner", Kind::user, Place::body, Missing::nothing, "A member of the org, or me"},
    {"--template", "template", Kind::id},
    {"--metadata", "metadata", Kind::map, Place::body, Missing::nothing, "NAME=VALUE, repeatable"},
    {"--tag", "tags", Kind::texts, Place::body, Missing::nothing, "Repeatable"}};
constexpr Parameter edit[]{
    which,
    {"--name", "name"},
    {"--metadata", "metadata", Kind::map, Place::body, Missing::nothing,
     "NAME=VALUE, repeatable; replaces what is there"},
    {"--tag", "tags", Kind::texts, Place::body, Missing::nothing, "Repeatable; replaces"}};
constexpr Parameter owner[]{
    which,
    {"--user", "owner", Kind::user, Place::body, Missing::nothing, "The new owner"},
    {"--none", "", Kind::flag, Place::local, Missing::nothing, "Leave it without one"}};
constexpr Parameter write[]{
    which,
    {"PIN", "pin", Kind::pin, Place::path, Missing::refused, "5 or V5"},
    {"VALUE", "values", Kind::texts, Place::body, Missing::refused, "One or more"}};

int set_owner(Shell& shell, const Command& command, const Given& given) {
    if (given.has("--user") == given.has("--none")) {
        return static_cast<int>(complain(shell, "give either --user or --none", exit_usage));
    }
    Command chosen = command;
    if (given.has("--none")) {
        chosen.method = "DELETE";
    }
    return run_plain(shell, chosen, given);
}

constexpr Command table[]{
    {"device", "list", "The devices that you may see", "GET", "/devices", list,
     "id org owner name online last_seen_at", true},
    {"device", "show", "One device", "GET", "/devices/{device}", one},
    {"device", "create", "Make a device; its token is shown once", "POST", "/orgs/{org}/devices",
     create},
    {"device", "edit", "Change name, metadata or tags", "PATCH", "/devices/{device}", edit},
    {"device", "delete", "Delete it and close its connection", "DELETE", "/devices/{device}", one},
    {"device", "rotate-token", "A new token, shown once; the old one is refused", "POST",
     "/devices/{device}/token", one},
    {"device",
     "owner",
     "Change the owner",
     "PUT",
     "/devices/{device}/owner",
     owner,
     {},
     false,
     set_owner},
    {"device", "pins", "Every stored value", "GET", "/devices/{device}/pins", one, "pin values at"},
    {"device", "write", "Write to a pin", "PUT", "/devices/{device}/pins/{pin}", write},
};

}  // namespace

std::span<const Command> device_commands() {
    return table;
}

}  // namespace treeline::cli
