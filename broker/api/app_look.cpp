// Scopes are noted org by org, whether there are devices in them yet or not.
#include "broker/api/app_look.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "broker/authority/from_above.hpp"
#include "broker/authority/visible.hpp"
#include "broker/authority/walk.hpp"

namespace treeline {
namespace {

class Recorder {
  public:
    Recorder(AuditDesk& desk, const Directory& directory, const AppLooker& who)
        : desk_(desk), directory_(directory), who_(who) {}

    bool device(DeviceId id, std::string_view kind) const {
        const Device* const device = directory_.device(id);
        if (device == nullptr || !sees_device(directory_, who_.user, id, who_.now) ||
            !looks_from_above(directory_, who_.user, *device, DeviceRight::view, who_.now)) {
            return true;
        }
        return note(device->org, kind, "device/" + std::to_string(directory_.wire().of(id)));
    }
    // `top` 0: everywhere.
    bool scope(OrgId top, bool is_subtree, std::string_view kind) const {
        if (top != OrgId{} && !is_subtree) {
            return org(top, kind);
        }
        constexpr PageRequest all{0, std::numeric_limits<std::size_t>::max()};
        const auto orgs = visible_orgs(directory_, who_.user, top, all, who_.now).items;
        return std::ranges::all_of(orgs, [&](OrgId each) { return org(each, kind); });
    }

  private:
    // Of an org's devices one sees all from above or none: nobody owns anything from there.
    bool org(OrgId id, std::string_view kind) const {
        constexpr Permission needed = Permission::org_devices_view;
        if (!may_view_all(id) || !looks_from_above(directory_, who_.user, id, needed, who_.now)) {
            return true;
        }
        return note(id, kind, "org/" + std::to_string(directory_.wire().of(id)));
    }
    bool may_view_all(OrgId id) const {
        const Org* const org = directory_.org(id);
        return org != nullptr && is_active(directory_, who_.user) &&
               contains(grants_at(directory_, who_.user, *org, who_.now).permissions,
                        Permission::org_devices_view);
    }
    bool note(OrgId looked_at, std::string_view kind, const std::string& object) const {
        AuditNote note;
        note.line = open_line(directory_, {.org = looked_at,
                                           .actor = who_.user,
                                           .at = who_.now,
                                           .action = "look",
                                           .outcome = "looked",
                                           .object = object,
                                           .from = who_.from});
        note.line.fields.push_back({"kind", std::string(kind)});
        note.fold = std::string(kind) + " " + object;
        return desk_.note(std::move(note));
    }

    AuditDesk& desk_;
    const Directory& directory_;
    const AppLooker& who_;
};

}  // namespace

bool record_app_look(AuditDesk& desk, const Directory& directory, const AppLooker& who,
                     const AppRequest& asked) {
    const Recorder recorder(desk, directory, who);
    if (const auto* watch = std::get_if<AppWatch>(&asked.body)) {
        if (watch->kind == AppWatch::Kind::device) {
            return recorder.device(watch->device, "watch");
        }
        return watch->org == OrgId{} ||
               recorder.scope(watch->org, watch->kind == AppWatch::Kind::subtree, "watch");
    }
    if (const auto* read = std::get_if<AppRead>(&asked.body)) {
        return recorder.device(read->device, "values");
    }
    if (const auto* list = std::get_if<AppDevices>(&asked.body)) {
        return recorder.scope(list->org, list->subtree, "devices");
    }
    return true;
}

}  // namespace treeline
