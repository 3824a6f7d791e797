// A denial of an app, said as one of REST is.
#include "broker/api/app_denial.hpp"

#include <string>

#include "broker/authority/permit.hpp"

namespace treeline {
namespace {

std::string object_of(const WireIds& wire, const AppDenial& denial) {
    return denial.device != DeviceId{} ? "device/" + std::to_string(wire.of(denial.device))
                                       : "org/" + std::to_string(wire.of(denial.org));
}

// The one thing that is forbidden to somebody who sees the object is to write.
std::string missing_permission(const Directory& directory, const AppDenial& denial, UnixTime now) {
    if (denial.status != AppStatus::forbidden) {
        return {};
    }
    const Refusal refusal =
        device_refusal(directory, denial.user, denial.device, DeviceRight::control, now);
    return refusal.missing ? std::string(name(*refusal.missing)) : std::string();
}

}  // namespace

bool record_app_denial(AuditDesk& desk, const Directory& directory, const AppDenial& denial,
                       UnixTime now, std::string_view from) {
    const User* const user = directory.user(denial.user);
    const Membership* const home = user == nullptr ? nullptr : directory.membership(user->home);
    if (home == nullptr) {
        return true;
    }
    const std::string action = "app " + std::string(denial.asked);
    const std::string object = object_of(directory.wire(), denial);
    const std::string status = denial.status == AppStatus::forbidden ? "403" : "404";
    AuditNote note;
    note.line = open_line(directory, {.org = home->org,
                                      .actor = denial.user,
                                      .at = now,
                                      .action = action,
                                      .outcome = "denied",
                                      .object = object,
                                      .from = from});
    note.line.fields.push_back({"status", status});
    if (std::string missing = missing_permission(directory, denial, now); !missing.empty()) {
        note.line.fields.push_back({"missing_permission", std::move(missing)});
    }
    note.crowd = "denied " + action + " " + status;
    note.fold = note.crowd + " " + object;
    return desk.note(std::move(note));
}

}  // namespace treeline
