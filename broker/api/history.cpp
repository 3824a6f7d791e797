// /devices/{id}/history and /timeline, and the history that an org kept of a device it gave away.
#include <algorithm>

#include "broker/api/call.hpp"
#include "broker/api/format.hpp"
#include "broker/api/render.hpp"
#include "broker/authority/walk.hpp"

namespace treeline {
namespace {

using K = FieldKind;

constexpr Field event_fields[]{
    {"at", K::time, true}, {"code", K::text, true}, {"text", K::text, true}, {"cleared", K::flag}};
const Shape event_shape{"TimelineEvent", event_fields};

// What the caller may read of it now: the device, its ownerships and of which tree it tells.
struct Scope {
    DeviceId device{};
    std::vector<EpochRange> epochs;
    OrgId org{};
};
using ScopeOf = Checked<Scope> (*)(const Call&);

struct Reading {
    CallPtr call;
    ScopeOf scope_of = nullptr;
    SeriesQuery query;
};

// ---- who may read what
Checked<Scope> readable(const Call& call, DeviceRight right) {
    if (auto problem = lacks(call, call.device(), right)) {
        return *problem;
    }
    const Device& device = *call.directory().device(call.device());
    return Scope{device.id, {{device.readable_from_epoch, device.ownership_epoch}}, device.org};
}

Checked<Scope> history_of(const Call& call) {
    auto scope = readable(call, DeviceRight::view);
    return scope && call.is_csv ? readable(call, DeviceRight::export_data) : scope;
}

Checked<Scope> timeline_of(const Call& call) {
    return readable(call, DeviceRight::timeline_view);
}

// The device is elsewhere, maybe out of sight: what the org kept is all that is read, by those who
// see the org's devices. Everything else is a device that isn't there.
Checked<Scope> kept_of(const Call& call) {
    const Directory& directory = call.directory();
    const Device* const device = directory.device(directory.wire().device(call.path_id(1)));
    const OrgId org = call.org();
    if (device == nullptr || !sees_org(directory, call.caller.user, org, call.now)) {
        return not_found();
    }
    Scope scope{device->id, {}, org};
    for (const KeptHistory& kept : device->kept) {
        if (kept.org == org) {
            scope.epochs.push_back({kept.from_epoch, kept.to_epoch});
        }
    }
    const PermissionSet held =
        grants_at(directory, call.caller.user, *directory.org(org), call.now).permissions;
    if (scope.epochs.empty() || !contains(held, Permission::org_devices_view)) {
        return not_found();
    }
    if (call.is_csv && !contains(held, Permission::org_devices_export)) {
        return problem_of(
            Refusal{RefusalCode::forbidden, Permission::org_devices_export, {}, false});
    }
    return scope;
}

// ---- what is asked
std::optional<Problem> read_time(const Call& call, std::string_view name, SeriesPlace& place) {
    if (const std::string* const text = call.target.query(name)) {
        const auto time = parse_time(*text);
        if (!time) {
            return invalid(std::string(name) + " is a time of the years 1970 to 9999");
        }
        place = series_place(*time, 0);
    }
    return std::nullopt;
}

std::optional<Problem> read_query(const Call& call, SeriesQuery& query) {
    const auto list = list_query(call);
    if (!list) {
        return list.error();
    }
    query.limit = list->limit;
    query.after = list->cursor;
    if (query.kind == SeriesKind::values) {
        const std::string* const text = call.target.query("pin");
        const auto pin = text == nullptr ? std::nullopt : parse_pin(*text);
        if (!pin) {
            return malformed("pin is a number from 0 to 255");
        }
        query.pin = *pin;
    }
    if (auto problem = read_time(call, "from", query.from)) {
        return problem;
    }
    if (auto problem = read_time(call, "to", query.to)) {
        return problem;
    }
    return query.from > query.to ? std::optional(invalid("from is later than to")) : std::nullopt;
}

// ---- reading and answering
json::array show(const SeriesQuery& query, const SeriesPage& page) {
    json::array items;
    for (const auto& [place, bytes] : page.points) {
        if (query.kind == SeriesKind::values) {
            if (const auto value = decode_stored_value(query.pin, bytes)) {
                items.emplace_back(show(*value));
            }
        } else if (const auto event = decode_stored_event(bytes)) {
            items.emplace_back(json::object{{"at", format_time(time_of(place))},
                                            {"code", to_utf8(event->code)},
                                            {"text", to_utf8(event->text)},
                                            {"cleared", event->is_clear}});
        }
    }
    return items;
}

void read(Reading reading);

// Rights and ownerships are asked for again: what a transfer has cut meanwhile is not shown.
void take_page(Reading reading, const storage::Result<SeriesPage>& page) {
    Call& call = *reading.call;
    call.now = call.parts->clock().wall;
    const auto scope = reading.scope_of(call);
    if (!scope) {
        return answer(std::move(reading.call), scope.error());
    }
    if (!page) {
        return answer(std::move(reading.call), overloaded());
    }
    if (scope->epochs != reading.query.epochs) {
        reading.query.epochs = scope->epochs;
        return read(std::move(reading));
    }
    Answer found = list_answer(show(reading.query, *page), page->next, page->total,
                               tree_revision(call.directory(), scope->org));
    answer(std::move(reading.call), std::move(found));
}

void read(Reading reading) {
    const ApiParts& parts = *reading.call->parts;
    const SeriesQuery query = reading.query;
    const auto held = std::make_shared<Reading>(std::move(reading));
    const bool is_taken =
        parts.series != nullptr &&
        parts.series->read(query, Reply<storage::Result<SeriesPage>>(
                                      [held](const storage::Result<SeriesPage>& page) {
                                          take_page(std::move(*held), page);
                                      }));
    if (!is_taken) {
        answer(std::move(held->call), overloaded());
    }
}

template <ScopeOf scope_of, SeriesKind kind>
void handle(CallPtr call) {
    const auto scope = scope_of(*call);
    if (!scope) {
        return answer(std::move(call), scope.error());
    }
    SeriesQuery query{.kind = kind, .device = scope->device, .epochs = scope->epochs};
    if (auto problem = read_query(*call, query)) {
        return answer(std::move(call), *problem);
    }
    read({std::move(call), scope_of, std::move(query)});
}

const Route table[]{
    {.method = "GET",
     .pattern = "/api/v1/devices/{id}/history",
     .permission = "view",
     .summary = "What a pin was worth, oldest first, as far as the device's history goes",
     .handler = handle<history_of, SeriesKind::values>,
     .answer = &pin_shape,
     .is_list = true,
     .filters = "pin from to",
     .csv = "at pin values",
     .csv_permission = "export"},
    {.method = "GET",
     .pattern = "/api/v1/devices/{id}/timeline",
     .permission = "timeline_view",
     .summary = "The events that the device has logged and cleared, oldest first",
     .handler = handle<timeline_of, SeriesKind::events>,
     .answer = &event_shape,
     .is_list = true,
     .filters = "from to"},
    {.method = "GET",
     .pattern = "/api/v1/orgs/{id}/devices/{device}/history",
     .permission = "org_devices.view",
     .summary = "The history that the org kept when it gave the device away",
     .handler = handle<kept_of, SeriesKind::values>,
     .answer = &pin_shape,
     .is_list = true,
     .filters = "pin from to",
     .csv = "at pin values",
     .csv_permission = "org_devices.export"},
};

}  // namespace

std::span<const Route> history_routes() {
    return table;
}

}  // namespace treeline
