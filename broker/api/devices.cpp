// /devices: the devices that the caller may see; making, changing and deleting them.
#include <algorithm>

#include <boost/unordered/unordered_flat_map.hpp>

#include "broker/api/call.hpp"
#include "broker/api/device_answer.hpp"
#include "broker/api/format.hpp"
#include "broker/api/look_back.hpp"
#include "broker/api/render.hpp"
#include "broker/authority/from_above.hpp"
#include "broker/identity/token.hpp"

namespace treeline {
namespace {

using K = FieldKind;

constexpr Field create_fields[]{{"name", K::text, true},
                                {"owner", K::id, false, true},
                                {"template", K::id, false, true},
                                {"metadata", K::metadata},
                                {"tags", K::texts}};
constexpr Field patch_fields[]{{"name", K::text}, {"metadata", K::metadata}, {"tags", K::texts}};
const Shape create_shape{"CreateDevice", create_fields};
const Shape patch_shape{"PatchDevice", patch_fields};

constexpr std::string_view csv_columns =
    "id org owner name online last_seen_at ownership_epoch created_at metadata tags";

// One page of a list: what was asked, so that it can be asked again.
struct DeviceList {
    DeviceFilter filter;
    PageRequest request;
    OrgId tree{};  // whose revision the answer carries; 0: the caller's home tree
    Page<DeviceId> page;
    Revision seen{};  // the world of `page`
};

void find_page(const Call& call, DeviceList& list) {
    list.seen = call.directory().revision();
    list.page = is_of_the_past(call) ? devices_then(hindsight_of(call), list.filter, list.request)
                                     : visible_devices(call.directory(), call.caller.user,
                                                       list.filter, list.request, call.now);
}

// A file of devices holds those that the caller may export.
bool is_shown(const Call& call, DeviceId id) {
    const DeviceRights rights =
        device_rights(call.directory(), call.caller.user, id, call.now).rights;
    return contains(rights, DeviceRight::view) &&
           (!call.is_csv || contains(rights, DeviceRight::export_data));
}

// Of the past nobody kept who was online, and an owner is named only to those who see him now.
json::object row_of(const Call& call, DeviceId id, const Presence& presence) {
    const View view{call.directory(), call.caller.user, call.now};
    const Device& device = *hindsight_of(call).past.device(id);
    json::object row = show(view, device, presence);
    if (is_of_the_past(call)) {
        row["online"] = nullptr;
        row["last_seen_at"] = nullptr;
        row["owner"] = user_id(view, device.org, device.owner);
    }
    return row;
}

// A list over several orgs is a look into each of those that it shows devices of from above.
void note_look(Call& call, DeviceId id) {
    const Device& device = *call.directory().device(id);
    const DeviceRight right = call.is_csv ? DeviceRight::export_data : DeviceRight::view;
    const bool is_known = std::ranges::find(call.looked_into, device.org) != call.looked_into.end();
    if (!is_known &&
        looks_from_above(call.directory(), call.caller.user, device, right, call.now)) {
        call.looked_into.push_back(device.org);
    }
}

using PresenceOf = boost::unordered_flat_map<std::uint64_t, Presence>;

// Presence came from other shards, and meanwhile rights may have ended: every row is asked for
// once more, and the whole page where the world has moved.
void answer_list(CallPtr call, DeviceList list, const PresenceOf& presences) {
    call->now = call->parts->clock().wall;
    const Directory& directory = call->directory();
    if (directory.revision() != list.seen) {
        find_page(*call, list);
    }
    json::array items;
    for (const DeviceId id : list.page.items) {
        if (is_shown(*call, id)) {
            const auto known = presences.find(number(id));
            items.emplace_back(
                row_of(*call, id, known == presences.end() ? Presence{} : known->second));
            note_look(*call, id);
        }
    }
    const std::uint64_t present = list.tree == OrgId{} ? home_revision(directory, call->caller.user)
                                                       : tree_revision(directory, list.tree);
    const std::uint64_t revision = revision_then(*call, present);
    const std::uint64_t next = directory.wire().of(DeviceId{list.page.next_after});
    answer(std::move(call), list_answer(std::move(items), next, list.page.total, revision));
}

void list_devices(CallPtr call, DeviceFilter filter, OrgId tree) {
    const auto query = list_query(*call);
    if (!query) {
        return answer(std::move(call), query.error());
    }
    DeviceList list{
        .filter = std::move(filter),
        .request = {number(call->directory().wire().device(query->cursor)), query->limit},
        .tree = tree,
        .page = {}};
    find_page(*call, list);
    std::vector<DeviceId> ids = list.page.items;
    Shard& shard = call->parts->shard;
    shard.presences(ids,
                    Reply<std::vector<Presence>>([call = std::move(call), list = std::move(list),
                                                  ids](std::vector<Presence> found) mutable {
                        PresenceOf presences;
                        for (std::size_t i = 0; i < ids.size() && i < found.size(); ++i) {
                            presences.emplace(number(ids[i]), found[i]);
                        }
                        answer_list(std::move(call), std::move(list), presences);
                    }));
}

struct FilterId {
    std::uint64_t wire = 0;  // 0: no such filter
};

// A filter that names something invisible finds what a missing one finds: nothing.
Checked<FilterId> filter_id(const Call& call, std::string_view name) {
    const std::string* const text = call.target.query(name);
    if (text == nullptr) {
        return FilterId{};
    }
    const auto id = parse_id(*text);
    if (!id) {
        return malformed(std::string(name) + " is not an id");
    }
    return FilterId{*id};
}

void list_all(CallPtr call) {
    const auto org = filter_id(*call, "org");
    const auto owner = filter_id(*call, "owner");
    if (!org || !owner) {
        return answer(std::move(call), org ? owner.error() : org.error());
    }
    const WireIds& wire = call->directory().wire();
    const std::string* const subtree = call->target.query("subtree");
    const std::string* const text = call->target.query("q");
    DeviceFilter filter{.org = wire.org(org->wire),
                        .subtree = subtree != nullptr && *subtree == "true",
                        .owner = wire.user(owner->wire),
                        .text = text == nullptr ? std::string() : *text};
    list_devices(std::move(call), std::move(filter), OrgId{});
}

void list_of_org(CallPtr call) {
    const OrgId org = call->org();
    if (!sees_org(call->directory(), call->caller.user, org, call->now)) {
        return answer(std::move(call), not_found());
    }
    list_devices(std::move(call), {.org = org, .text = {}}, org);
}

void get_device(CallPtr call) {
    const DeviceId id = call->device();
    const World world = call->world();
    answer_device(std::move(call), world, id);
}

Checked<Prepared> prepare_create(Call& call) {
    const Directory& directory = call.directory();
    if (!sees_org(directory, call.caller.user, call.org(), call.now)) {
        return not_found();
    }
    CreateDevice command{.org = call.org(),
                         .name = call.body.text("name"),
                         .owner = {},
                         .metadata = call.body.metadata("metadata"),
                         .tags = call.body.texts("tags")};
    if (call.body.id("owner") != 0) {
        command.owner = directory.wire().user(call.body.id("owner"));
    }
    if (call.body.id("template") != 0) {
        call.body.refuse({.status = 409, .code = "template_missing"});  // there are none yet
    }
    call.access_token = fresh_device_token(call);
    command.token = hash_token(call.access_token);
    return Prepared{std::move(command), call.actor(), {}};
}

void finish_create(CallPtr call, const World& world, std::uint64_t created) {
    answer_device(std::move(call), world, DeviceId{created});
}

Checked<Prepared> prepare_patch(Call& call) {
    if (auto problem = lacks(call, call.device(), DeviceRight::edit)) {
        return *problem;
    }
    const Body& body = call.body;
    PatchDevice command;
    command.device = call.device();
    command.if_match = if_match(call);
    if (body.has("name")) {
        command.name = body.text("name");
    }
    if (body.has("metadata")) {
        command.metadata = body.metadata("metadata");
    }
    if (body.has("tags")) {
        command.tags = body.texts("tags");
    }
    return Prepared{std::move(command), call.actor(),
                    call.directory().device(call.device())->changed_at};
}

Checked<Prepared> prepare_delete(Call& call) {
    if (auto problem = lacks(call, call.device(), DeviceRight::remove)) {
        return *problem;
    }
    call.tree = call.directory().device(call.device())->org;
    return Prepared{DeleteDevice{.device = call.device(), .if_match = if_match(call)}, call.actor(),
                    call.directory().device(call.device())->changed_at};
}

Checked<Answer> show_deleted(Call& call, const Directory& directory, std::uint64_t) {
    return only_revision(tree_revision(directory, call.tree));
}

const Route table[]{
    {.method = "GET",
     .pattern = "/api/v1/devices",
     .permission = "visible",
     .summary = "All devices that the caller may see",
     .handler = list_all,
     .answer = &device_shape,
     .is_list = true,
     .filters = "org subtree owner q",
     .csv = csv_columns,
     .csv_permission = "export",
     .instants = "as_of"},
    {.method = "GET",
     .pattern = "/api/v1/orgs/{id}/devices",
     .permission = "visible",
     .summary = "The devices of the org that the caller may see",
     .handler = list_of_org,
     .answer = &device_shape,
     .is_list = true,
     .csv = csv_columns,
     .csv_permission = "export",
     .instants = "as_of"},
    {.method = "POST",
     .pattern = "/api/v1/orgs/{id}/devices",
     .permission = "provision",
     .summary = "Make a device; its token is shown in this answer and never again",
     .handler = writes<prepare_create, finish_create>,
     .answer = &device_shape,
     .body = &create_shape,
     .status = 201},
    {.method = "GET",
     .pattern = "/api/v1/devices/{id}",
     .permission = "view",
     .summary = "One device",
     .handler = get_device,
     .answer = &device_shape},
    {.method = "PATCH",
     .pattern = "/api/v1/devices/{id}",
     .permission = "edit",
     .summary = "Change name, metadata or tags",
     .handler = writes<prepare_patch, finish_device>,
     .answer = &device_shape,
     .body = &patch_shape},
    {.method = "DELETE",
     .pattern = "/api/v1/devices/{id}",
     .permission = "delete",
     .summary = "Delete a device and close its connection",
     .handler = writes<prepare_delete, shows<show_deleted>>,
     .answer = &revision_shape},
};

}  // namespace

std::span<const Route> device_routes() {
    return table;
}

}  // namespace treeline
