// Acts on people beside their memberships: a home that moves, a password that is reset by mail.
#include <cstdio>
#include <cstdlib>

#include "tests/e2e/live/revocation_town.hpp"
#include "tests/e2e/live/revocation_twin.hpp"
#include "tests/support/live/letters.hpp"

namespace treeline::live {

namespace json = boost::json;

namespace {

// The home membership moves; what the user owns where he was goes along, or is nobody's.
void move_home(model::World& world, const model::Membership& home, std::uint64_t to,
               bool with_devices) {
    member_in(world, home.user, home.org).org = to;
    for (model::Device& device : world.devices) {
        if (device.owner == home.user && device.org == home.org) {
            (with_devices ? device.org : device.owner) = with_devices ? to : 0;
        }
    }
}

}  // namespace

Town::Plan Town::user_transfer() {
    const Resident& person = one_of(people);
    const std::uint64_t to = one_of(orgs);
    const bool is_there = memberships_.contains({person.id, to});
    if (person.org == root || is_there) {
        return {};
    }
    const model::Membership home = member_in(model, person.id, person.org);
    const bool with_devices = below(2) == 0;
    const auto move = [&](const model::Membership& from, std::uint64_t into) {
        auto act =
            request("user transfer", "POST", path_of("users", home.user) + "/transfer",
                    json::object{{"to_org", into}, {"role", home.role}, {"devices", with_devices}},
                    [=](model::World& world) { move_home(world, from, into, with_devices); });
        return act;
    };
    model::Membership away = home;
    away.org = to;
    Plan plan{move(home, to), move(away, home.org)};
    for (const model::Device& device : model.devices) {
        if (!with_devices && device.owner == home.user && device.org == home.org) {
            plan.push_back(put_owner(device.id, home.user, "owner set"));
        }
    }
    return plan;
}

// As its owner does who has forgotten it: the link of the letter, and the same password again.
Town::Plan Town::reset_by_mail() {
    const Resident& person = one_of(people);
    auto act = std::make_shared<Act>();
    act->kind = "password reset by mail";
    act->user = person.id;
    act->effect = [](model::World&) {};
    act->call = [this, email = person.email] {
        const std::size_t before = mailed_tokens(server_, email).size();
        tenant.expect(202, "POST", "/password-resets", "", json::object{{"email", email}});
        const std::string token = await_mailed_token(server_, email, before);
        if (token.empty()) {
            std::fprintf(stderr, "password reset by mail: no letter came\n");
            std::abort();
        }
        tenant.expect(200, "PUT", "/password-resets/" + token, "",
                      json::object{{"password", user_password}});
    };
    return {act};
}

}  // namespace treeline::live
