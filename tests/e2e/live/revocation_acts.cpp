// Every kind of change that can take a right away, as requests beside what they do by the model.
#include "tests/e2e/live/fixture_tree.hpp"
#include "tests/e2e/live/revocation_town.hpp"
#include "tests/e2e/live/revocation_twin.hpp"

namespace treeline::live {

namespace json = boost::json;

std::vector<std::uint64_t> Town::strictly_below(std::uint64_t org) const {
    std::vector<std::uint64_t> below;
    for (const model::Org& other : model.orgs) {
        if (model::is_proper_ancestor(model, org, other.id)) {
            below.push_back(other.id);
        }
    }
    return below;
}

// ---- single acts

std::shared_ptr<Act> Town::request(std::string kind, std::string method, std::string path,
                                   json::value body, std::function<void(model::World&)> effect) {
    auto act = std::make_shared<Act>();
    act->kind = std::move(kind);
    act->effect = std::move(effect);
    act->call = [this, act = act.get(), method = std::move(method), path = std::move(path),
                 body = std::move(body)] {
        const Answer answer = tenant.http.request(method, "/api/v1" + path, admin, body);
        if (answer.status / 100 != 2) {
            std::fprintf(stderr, "%s: %s %s answered %u %s\n", act->kind.c_str(), method.c_str(),
                         path.c_str(), answer.status, answer.body.c_str());
            std::abort();
        }
        const json::value shown = answer.json();
        if (const auto* token = shown.as_object().if_contains("token")) {
            act->device_token = token->as_string();
        }
    };
    return act;
}

std::shared_ptr<Act> Town::put_set(std::uint64_t org, unsigned role, const model::Names& names,
                                   std::string kind) {
    return request(std::move(kind), "PUT",
                   path_of("orgs", org) + path_of("roles", role) + "/permissions",
                   json::object{{"permissions", names_in(names)}},
                   [=](model::World& world) { set_in(world, org, role).permissions = names; });
}

std::shared_ptr<Act> Town::patch_role(const model::Membership& member, unsigned role,
                                      std::string kind) {
    return request(std::move(kind), "PATCH", member_path(member.user, member.org),
                   json::object{{"role", role}},
                   [user = member.user, org = member.org, role](model::World& world) {
                       member_in(world, user, org).role = role;
                   });
}

std::shared_ptr<Act> Town::transfer(std::uint64_t device, std::uint64_t org, std::uint64_t user,
                                    std::string kind) {
    json::object body{{"devices", json::array{device}}};
    body[user == 0 ? "to_org" : "to_user"] = user == 0 ? org : user;
    return request(std::move(kind), "POST", "/transfers", std::move(body),
                   [=](model::World& world) {
                       device_in(world, device).org = org;
                       device_in(world, device).owner = user;
                   });
}

std::shared_ptr<Act> Town::put_owner(std::uint64_t device, std::uint64_t owner, std::string kind) {
    const json::value body =
        owner == 0 ? json::value(nullptr) : json::value(json::object{{"owner", owner}});
    return request(std::move(kind), owner == 0 ? "DELETE" : "PUT",
                   path_of("devices", device) + "/owner", body,
                   [=](model::World& world) { device_in(world, device).owner = owner; });
}

// ---- permissions

// A set that somebody has, and the name whose loss he feels.
Town::Plan Town::set_permissions() {
    const model::Membership member = one_of(model.memberships);
    const model::Names before = model::set_of(model, member.org, member.role);
    const std::string lost = member.role == 3 ? "own_devices.view"
                             : below(3) == 0  ? "suborgs.view"
                                              : "org_devices.view";
    return {put_set(member.org, member.role, without(before, lost), "set"),
            put_set(member.org, member.role, before, "set")};
}

Town::Plan Town::push_and_undo() {
    const std::uint64_t org = below(3) == 0 ? root : orgs[below(2) == 0 ? 0 : 4];
    const auto pushed = strictly_below(org);
    const unsigned role = 2 + static_cast<unsigned>(below(2));
    const model::Names before = model::set_of(model, org, role);
    const model::Names less = without(before, role == 3 ? "own_devices.view" : "org_devices.view");
    const model::World world_before = model;
    const std::string path = path_of("orgs", org) + "/permissions/push";
    return {put_set(org, role, less, "set"),
            request("push overwrite", "POST", path,
                    json::object{{"mode", "overwrite"}, {"roles", json::array{role}}},
                    [=](model::World& world) {
                        for (const std::uint64_t at : pushed) {
                            set_in(world, at, role).permissions = less;
                        }
                    }),
            request("push undo", "POST", path + "/undo", nullptr,
                    [=](model::World& world) {
                        for (const std::uint64_t at : pushed) {
                            set_in(world, at, role).permissions =
                                model::set_of(world_before, at, role);
                        }
                    }),
            put_set(org, role, before, "set")};
}

// A merge gave it, and its undoing takes it away.
Town::Plan Town::undo_takes() {
    const model::Membership member = one_of(model.memberships);
    const std::uint64_t parent = org_in(model, member.org).parent;
    if (parent == 0) {
        return {};
    }
    const model::Names before = model::set_of(model, member.org, member.role);
    const model::Names less =
        without(before, member.role == 3 ? "own_devices.view" : "org_devices.view");
    const model::Names above = model::set_of(model, parent, member.role);
    const auto pushed = strictly_below(parent);
    const std::string path = path_of("orgs", parent) + "/permissions/push";
    const auto taken = put_set(member.org, member.role, less, "set");
    model::World then = model;
    taken->effect(then);
    return {taken,
            request("push merge", "POST", path,
                    json::object{{"mode", "merge"}, {"roles", json::array{member.role}}},
                    [=](model::World& world) {
                        for (const std::uint64_t at : pushed) {
                            auto& set = set_in(world, at, member.role).permissions;
                            set.insert(above.begin(), above.end());
                        }
                    }),
            request("push undo", "POST", path + "/undo", nullptr,
                    [=](model::World& world) {
                        for (const std::uint64_t at : pushed) {
                            set_in(world, at, member.role).permissions =
                                model::set_of(then, at, member.role);
                        }
                    }),
            put_set(member.org, member.role, before, "set")};
}

// Linked sets follow the org above; at the end each org has its own again.
Town::Plan Town::link() {
    const std::uint64_t org = orgs[below(2) == 0 ? 0 : 4];
    const auto linked = strictly_below(org);
    const unsigned role = 2 + static_cast<unsigned>(below(2));
    const model::Names before = model::set_of(model, org, role);
    const model::Names less = without(before, role == 3 ? "own_devices.view" : "org_devices.view");
    const auto follow = [=](model::World& world) {
        for (const std::uint64_t at : linked) {
            set_in(world, at, role).permissions = model::set_of(world, org, role);
        }
    };
    const auto followed = [&](std::shared_ptr<Act> act) {
        act->effect = [follow, effect = act->effect](model::World& world) {
            effect(world);
            follow(world);
        };
        return act;
    };
    Plan plan{request("push link", "POST", path_of("orgs", org) + "/permissions/push",
                      json::object{{"mode", "link"}, {"roles", json::array{role}}}, follow),
              followed(put_set(org, role, less, "set above a link")),
              followed(put_set(org, role, before, "set above a link"))};
    for (const std::uint64_t at : linked) {
        plan.push_back(put_set(at, role, model::set_of(model, at, role), "set of its own"));
    }
    return plan;
}

// ---- people

Town::Plan Town::member_role() {
    const model::Membership member = one_of(model.memberships);
    const unsigned other = member.role == 2 ? 3 : 2;
    return {patch_role(member, other, "membership role"),
            patch_role(member, member.role, "membership role")};
}

Town::Plan Town::member_end() {
    const model::Membership member = one_of(model.memberships);
    const auto home = std::ranges::find(people, member.user, &Resident::id);
    if (home->org == member.org) {
        return {};  // whoever has none left can't be brought back by his id
    }
    auto back = request("membership made", "POST", path_of("orgs", member.org) + "/memberships",
                        json::object{{"user", member.user}, {"role", member.role}},
                        [member](model::World& world) { world.memberships.push_back(member); });
    back->call = [this, member] {
        memberships_[{member.user, member.org}] =
            tenant.membership(admin, member.org, member.user, static_cast<int>(member.role));
    };
    return {request("membership end", "DELETE", member_path(member.user, member.org), nullptr,
                    [member](model::World& world) {
                        std::erase_if(world.memberships, [&](const model::Membership& m) {
                            return m.user == member.user && m.org == member.org;
                        });
                        for (model::Device& device : world.devices) {
                            if (device.owner == member.user && device.org == member.org) {
                                device.owner = 0;
                            }
                        }
                    }),
            back};
}

// Until then everybody's view is worked out, under a sanitizer on a busy machine too.
constexpr Millis expiry_lead{5'000};

Town::Plan Town::member_expires() {
    const model::Membership member = one_of(model.memberships);
    auto act = std::make_shared<Act>();
    act->kind = "membership expiry";
    act->effect = [act = act.get(), member](model::World& world) {
        act->due = read_clock().wall + expiry_lead;
        member_in(world, member.user, member.org).not_after = to_unix_ms(*act->due);
    };
    act->call = [this, act = act.get(), member] {
        tenant.expect(200, "PATCH", member_path(member.user, member.org), admin,
                      json::object{{"not_after", rfc3339(*act->due)}});
    };
    return {act, request("membership period", "PATCH", member_path(member.user, member.org),
                         json::object{{"not_after", nullptr}}, [member](model::World& world) {
                             member_in(world, member.user, member.org).not_after.reset();
                         })};
}

Town::Plan Town::user_suspend() {
    const std::uint64_t user = one_of(people).id;
    const auto set_status = [user](const char* status) {
        return [user, status](model::World& world) {
            std::ranges::find(world.users, user, &model::User::id)->status = status;
        };
    };
    auto act = request("user suspend", "POST", path_of("users", user) + "/suspend", nullptr,
                       set_status("suspended"));
    act->user = user;
    return {act, request("user resume", "POST", path_of("users", user) + "/resume", nullptr,
                         set_status("active"))};
}

Town::Plan Town::user_logout() {
    const std::uint64_t user = one_of(people).id;
    const bool is_password = below(2) == 0;
    auto act = request(
        is_password ? "password set" : "force logout", "POST",
        path_of("users", user) + (is_password ? "/password" : "/force-logout"),
        is_password ? json::value(json::object{{"password", user_password}}) : json::value(nullptr),
        [](model::World&) {});
    act->user = user;
    return {act};
}

Town::Plan Town::draw() {
    using Kind = Plan (Town::*)();
    static const std::vector<Kind> kinds{
        &Town::set_permissions, &Town::push_and_undo, &Town::undo_takes,     &Town::link,
        &Town::member_role,     &Town::member_end,    &Town::member_expires, &Town::user_suspend,
        &Town::user_logout,     &Town::user_transfer, &Town::reset_by_mail,  &Town::org_suspend,
        &Town::org_move,        &Town::role_delete,   &Town::device_delete,  &Town::device_transfer,
        &Town::device_to_user,  &Town::owner_change,  &Town::token_rotation};
    if (order_.empty()) {
        order_.resize(kinds.size());
        for (std::size_t at = 0; at < order_.size(); ++at) {
            order_[at] = at;
        }
        std::ranges::shuffle(order_, random_);
    }
    const std::size_t at = order_.back();
    order_.pop_back();
    for (int tries = 0; tries < 20; ++tries) {
        if (Plan plan = (this->*kinds[at])(); !plan.empty()) {
            return plan;
        }
    }
    return {};
}

}  // namespace treeline::live
