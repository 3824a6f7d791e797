// /explain: why somebody may or may not, by the same walk that decides it.
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

Answer shown(const Call& call, const Explanation& why, OrgId tree) {
    Answer found;
    found.revision = tree_revision(call.directory(), tree);
    found.body = {{"allowed", why.allowed},
                  {"rule", name(why.rule)},
                  {"membership", shown_membership(call, why, tree)},
                  {"missing_permission",
                   why.missing ? json::value(name(*why.missing)) : json::value(nullptr)}};
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
    return shown(call, explain_device(directory, user, device, *action, call.now),
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
    return shown(call, explain_org(directory, user, org, *action, call.now), org);
}

// What can't be seen comes before what is wrong with the rest of the body.
Checked<Answer> explain(Call& call) {
    if (!call.body.has("user") || call.body.has("device") == call.body.has("org")) {
        call.body.refuse(invalid("either device or org is given"));
        return *call.body.refused();
    }
    const UserId user = call.directory().wire().user(call.body.id("user"));
    if (user != call.caller.user &&
        !sees_user(call.directory(), call.caller.user, user, call.now)) {
        return not_found();
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
