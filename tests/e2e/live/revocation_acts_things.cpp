// Acts on orgs, roles and devices that can take a right away.
#include "tests/e2e/live/revocation_town.hpp"
#include "tests/e2e/live/revocation_twin.hpp"

namespace treeline::live {

namespace json = boost::json;

// ---- orgs and roles

Town::Plan Town::org_suspend() {
    const std::uint64_t org = one_of(orgs);
    const auto set_to = [org](bool suspended) {
        return [=](model::World& world) { org_in(world, org).suspended = suspended; };
    };
    return {
        request("org suspend", "POST", path_of("orgs", org) + "/suspend", nullptr, set_to(true)),
        request("org resume", "POST", path_of("orgs", org) + "/resume", nullptr, set_to(false))};
}

Town::Plan Town::org_move() {
    const std::uint64_t org = orgs[1 + below(3)];  // A1, A2 or A1x, to B or to the root
    const std::uint64_t from = org_in(model, org).parent;
    const auto move = [&](std::uint64_t to) {
        return request("org move", "POST", path_of("orgs", org) + "/move",
                       json::object{{"parent", to}},
                       [=](model::World& world) { org_in(world, org).parent = to; });
    };
    return {move(below(2) == 0 ? orgs[4] : root), move(from)};
}

// A role of its own is given to somebody, and deleted with one that may less in its place.
Town::Plan Town::role_delete() {
    const model::Membership member = one_of(model.memberships);
    if (member.role != 2) {
        return {};
    }
    const auto role = std::make_shared<unsigned>(0);
    const std::string name = "role " + std::to_string(++made_);
    const model::Names names = model::set_of(model, member.org, 2);
    const std::string roles = path_of("orgs", root) + "/roles";
    Plan plan;
    const auto later = [&](const char* kind, std::function<std::shared_ptr<Act>()> make) {
        auto act = std::make_shared<Act>();
        act->kind = kind;
        act->effect = [make](model::World& world) { make()->effect(world); };
        act->call = [make] { make()->call(); };
        plan.push_back(act);
    };
    auto made =
        request("role made", "POST", roles, json::object{{"name", name}}, [](model::World&) {});
    made->call = [this, role, roles, name] {
        *role = static_cast<unsigned>(number_at(
            tenant.expect(201, "POST", roles, admin, json::object{{"name", name}}), "id"));
    };
    plan.push_back(made);
    later("set", [=, this] { return put_set(member.org, *role, names, "set"); });
    later("membership role", [=, this] { return patch_role(member, *role, "membership role"); });
    later("role delete", [=, this] {
        return request(
            "role delete", "DELETE", roles + "/" + std::to_string(*role) + "?replacement=3",
            nullptr,
            [member](model::World& world) { member_in(world, member.user, member.org).role = 3; });
    });
    later("membership role", [=, this] { return patch_role(member, 2, "membership role"); });
    return plan;
}

// ---- devices

Town::Plan Town::device_delete() {
    const std::size_t at = below(slots.size());
    const model::Device device = device_in(model, slots[at].id);
    auto made = std::make_shared<Act>();
    made->kind = "device made";
    made->makes = true;
    made->restart = at;
    made->call = [this, at, device, made = made.get()] {
        const auto fresh = tenant.device(admin, device.org, "device", device.owner);
        slots[at].id = fresh.id;
        made->device_token = fresh.token;
    };
    made->effect = [this, at, device](model::World& world) {
        model::Device fresh = device;
        fresh.id = slots[at].id;
        world.devices.push_back(fresh);
    };
    return {request("device delete", "DELETE", path_of("devices", device.id), nullptr,
                    [device](model::World& world) {
                        std::erase_if(world.devices, [&](const model::Device& other) {
                            return other.id == device.id;
                        });
                    }),
            made};
}

Town::Plan Town::device_transfer() {
    const model::Device device = device_in(model, one_of(slots).id);
    const std::uint64_t to = one_of(orgs);
    if (to == device.org) {
        return {};
    }
    Plan plan{transfer(device.id, to, 0, "transfer to an org"),
              transfer(device.id, device.org, 0, "transfer to an org")};
    if (device.owner != 0) {
        plan.push_back(put_owner(device.id, device.owner, "owner set"));
    }
    return plan;
}

Town::Plan Town::device_to_user() {
    const model::Device device = device_in(model, one_of(slots).id);
    const Resident& person = one_of(people);
    const bool is_member = memberships_.contains({person.id, device.org});
    if (person.id == device.owner) {
        return {};
    }
    Plan plan{
        transfer(device.id, is_member ? device.org : person.org, person.id, "transfer to a user")};
    if (!is_member) {
        plan.push_back(transfer(device.id, device.org, 0, "transfer to an org"));
    }
    if (is_member || device.owner != 0) {
        plan.push_back(put_owner(device.id, device.owner, "owner set"));
    }
    return plan;
}

Town::Plan Town::owner_change() {
    const model::Device device = device_in(model, one_of(slots).id);
    if (device.owner == 0) {
        return {};
    }
    std::uint64_t other = 0;
    for (const model::Membership& member : model.memberships) {
        if (member.org == device.org && member.user != device.owner && below(2) == 0) {
            other = member.user;
        }
    }
    return {put_owner(device.id, other, other == 0 ? "owner clear" : "owner change"),
            put_owner(device.id, device.owner, "owner set")};
}

Town::Plan Town::token_rotation() {
    const std::size_t at = below(slots.size());
    auto act = request("token rotation", "POST", path_of("devices", slots[at].id) + "/token",
                       nullptr, [](model::World&) {});
    act->restart = at;
    return {act};
}

}  // namespace treeline::live
