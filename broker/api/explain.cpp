// /explain: why somebody may or may not, by the same walk that decides it.
#include <algorithm>

#include "broker/api/call.hpp"
#include "broker/api/render.hpp"

namespace treeline {
namespace {

using K = FieldKind;

constexpr Field ask_fields[]{
    {"user", K::id, true}, {"device", K::id}, {"org", K::id}, {"action", K::text, true}};
constexpr Field explanation_fields[]{{"allowed", K::flag, true},
                                     {"rule", K::text, true},
                                     {"membership", K::object, true, true},
                                     {"missing_permission", K::text, true, true},
                                     {"granted_by", K::values},
                                     {"revision", K::number}};
const Shape ask_shape{"Explain", ask_fields};
const Shape explanation_shape{"Explanation", explanation_fields};

json::value shown_membership(const Call& call, const Explanation& why, OrgId standing) {
    const Directory& directory = call.directory();
    if (why.membership_org == OrgId{}) {
        return nullptr;
    }
    json::value org = directory.wire().of(why.membership_org);
    if (!sees_org(directory, call.caller.user, why.membership_org, call.now)) {
        org =
            hidden(directory, standing, why.membership_org) == Hidden::above ? "above" : "outside";
    }
    return json::object{{"org", std::move(org)}, {"role", number(why.role)}};
}

// Those whom the asker may see; of the others only where they stand, and that there are some.
json::array grantors(const Call& call, UserId user, OrgId org, Permission missing) {
    constexpr std::size_t shown_max = 1'000;
    const Directory& directory = call.directory();
    json::array shown;
    for (const Grantor& grantor : who_could_grant(directory, user, org, missing, call.now)) {
        json::value who = directory.wire().of(grantor.user);
        if (!sees_user(directory, call.caller.user, grantor.user, call.now)) {
            who = hidden(directory, org, grantor.at) == Hidden::above ? "above" : "outside";
        }
        if (shown.size() < shown_max && std::ranges::find(shown, who) == shown.end()) {
            shown.push_back(std::move(who));
        }
    }
    return shown;
}

Answer shown(const Call& call, UserId user, const Explanation& why, OrgId tree) {
    Answer found;
    found.revision = tree_revision(call.directory(), tree);
    found.body = {{"allowed", why.allowed},
                  {"rule", name(why.rule)},
                  {"membership", shown_membership(call, why, tree)},
                  {"missing_permission",
                   why.missing ? json::value(name(*why.missing)) : json::value(nullptr)}};
    if (why.missing) {
        const OrgId at = why.membership_org == OrgId{} ? tree : why.membership_org;
        found.body["granted_by"] = grantors(call, user, at, *why.missing);
    }
    return found;
}

Checked<Answer> explain_on_device(const Call& call, UserId user) {
    const Directory& directory = call.directory();
    const DeviceId device = directory.wire().device(call.body.id("device"));
    if (!sees_device(directory, call.caller.user, device, call.now)) {
        return not_found();
    }
    if (const auto& problem = call.body.refused()) {
        return *problem;
    }
    const auto action = device_right_named(call.body.text("action"));
    if (!action) {
        return invalid("action is no device permission");
    }
    return shown(call, user, explain_device(directory, user, device, *action, call.now),
                 directory.device(device)->org);
}

Checked<Answer> explain_on_org(const Call& call, UserId user) {
    const Directory& directory = call.directory();
    const OrgId org = directory.wire().org(call.body.id("org"));
    if (!sees_org(directory, call.caller.user, org, call.now)) {
        return not_found();
    }
    if (const auto& problem = call.body.refused()) {
        return *problem;
    }
    const auto action = permission_named(call.body.text("action"));
    if (!action) {
        return invalid("action is no permission");
    }
    return shown(call, user, explain_org(directory, user, org, *action, call.now), org);
}

// What can't be seen comes before what is wrong with the rest of the body.
Checked<Answer> explain(Call& call) {
    if (!call.body.has("user")) {
        return *call.body.refused();
    }
    const UserId user = call.directory().wire().user(call.body.id("user"));
    if (user != call.caller.user &&
        !sees_user(call.directory(), call.caller.user, user, call.now)) {
        return not_found();
    }
    if (call.body.has("device") == call.body.has("org")) {
        return invalid("either device or org is given");
    }
    return call.body.has("device") ? explain_on_device(call, user) : explain_on_org(call, user);
}

const Route table[]{
    {.method = "POST",
     .pattern = "/api/v1/explain",
     .permission = "visible",
     .summary = "Why a user may or may not do something to a device or an org",
     .handler = reads<explain>,
     .answer = &explanation_shape,
     .body = &ask_shape},
};

}  // namespace

std::span<const Route> explain_routes() {
    return table;
}

}  // namespace treeline
