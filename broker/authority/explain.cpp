// Why: the finding of each membership on the way, and the strongest of them.
#include <array>

#include "broker/authority/authorise.hpp"
#include "broker/authority/walk.hpp"

namespace treeline {
namespace {

using enum Permission;

// Where one thing is asked for: the permission that gives it to anyone in the org, the one that
// gives it to the owner (when the asker is the owner), and the words for a yes in the org itself.
struct Question {
    const Org& org;
    Permission general{};
    std::optional<Permission> own;
    Rule general_rule{};
};

Explanation finding(bool allowed, Rule rule, const MembershipRecord& membership,
                    std::optional<Permission> missing = std::nullopt) {
    return {allowed, rule, membership.org, membership.role, missing};
}

// No by this membership for want of `permission`: because it isn't set, or because it is set and
// something that it needs isn't.
Explanation lacking(const Standing& standing, Permission permission) {
    if (!contains(standing.given, permission)) {
        return finding(false, Rule::missing_permission, standing.membership, permission);
    }
    for (const Permission needed : prerequisites(permission)) {
        if (!contains(standing.effective, needed)) {
            const bool is_set = contains(standing.given, needed);
            return is_set ? lacking(standing, needed)
                          : finding(false, Rule::missing_prerequisite, standing.membership, needed);
        }
    }
    return finding(false, Rule::missing_permission, standing.membership, permission);
}

Explanation find_here(const Question& question, const Standing& standing) {
    if (question.own && contains(standing.effective, *question.own)) {
        return finding(true, Rule::own_device, standing.membership);
    }
    if (contains(standing.effective, question.general)) {
        return finding(true, question.general_rule, standing.membership);
    }
    const Explanation general = lacking(standing, question.general);
    if (!question.own) {
        return general;
    }
    const Explanation own = lacking(standing, *question.own);
    return general.rule > own.rule ? general : own;
}

// REQUIRES: the membership stands above the org.
Explanation find_above(const Question& question, const Standing& standing) {
    const PermissionSet acting = acting_permissions(standing.effective, standing.reach);
    if (contains(acting, question.general)) {
        const Rule rule =
            standing.reach == Reach::enter ? Rule::ancestor_enter : Rule::ancestor_view;
        return finding(true, rule, standing.membership);
    }
    if (question.general <= own_devices_transfer) {  // which no ancestor gives
        return finding(false, Rule::missing_permission, standing.membership, question.general);
    }
    if (!contains(standing.effective, question.general)) {
        return lacking(standing, question.general);
    }
    if (standing.reach == Reach::none) {
        return lacking(standing,
                       contains(standing.given, suborgs_enter) ? suborgs_enter : suborgs_view);
    }
    return lacking(standing, suborgs_enter);
}

// Among refusals for a missing permission: the owner's own first, then suborgs.enter
// (platform-api.md, "Errors").
int urgency(const Explanation& no) {
    if (!no.missing) {
        return 0;
    }
    if (*no.missing <= own_devices_transfer) {
        return 3;
    }
    return *no.missing == suborgs_enter ? 2 : 1;
}

bool is_stronger(const Directory& directory, const Explanation& a, const Explanation& b) {
    if (a.allowed != b.allowed) {
        return a.allowed;
    }
    if (a.rule != b.rule) {
        return a.allowed ? a.rule < b.rule : a.rule > b.rule;
    }
    if (urgency(a) != urgency(b)) {
        return urgency(a) > urgency(b);
    }
    return directory.is_within(a.membership_org, b.membership_org);  // the nearer one
}

Explanation nobody() {
    return {false, Rule::no_membership, OrgId{}, RoleId{}, std::nullopt};
}

// A membership that would reach the org, were nothing suspended.
Explanation find_suspended(const Directory& directory, UserId user, const Org& org, UnixTime now) {
    Explanation best = nobody();
    directory.memberships(user, [&](const Membership& membership) {
        const Org* at = directory.org(membership.org);
        if (at != nullptr && contains_org(*at, org) && at->suspended_here_or_above &&
            is_in_force(membership, now)) {
            const Explanation found = finding(false, Rule::suspended, membership);
            best = is_stronger(directory, found, best) ? found : best;
        }
        return true;
    });
    return best;
}

Explanation answer(const Directory& directory, UserId user, const Question& question,
                   UnixTime now) {
    if (!is_active(directory, user)) {
        const User* found = directory.user(user);
        Explanation no = nobody();
        if (found != nullptr && found->status == UserStatus::suspended) {
            no.rule = Rule::suspended;
        }
        return no;
    }
    Explanation best = find_suspended(directory, user, question.org, now);
    walk(directory, user, question.org, now, [&](const Standing& standing) {
        const Explanation found = standing.reach == Reach::here ? find_here(question, standing)
                                                                : find_above(question, standing);
        best = is_stronger(directory, found, best) ? found : best;
    });
    return best;
}

}  // namespace

std::string_view name(Rule rule) {
    constexpr std::array<std::string_view, 9> names{
        "own_device",     "org_device",         "member",
        "ancestor_enter", "ancestor_view",      "no_membership",
        "suspended",      "missing_permission", "missing_prerequisite",
    };
    return names[static_cast<std::size_t>(rule)];
}

Explanation explain_device(const Directory& directory, UserId user, DeviceId device,
                           DeviceRight action, UnixTime now) {
    const Device* found = directory.device(device);
    const Org* org = found == nullptr ? nullptr : directory.org(found->org);
    if (org == nullptr) {
        return nobody();
    }
    const bool is_owner = found->owner == user;
    const Question question{*org, org_permission(action),
                            is_owner ? own_permission(action) : std::nullopt, Rule::org_device};
    return answer(directory, user, question, now);
}

Explanation explain_org(const Directory& directory, UserId user, OrgId org, Permission action,
                        UnixTime now) {
    const Org* found = directory.org(org);
    if (found == nullptr) {
        return nobody();
    }
    return answer(directory, user, {*found, action, std::nullopt, Rule::member}, now);
}

}  // namespace treeline
