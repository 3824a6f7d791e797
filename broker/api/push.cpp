// /orgs/{id}/permissions/push: sets pushed down the tree, after seeing what it would do.
#include "broker/domain/push.hpp"

#include <algorithm>
#include <map>

#include "broker/api/call.hpp"
#include "broker/api/render.hpp"
#include "broker/api/role_name.hpp"
#include "broker/authority/preview.hpp"
#include "broker/domain/decide.hpp"

namespace treeline {
namespace {

using K = FieldKind;

constexpr std::size_t shown_max = 1000;  // of each list; the totals tell the rest

constexpr Field push_fields[]{{"mode", K::text, true},
                              {"roles", K::roles},
                              {"dry_run", K::flag},
                              {"expected_revision", K::id}};
constexpr Field answer_fields[]{{"orgs", K::ids, true},
                                {"orgs_total", K::number, true},
                                {"users", K::objects, true},
                                {"users_total", K::number, true},
                                {"devices", K::objects, true},
                                {"devices_total", K::number, true},
                                {"sessions_cut", K::number, true},
                                {"kept", K::objects},
                                {"revision", K::number}};
const Shape push_shape{"Push", push_fields};
const Shape answer_shape{"PushEffect", answer_fields};

template <class Items, class Show>
json::array first_of(const Items& items, Show&& show) {
    json::array shown;
    for (std::size_t at = 0; at < std::min(items.size(), shown_max); ++at) {
        shown.emplace_back(show(items[at]));
    }
    return shown;
}

json::array ids_of(const WireIds& wire, const std::vector<DeviceId>& devices) {
    return first_of(devices, [&](DeviceId id) { return json::value(wire.of(id)); });
}

json::object show(const WireIds& wire, const PushPreview& preview) {
    json::object body;
    body["orgs"] = first_of(preview.orgs, [&](OrgId id) { return json::value(wire.of(id)); });
    body["orgs_total"] = preview.orgs.size();
    body["users"] = first_of(preview.users, [&](const PushPreview::Rights& rights) {
        return json::value(json::object{{"user", wire.of(rights.user)},
                                        {"org", wire.of(rights.org)},
                                        {"gained", names_of(rights.gained)},
                                        {"lost", names_of(rights.lost)}});
    });
    body["users_total"] = preview.users.size();
    body["devices"] = first_of(preview.devices, [&](const PushPreview::Devices& devices) {
        return json::value(json::object{{"user", wire.of(devices.user)},
                                        {"appeared", ids_of(wire, devices.appeared)},
                                        {"vanished", ids_of(wire, devices.vanished)}});
    });
    body["devices_total"] = preview.devices.size();
    return body;
}

void drop_unseen(const Call& call, const Directory& world, std::vector<DeviceId>& devices) {
    std::erase_if(devices,
                  [&](DeviceId id) { return !sees_device(world, call.caller.user, id, call.now); });
}

// Without what the caller does not see in `world`: whoever may push need not see people or devices.
json::object show_visible(const Call& call, const Directory& world, PushPreview preview) {
    const auto is_hidden = [&](const auto& item) {
        return !sees_user(world, call.caller.user, item.user, call.now);
    };
    std::erase_if(preview.orgs,
                  [&](OrgId id) { return !sees_org(world, call.caller.user, id, call.now); });
    std::erase_if(preview.users, is_hidden);
    for (PushPreview::Devices& devices : preview.devices) {
        drop_unseen(call, world, devices.appeared);
        drop_unseen(call, world, devices.vanished);
    }
    std::erase_if(preview.devices, [&](const PushPreview::Devices& devices) {
        return is_hidden(devices) || (devices.appeared.empty() && devices.vanished.empty());
    });
    return show(world.wire(), preview);
}

// What goes out of sight by it, of what the caller sees: the others' sessions are not counted.
std::vector<LostSight> lost_sight(const Call& call, const PushPreview& preview) {
    std::map<UserId, LostSight> lost;
    for (const PushPreview::Devices& devices : preview.devices) {
        std::vector<DeviceId> vanished = devices.vanished;
        drop_unseen(call, call.directory(), vanished);
        lost[devices.user].devices = std::move(vanished);
    }
    for (const PushPreview::Orgs& orgs : preview.orgs_lost) {
        lost[orgs.user].orgs = orgs.vanished;
    }
    std::vector<LostSight> all;
    for (auto& [user, one] : lost) {
        one.user = user;
        std::erase_if(one.orgs, [&](OrgId org) {
            return !sees_org(call.directory(), call.caller.user, org, call.now);
        });
        all.push_back(std::move(one));
    }
    return all;
}

// The change compared with what was before.
PushPreview effect_of_push(const Call& call, const Directory& before,
                           const std::vector<PushGroup>& groups, bool is_undo) {
    Change change;
    change.at = call.now;
    change.events.emplace_back(PushPut{{call.org(), groups, is_undo}});
    return preview_push(before, apply(before, change), groups, call.now);
}

std::vector<RoleId> roles_in(Call& call) {
    std::vector<RoleId> roles;
    const json::value* const given = call.body.find("roles");
    if (given == nullptr) {
        return roles;
    }
    for (const json::value& item : given->get_array()) {
        roles.push_back(role_called(call, item, call.org()));
    }
    return roles;
}

PushMode mode_in(Body& body) {
    const std::string word = body.text("mode");
    if (word != "overwrite" && word != "merge" && word != "link") {
        body.refuse(invalid("mode is overwrite, merge or link"));
    }
    return word == "merge"  ? PushMode::merge
           : word == "link" ? PushMode::link
                            : PushMode::overwrite;
}

// Shown from the settled world: who has lost sight of something meanwhile is not told of it.
Checked<Answer> show_effect(Call& call, const Directory& world, std::uint64_t) {
    const UserId viewer = call.caller.user;
    if (!sees_org(world, viewer, call.org(), call.now)) {
        return only_revision(home_revision(world, viewer));
    }
    Answer found;
    found.body = show_visible(call, world, *call.preview);
    found.body["sessions_cut"] = std::ranges::count_if(
        call.cut, [&](UserId user) { return sees_user(world, viewer, user, call.now); });
    if (call.kept) {
        json::array kept;
        for (const RolePair& pair : *call.kept) {
            if (sees_org(world, viewer, pair.org, call.now)) {
                kept.emplace_back(json::object{{"org", world.wire().of(pair.org)},
                                               {"role", std::uint64_t{number(pair.role)}}});
            }
        }
        found.body["kept"] = std::move(kept);
    }
    found.revision = tree_revision(world, call.org());
    return found;
}

// Keeps the effect for the answer and asks every shard whose live sessions have a watch that would
// end by it, as they are at that moment; then `next`, some time later.
template <class Next>
void count_cut(CallPtr call, PushPreview effect, Next next) {
    call->preview = std::make_shared<const PushPreview>(std::move(effect));
    Shard& shard = call->parts->shard;
    std::vector<LostSight> lost = lost_sight(*call, *call->preview);
    auto back = [call = std::move(call), next = std::move(next)](std::vector<UserId> cut) mutable {
        call->now = call->parts->clock().wall;
        call->cut = std::move(cut);
        next(std::move(call));
    };
    shard.sessions_cut(std::move(lost), Reply<std::vector<UserId>>(std::move(back)));
}

// Computed and counted before the registry decides, which decides the same on its newest world.
void carry_out(CallPtr call, Command command, PushPreview effect) {
    if (auto problem = objection(*call, {command, call->actor(), {}})) {
        return answer(std::move(call), *problem);
    }
    auto next = [command = std::move(command)](CallPtr counted) mutable {
        const Actor actor = counted->actor();
        submit(std::move(counted), {std::move(command), actor, {}}, shows<show_effect>);
    };
    count_cut(std::move(call), std::move(effect), std::move(next));
}

// `seen`: the world that the effect was computed in. The caller's rights are those of now.
void answer_dry_run(CallPtr call, const World& seen) {
    if (auto problem = lacks(*call, call->org(), Permission::roles_push)) {
        return answer(std::move(call), *problem);
    }
    Checked<Answer> shown = show_effect(*call, call->directory(), 0);
    shown->revision = tree_revision(*seen, call->org());
    answer(std::move(call), std::move(shown));
}

void dry_run(CallPtr call, const Command& command, PushPreview effect) {
    if (auto problem = objection(*call, {command, call->actor(), {}})) {
        return answer(std::move(call), *problem);
    }
    auto next = [seen = call->world()](CallPtr counted) {
        answer_dry_run(std::move(counted), seen);
    };
    count_cut(std::move(call), std::move(effect), std::move(next));
}

void push(CallPtr call) {
    const Directory& directory = call->directory();
    if (auto problem = lacks(*call, call->org(), Permission::roles_push)) {
        return answer(std::move(call), *problem);
    }
    Push command;
    command.org = call->org();
    command.mode = mode_in(call->body);
    command.roles = roles_in(*call);
    if (call->body.has("expected_revision")) {
        command.expected_revision = call->body.id("expected_revision");
    }
    if (const std::optional<Problem> refused = call->body.refused()) {
        return answer(std::move(call), *refused);  // a copy: the call is given away
    }
    PushPreview effect = effect_of_push(*call, directory, push_groups(directory, command), false);
    call->body.flag("dry_run") ? dry_run(std::move(call), command, std::move(effect))
                               : carry_out(std::move(call), std::move(command), std::move(effect));
}

void undo(CallPtr call) {
    const Directory& directory = call->directory();
    if (auto problem = lacks(*call, call->org(), Permission::roles_push)) {
        return answer(std::move(call), *problem);
    }
    const Undoing undoing = undo_groups(directory, call->org());
    PushPreview effect = effect_of_push(*call, directory, undoing.groups, true);
    call->kept = undoing.kept;
    const OrgId org = call->org();
    carry_out(std::move(call), UndoPush{org}, std::move(effect));
}

const Route table[]{
    {.method = "POST",
     .pattern = "/api/v1/orgs/{id}/permissions/push",
     .permission = "roles.push",
     .summary = "Push the org's sets to all orgs below it; with dry_run, only see what it would do",
     .handler = push,
     .answer = &answer_shape,
     .body = &push_shape},
    {.method = "POST",
     .pattern = "/api/v1/orgs/{id}/permissions/push/undo",
     .permission = "roles.push",
     .summary = "Take the last push back where its values still stand",
     .handler = undo,
     .answer = &answer_shape},
};

}  // namespace

std::span<const Route> push_routes() {
    return table;
}

}  // namespace treeline
