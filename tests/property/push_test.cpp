// A push's dry run against its effect, and its undoing, over random worlds (tenancy.md §3).
#include "broker/domain/push.hpp"

#include <map>
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "broker/authority/authorise.hpp"
#include "broker/authority/preview.hpp"
#include "broker/domain/decide.hpp"
#include "tests/property/random_world.hpp"

namespace treeline::property {
namespace {

using Seen = std::map<UserId, std::set<DeviceId>>;

// Who views which device below `top`, one question at a time.
Seen seen_below(const Directory& world, OrgId top, UnixTime now) {
    Seen seen;
    world.all_users(UserId{}, [&](const User& user) {
        world.all_devices(DeviceId{}, [&](const Device& device) {
            if (device.org != top && world.is_within(device.org, top) &&
                contains(device_rights(world, user.id, device.id, now).rights, DeviceRight::view)) {
                seen[user.id].insert(device.id);
            }
            return true;
        });
        return true;
    });
    return seen;
}

Push draw_push(const Directory& directory) {
    std::vector<OrgId> orgs;
    directory.all_orgs(OrgId{}, [&](const Org& org) {
        orgs.push_back(org.id);
        return true;
    });
    Push command;
    command.org = *rc::gen::elementOf(orgs);
    command.mode = *rc::gen::element(PushMode::overwrite, PushMode::merge, PushMode::link);
    if (*rc::gen::arbitrary<bool>()) {
        command.roles = {*rc::gen::element(role_admin, role_staff, role_user)};
    }
    return command;
}

// Refused never, since the operator asks.
Directory carried_out(const Directory& before, const Command& command) {
    const auto decided = decide(before, Actor{}, command, at(noon), {});
    RC_ASSERT(decided.has_value());
    return decided->change.events.empty() ? before : apply(before, decided->change);
}

void expect_preview_equals_effect(const PushPreview& preview, const Directory& before,
                                  const Directory& after, OrgId top) {
    const UnixTime now = at(noon);
    Seen had = seen_below(before, top, now);
    Seen has = seen_below(after, top, now);
    for (const auto& [user, device] : preview.appeared) {
        RC_ASSERT(had[user].insert(device).second);
    }
    for (const auto& [user, device] : preview.vanished) {
        RC_ASSERT(had[user].erase(device) == 1);
    }
    before.all_users(UserId{}, [&](const User& user) {
        RC_ASSERT(had[user.id] == has[user.id]);
        return true;
    });
    for (const PushPreview::Rights& rights : preview.users) {
        RC_ASSERT((rights.gained & rights.lost).none());
        RC_ASSERT((rights.gained | rights.lost).any());
    }
}

// Ten pushes in each of a hundred worlds.
RC_GTEST_PROP(PushPreview, equals_the_effect_of_a_thousand_pushes, ()) {
    const Directory before = directory_of(draw_world({6, 5, 5}));
    for (int i = 0; i < 10; ++i) {
        const Push push = draw_push(before);
        const Directory after = carried_out(before, push);
        const PushPreview preview =
            preview_push(before, after, push_groups(before, push), at(noon));
        expect_preview_equals_effect(preview, before, after, push.org);
    }
}

// Ten in each world; whatever was linked after the push that is undone.
RC_GTEST_PROP(PushPreview, equals_the_effect_of_an_undoing, ()) {
    const Directory start = directory_of(draw_world({6, 5, 5}));
    for (int i = 0; i < 10; ++i) {
        const Push push = draw_push(start);
        Directory before = carried_out(start, push);
        for (int links = 0; links < 3; ++links) {
            Push link = draw_push(before);
            link.mode = PushMode::link;
            before = link.org == push.org ? before : carried_out(before, link);
        }
        if (before.last_push(push.org) != nullptr) {
            const auto groups = undo_groups(before, push.org).groups;
            const Directory after = carried_out(before, UndoPush{push.org});
            const PushPreview preview =
                preview_push(before, after, undo_effect(before, after, groups), at(noon));
            expect_preview_equals_effect(preview, before, after, push.org);
        }
    }
}

// What is skipped for whoever sees all would have changed nothing.
RC_GTEST_PROP(PushPreview, leaves_nothing_out_for_who_sees_all_below, ()) {
    const Directory before = directory_of(draw_world({6, 5, 5}));
    const Push command = draw_push(before);
    const auto groups = push_groups(before, command);
    const Event push = PushPut{{command.org, groups, false}};
    const PushPreview all = preview_push(before, foresee(before, push), groups, at(noon));
    before.all_users(UserId{}, [&](const User& user) {
        PushPreview seen = all;
        leave_out_unseen(before, user.id, seen, at(noon));
        if (sees_all_below(before, user.id, command.org, at(noon))) {
            RC_ASSERT(seen.orgs == all.orgs);
            RC_ASSERT(seen.users.size() == all.users.size());
            RC_ASSERT(seen.appeared == all.appeared);
            RC_ASSERT(seen.vanished == all.vanished);
            RC_ASSERT(seen.orgs_lost == all.orgs_lost);
        }
        return true;
    });
}

RC_GTEST_PROP(PushUndo, gives_back_every_set_that_was_not_touched_since, ()) {
    const Directory before = directory_of(draw_world({6, 5, 5}));
    const UnixTime now = at(noon);
    const Push command = draw_push(before);
    const auto pushed = decide(before, Actor{}, command, now, {});
    RC_PRE((pushed.has_value() && !pushed->change.events.empty()));
    const Directory between = apply(before, pushed->change);
    const auto undone = decide(between, Actor{}, UndoPush{command.org}, now, {});
    RC_ASSERT(undone.has_value());
    const Directory after = apply(between, undone->change);
    before.all_orgs(OrgId{}, [&](const Org& org) {
        for (const RoleId role : {role_admin, role_staff, role_user}) {
            RC_ASSERT(after.permissions(org.id, role) == before.permissions(org.id, role));
            RC_ASSERT(after.is_linked(org.id, role) == before.is_linked(org.id, role));
        }
        return true;
    });
    RC_ASSERT(after.last_push(command.org) == nullptr);
}

}  // namespace
}  // namespace treeline::property
