// The permission table of tenancy.md §3, as its text has it.
#include <algorithm>
#include <sstream>

#include "tests/model/model.hpp"

namespace treeline::model {
namespace {

struct Group {
    std::string name;
    std::string permissions;
};

const std::vector<Group>& groups() {
    static const std::string eleven =
        "view control provision edit delete erase_data export timeline_view timeline_edit "
        "rotate_token transfer";
    static const std::vector<Group> table{
        {"own_devices", eleven},
        {"org_devices", eleven + " service"},
        {"users",
         "view invite edit delete set_password force_logout suspend transfer export "
         "view_activity"},
        {"roles", "view create edit delete push"},
        {"templates", "view create edit delete"},
        {"org", "settings"},
        {"suborgs", "view enter create edit delete move suspend"},
        {"static_tokens", "manage"},
        {"api_clients", "view create edit delete"},
        {"webhooks", "manage"},
        {"automations", "view create edit delete execute"},
        {"ota", "view start stop"},
        {"audit", "view"},
    };
    return table;
}

// "group: name name" pieces, each on a line.
Names listed(const std::string& text) {
    Names names;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string group;
        words >> group;
        for (std::string word; words >> word;) {
            names.insert(group + "." + word);
        }
    }
    return names;
}

std::string group_of(const std::string& permission) {
    return permission.substr(0, permission.find('.'));
}

bool is_permission(const std::string& name) {
    return std::ranges::count(all_permissions(), name) == 1;
}

}  // namespace

const std::vector<std::string>& all_permissions() {
    static const std::vector<std::string> all = [] {
        std::vector<std::string> names;
        for (const Group& group : groups()) {
            std::istringstream words(group.permissions);
            for (std::string word; words >> word;) {
                names.push_back(group.name + "." + word);
            }
        }
        return names;
    }();
    return all;
}

// Every permission of a group needs that group's view where it has one; roles.push also needs
// suborgs.enter.
Names prerequisites(const std::string& permission) {
    Names needed;
    const std::string view = group_of(permission) + ".view";
    if (permission != view && is_permission(view)) {
        needed.insert(view);
    }
    if (permission == "roles.push") {
        needed.insert("suborgs.enter");
    }
    return needed;
}

// One whose prerequisite is missing has no effect; and what has no effect satisfies nothing.
Names effective(const Names& set) {
    Names left = set;
    for (bool changed = true; changed;) {
        changed = false;
        for (const std::string& permission : Names(left)) {
            for (const std::string& needed : prerequisites(permission)) {
                if (left.count(needed) == 0 && left.erase(permission) == 1) {
                    changed = true;
                }
            }
        }
    }
    return left;
}

Names default_permissions(unsigned role) {
    if (role == 1) {
        return Names(all_permissions().begin(), all_permissions().end());
    }
    if (role == 2) {
        return listed(
            "org_devices view control edit export timeline_view timeline_edit service\n"
            "own_devices view control provision edit erase_data export timeline_view "
            "timeline_edit rotate_token transfer\n"
            "users view invite\n"
            "roles view\n"
            "templates view\n"
            "suborgs view enter\n"
            "automations view create edit execute\n");
    }
    if (role == 3) {
        return listed("own_devices view control provision edit export timeline_view\n");
    }
    return {};
}

}  // namespace treeline::model
