// Notes for the audit, made from the request alone: an object that is missing and one that can't be
// seen make the same note.
#include "broker/api/audit_note.hpp"

#include <array>

#include "broker/api/format.hpp"
#include "broker/authority/from_above.hpp"
#include "broker/registry/audit.hpp"

namespace treeline {
namespace {

constexpr std::string_view base_path = "/api/v1";
constexpr std::size_t object_size_max = 64;

struct KindName {
    std::string_view segment;
    std::string_view kind;
};
constexpr std::array<KindName, 6> kinds{{{"orgs", "org"},
                                         {"users", "user"},
                                         {"devices", "device"},
                                         {"memberships", "membership"},
                                         {"invitations", "invitation"},
                                         {"transfers", "transfer"}}};

std::string_view kind_of(std::string_view pattern) {
    for (const KindName& known : kinds) {
        const std::string wanted = "/" + std::string(known.segment) + "/{id}";
        if (pattern.find(wanted) != std::string_view::npos) {
            return known.kind;
        }
    }
    return {};
}

// "device/123", as it was sent: in the path, else in the body or the query.
std::string object_of(const Call& call) {
    const std::string_view kind = kind_of(call.route->pattern);
    if (!kind.empty()) {
        return std::string(kind) + "/" + to_utf8(call.path[0].substr(0, object_size_max));
    }
    for (const std::string_view name : {"device", "org", "parent", "user"}) {
        const std::string_view said = name == "parent" ? "org" : name;
        if (call.body.has(name) && call.body.id(name) != 0) {
            return std::string(said) + "/" + std::to_string(call.body.id(name));
        }
        const std::string* const asked = call.target.query(name);
        if (asked != nullptr && parse_id(*asked)) {
            return std::string(said) + "/" + *asked;
        }
    }
    return {};
}

std::string action_of(const Call& call) {
    const std::string_view pattern = call.route->pattern;
    return std::string(call.route->method) + " " +
           std::string(pattern.starts_with(base_path) ? pattern.substr(base_path.size()) : pattern);
}

std::optional<Problem> hand_over(const Call& call, AuditNote note) {
    if (!call.parts->audit->note(std::move(note))) {
        return overloaded();
    }
    return std::nullopt;
}

// Which org is looked into, when it is from above; 0: it is not.
struct Look {
    OrgId org{};
    std::string_view kind;
};

Look look_at_device(const Call& call, DeviceId id) {
    const Directory& directory = call.directory();
    const Device* const device = directory.device(id);
    if (device == nullptr) {
        return {};
    }
    const std::string_view pattern = call.route->pattern;
    const bool is_of_values = pattern.find("/pins") != std::string_view::npos ||
                              pattern.ends_with("/history") || pattern.ends_with("/timeline");
    const DeviceRight right =
        device_right_named(call.route->permission).value_or(DeviceRight::view);
    if (!looks_from_above(directory, call.caller.user, *device, right, call.now)) {
        return {};
    }
    return {device->org, is_of_values ? "values" : "device"};
}

Look look_at_org(const Call& call, OrgId org) {
    const Directory& directory = call.directory();
    const auto needed =
        permission_named(call.is_csv ? call.route->csv_permission : call.route->permission);
    if (directory.org(org) == nullptr ||
        !looks_from_above(directory, call.caller.user, org, needed, call.now)) {
        return {};
    }
    return {org, "org"};
}

Look look_at_user(const Call& call, UserId user) {
    return {looks_from_above(call.directory(), call.caller.user, user, call.now), "user"};
}

Look look_of(const Call& call) {
    const std::string_view kind = kind_of(call.route->pattern);
    if (kind == "device") {
        return look_at_device(call, call.device());
    }
    if (kind == "org") {
        return look_at_org(call, call.org());
    }
    if (kind == "user") {
        return look_at_user(call, call.user());
    }
    const WireIds& wire = call.directory().wire();
    const auto asked = [&](std::string_view name) -> std::uint64_t {
        const std::string* const id = call.target.query(name);
        return id == nullptr ? 0 : parse_id(*id).value_or(0);
    };
    if (call.route->pattern.starts_with("/api/v1/visibility")) {
        return asked("device") != 0 ? look_at_device(call, wire.device(asked("device")))
                                    : look_at_user(call, wire.user(asked("user")));
    }
    return look_at_org(call, wire.org(asked("org")));
}

std::optional<Problem> record(const Call& call, const Look& look, const std::string& object) {
    AuditNote note;
    note.line = open_line(call.directory(), {.org = look.org,
                                             .actor = call.caller.user,
                                             .at = call.now,
                                             .action = "look",
                                             .outcome = "looked",
                                             .object = object,
                                             .from = call.request.peer});
    note.line.fields.push_back({"kind", std::string(look.kind)});
    note.fold = std::string(look.kind) + " " + object;
    return hand_over(call, std::move(note));
}

}  // namespace

std::optional<Problem> record_denial(const Call& call, const Problem& problem) {
    if (call.parts->audit == nullptr || call.route == nullptr || call.caller.user == UserId{} ||
        (problem.status != 404 && problem.status != 403 && problem.code != "email_taken")) {
        return std::nullopt;
    }
    const Directory& directory = call.directory();
    const User* const user = directory.user(call.caller.user);
    const Membership* const home = user == nullptr ? nullptr : directory.membership(user->home);
    if (home == nullptr) {
        return std::nullopt;
    }
    const std::string action = action_of(call);
    const std::string object = object_of(call);
    AuditNote note;
    note.line = open_line(directory, {.org = home->org,
                                      .actor = call.caller.user,
                                      .at = call.now,
                                      .action = action,
                                      .outcome = "denied",
                                      .object = object,
                                      .from = call.request.peer});
    note.line.fields.push_back({"status", std::to_string(problem.status)});
    if (!problem.missing_permission.empty()) {
        note.line.fields.push_back({"missing_permission", problem.missing_permission});
    }
    return hand_over(call, std::move(note));
}

std::optional<Problem> record_look(const Call& call) {
    if (call.parts->audit == nullptr || call.route == nullptr || call.caller.user == UserId{} ||
        call.route->method != "GET") {
        return std::nullopt;
    }
    for (const OrgId org : call.looked_into) {
        const std::string object = "org/" + std::to_string(call.directory().wire().of(org));
        if (auto problem = record(call, {org, "devices"}, object)) {
            return problem;
        }
    }
    const Look look = look_of(call);
    return look.org == OrgId{} || !call.looked_into.empty() ? std::nullopt
                                                            : record(call, look, object_of(call));
}

}  // namespace treeline
