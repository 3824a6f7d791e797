// /orgs/{id}/permissions/push: sets pushed down the tree, after seeing what it would do.
#include "broker/domain/push.hpp"

#include <algorithm>

#include "broker/api/call.hpp"
#include "broker/api/render.hpp"
#include "broker/api/role_name.hpp"
#include "broker/authority/preview.hpp"

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

}  // namespace

// What is asked of the thread that looks at the whole tree, and what it found.
struct PushLook {
    World world;  // let go there as well: what only it holds may be much
    UserId viewer{};
    UnixTime now{};
    OrgId org{};
    Command command;

    std::optional<Refusal> refusal{};
    std::uint64_t revision = 0;  // of the org's tree in that world
    ShownPush shown{};
    LostSight lost{};
    std::optional<std::vector<RolePair>> kept{};  // what an undoing leaves alone
    std::vector<UserId> cut{};  // whose sessions lose a watch by it: one for each session

    void find();

  private:
    std::vector<PushGroup> groups(const Directory& seen);
};

std::vector<PushGroup> PushLook::groups(const Directory& seen) {
    if (const Push* push = std::get_if<Push>(&command)) {
        return push_groups(seen, *push);
    }
    Undoing undoing = undo_groups(seen, org);
    kept = std::move(undoing.kept);
    return std::move(undoing.groups);
}

// The change compared with what was before. The registry decides the same, on its newest world.
void PushLook::find() {
    const World seen = std::move(world);
    revision = tree_revision(*seen, org);
    refusal = permit(*seen, Actor{viewer}, command, now);
    if (refusal) {
        return;
    }
    Event change = PushPut{{org, groups(*seen), std::holds_alternative<UndoPush>(command)}};
    const Directory after = foresee(*seen, change);
    PushRecord& push = std::get<PushPut>(change).push;
    const std::vector<PushGroup> moved =
        push.is_undo ? undo_effect(*seen, after, push.groups) : std::move(push.groups);
    PushPreview preview = preview_push(*seen, after, moved, now);
    if (!sees_all_below(*seen, viewer, org, now)) {
        leave_out_unseen(*seen, viewer, preview, now);  // others' sessions are not counted either
    }
    shown = first_of(preview, shown_max);
    lost = {std::move(preview.vanished), std::move(preview.orgs_lost)};
}

namespace {

json::array ids_of(const WireIds& wire, const std::vector<DeviceId>& devices) {
    json::array shown;
    for (const DeviceId id : devices) {
        shown.emplace_back(wire.of(id));
    }
    return shown;
}

json::object show(const WireIds& wire, const ShownPush& shown) {
    json::array orgs, users, devices;
    for (const OrgId id : shown.orgs) {
        orgs.emplace_back(wire.of(id));
    }
    for (const PushPreview::Rights& rights : shown.users) {
        users.emplace_back(json::object{{"user", wire.of(rights.user)},
                                        {"org", wire.of(rights.org)},
                                        {"gained", names_of(rights.gained)},
                                        {"lost", names_of(rights.lost)}});
    }
    for (const ShownPush::Devices& one : shown.devices) {
        devices.emplace_back(json::object{{"user", wire.of(one.user)},
                                          {"appeared", ids_of(wire, one.appeared)},
                                          {"vanished", ids_of(wire, one.vanished)}});
    }
    return {{"orgs", std::move(orgs)},       {"orgs_total", shown.orgs_total},
            {"users", std::move(users)},     {"users_total", shown.users_total},
            {"devices", std::move(devices)}, {"devices_total", shown.devices_total}};
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

// Who has lost sight of something meanwhile is not told of it.
Checked<Answer> show_effect(Call& call, const Directory& world, std::uint64_t) {
    PushLook& look = *call.push;
    if (!sees_org(world, look.viewer, look.org, call.now)) {
        return only_revision(home_revision(world, look.viewer));
    }
    leave_out_unseen(world, look.viewer, look.shown, call.now);
    Answer found;
    found.body = show(world.wire(), look.shown);
    found.body["sessions_cut"] = std::ranges::count_if(
        look.cut, [&](UserId user) { return sees_user(world, look.viewer, user, call.now); });
    if (look.kept) {
        json::array kept;
        for (const RolePair& pair : *look.kept) {
            if (sees_org(world, look.viewer, pair.org, call.now)) {
                kept.emplace_back(json::object{{"org", world.wire().of(pair.org)},
                                               {"role", std::uint64_t{number(pair.role)}}});
            }
        }
        found.body["kept"] = std::move(kept);
    }
    found.revision = tree_revision(world, look.org);
    return found;
}

void carry_out(CallPtr call) {
    Prepared prepared{call->push->command, call->actor(), {}};
    submit(std::move(call), std::move(prepared), shows<show_effect>);
}

// The revision is that of the world which the effect was computed in; the caller's rights are those
// of now.
void answer_dry_run(CallPtr call) {
    const PushLook& look = *call->push;
    if (auto problem = lacks(*call, look.org, Permission::roles_push)) {
        return answer(std::move(call), *problem);
    }
    Checked<Answer> shown = show_effect(*call, call->directory(), 0);
    shown->revision = look.revision;
    answer(std::move(call), std::move(shown));
}

// Asks every shard whose live sessions have a watch that would end by it, as they are by then.
template <Handler next>
void count_cut(CallPtr call) {
    if (const auto refusal = call->push->refusal) {
        return answer(std::move(call), problem_of(*refusal));
    }
    Shard& shard = call->parts->shard;
    LostSight lost = std::move(call->push->lost);
    auto back = [call = std::move(call)](std::vector<UserId> cut) mutable {
        call->now = call->parts->clock().wall;
        call->push->cut = std::move(cut);
        next(std::move(call));
    };
    shard.sessions_cut(std::move(lost), Reply<std::vector<UserId>>(std::move(back)));
}

void look_at_tree(CallPtr call, Command command, Handler next) {
    const auto look = std::make_shared<PushLook>(PushLook{.world = call->world(),
                                                          .viewer = call->caller.user,
                                                          .now = call->now,
                                                          .org = call->org(),
                                                          .command = std::move(command)});
    call->push = look;
    aside(std::move(call), [look] { look->find(); }, next);
}

void push(CallPtr call) {
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
    const bool is_dry = call->body.flag("dry_run");
    if (const std::optional<Problem> refused = call->body.refused()) {
        return answer(std::move(call), *refused);  // a copy: the call is given away
    }
    look_at_tree(std::move(call), std::move(command),
                 is_dry ? count_cut<answer_dry_run> : count_cut<carry_out>);
}

void undo(CallPtr call) {
    if (auto problem = lacks(*call, call->org(), Permission::roles_push)) {
        return answer(std::move(call), *problem);
    }
    const UndoPush command{call->org()};
    look_at_tree(std::move(call), command, count_cut<carry_out>);
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
