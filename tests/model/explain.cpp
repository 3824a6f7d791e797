// Why, in the words of platform-api.md: the first way to a yes, else the nearest miss.
#include <algorithm>

#include "tests/model/model.hpp"

namespace treeline::model {
namespace {

struct Asked {
    Id user = 0;
    Id org = 0;               // where the object stands
    Names wanted;             // any of these gives it in the org itself
    std::string from_above;   // this one gives it from an ancestor; empty: none does
    bool is_reading = false;  // … with suborgs.view alone
};

struct Live {
    const Membership* membership = nullptr;
    Names given;
    Names effective;
};

std::vector<Live> reaching(const World& world, const Asked& asked, Instant now) {
    std::vector<Live> all;
    for (const Membership& m : world.memberships) {
        const bool reaches = m.org == asked.org || is_proper_ancestor(world, m.org, asked.org);
        if (m.user == asked.user && reaches && is_live(world, m, now)) {
            const Names given = set_of(world, m.org, m.role);
            all.push_back({&m, given, effective(given)});
        }
    }
    return all;
}

bool has(const Names& names, const std::string& name) {
    return names.count(name) == 1;
}

bool gives(const Live& live, const Asked& asked, bool in_org, const std::string& through) {
    if ((live.membership->org == asked.org) != in_org) {
        return false;
    }
    if (in_org) {
        return has(live.effective, through);
    }
    return has(live.effective, asked.from_above) && has(live.effective, through) &&
           (through == "suborgs.enter" || asked.is_reading);
}

// Something that is needed is switched on, but has no effect for want of something else.
bool misses_prerequisite(const Live& live, const Asked& asked) {
    const auto is_idle = [&](const std::string& permission) {
        return has(live.given, permission) && !has(live.effective, permission);
    };
    if (live.membership->org == asked.org) {
        return std::ranges::any_of(asked.wanted, is_idle);
    }
    if (asked.from_above.empty()) {
        return false;
    }
    const bool enter_is_idle = is_idle("suborgs.enter") && has(live.effective, asked.from_above);
    return is_idle(asked.from_above) || enter_is_idle;
}

Why refuse(const World& world, const Asked& asked, Instant now) {
    for (const User& user : world.users) {
        if (user.id == asked.user && user.status != "active") {
            return {false, user.status == "suspended" ? "suspended" : "no_membership"};
        }
    }
    const std::vector<Live> all = reaching(world, asked, now);
    if (!all.empty()) {
        const bool idle = std::ranges::any_of(
            all, [&](const Live& live) { return misses_prerequisite(live, asked); });
        return {false, idle ? "missing_prerequisite" : "missing_permission"};
    }
    World resumed = world;  // would one be live if nothing were suspended?
    for (Org& org : resumed.orgs) {
        org.suspended = false;
    }
    return {false, reaching(resumed, asked, now).empty() ? "no_membership" : "suspended"};
}

struct Way {
    bool in_org = false;
    std::string through;
    std::string rule;
};

Why explain(const World& world, const Asked& asked, const std::vector<Way>& ways, Instant now) {
    const bool is_active = std::ranges::any_of(world.users, [&](const User& user) {
        return user.id == asked.user && user.status == "active";
    });
    for (const Way& way : ways) {
        for (const Live& live : reaching(world, asked, now)) {
            if (is_active && gives(live, asked, way.in_org, way.through)) {
                return {true, way.rule};
            }
        }
    }
    return refuse(world, asked, now);
}

}  // namespace

Why explain_device(const World& world, Id user, Id device, const std::string& action, Instant now) {
    for (const Device& found : world.devices) {
        if (found.id != device) {
            continue;
        }
        const std::string own = "own_devices." + action;
        const std::string general = "org_devices." + action;
        const bool is_own = found.owner == user && action != "service";
        const bool is_reading = Names{"view", "export", "timeline_view", "service"}.count(action);
        const Asked asked{user, found.org, is_own ? Names{own, general} : Names{general}, general,
                          is_reading};
        std::vector<Way> ways{{true, general, "org_device"},
                              {false, "suborgs.enter", "ancestor_enter"},
                              {false, "suborgs.view", "ancestor_view"}};
        if (is_own) {
            ways.insert(ways.begin(), {true, own, "own_device"});
        }
        return explain(world, asked, ways, now);
    }
    return {false, "no_membership"};
}

Why explain_org(const World& world, Id user, Id org, const std::string& action, Instant now) {
    const bool is_own_device = action.rfind("own_devices.", 0) == 0;
    const bool is_org_device = action.rfind("org_devices.", 0) == 0;
    const std::string bare = action.substr(action.find('.') + 1);
    const bool is_reading =
        is_org_device ? Names{"view", "export", "timeline_view", "service"}.count(bare) == 1
                      : bare == "view";
    const Asked asked{user, org, {action}, is_own_device ? "" : action, is_reading};
    return explain(world, asked,
                   {{true, action, "member"},
                    {false, "suborgs.enter", "ancestor_enter"},
                    {false, "suborgs.view", "ancestor_view"}},
                   now);
}

}  // namespace treeline::model
