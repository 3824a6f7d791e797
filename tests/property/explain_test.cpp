// Every reason is true: it agrees with the verdict, with the model's word, and with the sets.
#include <algorithm>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "broker/authority/permit.hpp"
#include "broker/authority/visible.hpp"
#include "tests/property/random_world.hpp"

namespace treeline::property {
namespace {

using model::Id;

const model::Membership* membership_of(const model::World& world, Id user, Id org) {
    const auto found = std::ranges::find_if(
        world.memberships, [&](const auto& m) { return m.user == user && m.org == org; });
    return found == world.memberships.end() ? nullptr : &*found;
}

// The membership that is named exists, reaches the object, and a missing permission misses there.
void expect_true_reason(const model::World& world, Id user, Id org, const Explanation& why,
                        model::Instant now) {
    const bool names_one = why.membership_org != OrgId{};
    const bool needs_one = why.allowed || why.missing;
    RC_ASSERT(names_one || !needs_one);
    RC_ASSERT(why.missing.has_value() ==
              (why.rule == Rule::missing_permission || why.rule == Rule::missing_prerequisite));
    if (!names_one) {
        return;
    }
    const Id at_org = number(why.membership_org);
    const model::Membership* m = membership_of(world, user, at_org);
    RC_ASSERT(m != nullptr);
    RC_ASSERT(m->role == number(why.role));
    RC_ASSERT(at_org == org || model::is_proper_ancestor(world, at_org, org));
    RC_ASSERT(model::is_live(world, *m, now) == (why.rule != Rule::suspended));
    if (why.missing && *why.missing > Permission::own_devices_transfer) {
        const model::Names set = model::set_of(world, at_org, m->role);
        RC_ASSERT(model::effective(set).count(std::string(name(*why.missing))) == 0U);
    }
}

template <class Check>
bool holds(const std::string& law, Check check) {
    return rc::check(law, [&] {
        const model::World world = draw_world({14, 5, 6});
        const Directory directory = directory_of(world);
        for (const model::User& user : world.users) {
            for (const model::Instant now : {noon - 1, noon, noon + 1000}) {
                check(world, directory, user.id, now);
            }
        }
    });
}

TEST(Explain, a_device_answer_is_the_verdict_with_a_true_reason) {
    EXPECT_TRUE(holds(
        "device explanations",
        [](const model::World& world, const Directory& directory, Id user, model::Instant now) {
            for (const model::Device& device : world.devices) {
                const DeviceId id{device.id};
                const auto verdict = device_rights(directory, UserId{user}, id, at(now));
                for (std::size_t i = 0; i < device_right_count; ++i) {
                    const auto right = static_cast<DeviceRight>(i);
                    const auto why = explain_device(directory, UserId{user}, id, right, at(now));
                    RC_ASSERT(why.allowed == contains(verdict.rights, right));
                    const model::Why expected = model::explain_device(
                        world, user, device.id, std::string(name(right)), now);
                    RC_ASSERT(why.allowed == expected.allowed);
                    RC_ASSERT(std::string(name(why.rule)) == expected.rule);
                    expect_true_reason(world, user, device.org, why, now);
                }
            }
        }));
}

TEST(Explain, an_org_answer_is_the_verdict_with_a_true_reason) {
    EXPECT_TRUE(holds("org explanations", [](const model::World& world, const Directory& directory,
                                             Id user, model::Instant now) {
        for (const model::Org& org : world.orgs) {
            const OrgId id{org.id};
            const auto verdict = org_permissions(directory, UserId{user}, id, at(now));
            // A few actions per org; over all orgs each one comes up.
            for (std::size_t i = (org.id * 5 + user) % 9; i < permission_count; i += 9) {
                const Permission action = all_permissions()[i];
                const auto why = explain_org(directory, UserId{user}, id, action, at(now));
                if (action > Permission::org_devices_service) {
                    RC_ASSERT(why.allowed == contains(verdict.permissions, action));
                }
                const model::Why expected =
                    model::explain_org(world, user, org.id, std::string(name(action)), now);
                RC_ASSERT(why.allowed == expected.allowed);
                RC_ASSERT(std::string(name(why.rule)) == expected.rule);
                expect_true_reason(world, user, org.id, why, now);
            }
        }
    }));
}

// platform-api.md, "Errors": the own group's if the caller owns it in that org, suborgs.enter if
// only that is missing, else the org group's.
std::string expected_missing(const model::World& world, Id user, const model::Device& device,
                             const std::string& right, model::Instant now) {
    const model::Membership* here = membership_of(world, user, device.org);
    if (device.owner == user && here != nullptr && model::is_live(world, *here, now) &&
        right != "service") {
        return "own_devices." + right;
    }
    for (const model::Membership& m : world.memberships) {
        if (m.user != user || !model::is_live(world, m, now) ||
            !model::is_proper_ancestor(world, m.org, device.org)) {
            continue;
        }
        const model::Names p = model::effective(model::set_of(world, m.org, m.role));
        if (p.count("suborgs.view") == 1 && p.count("suborgs.enter") == 0 &&
            p.count("org_devices." + right) == 1) {
            return "suborgs.enter";
        }
    }
    return "org_devices." + right;
}

TEST(Refusal, of_a_device_is_404_or_a_403_that_names_the_missing_permission) {
    EXPECT_TRUE(holds("device refusals", [](const model::World& world, const Directory& directory,
                                            Id user, model::Instant now) {
        for (const model::Device& device : world.devices) {
            const DeviceId id{device.id};
            const auto verdict = device_rights(directory, UserId{user}, id, at(now));
            for (std::size_t i = 0; i < device_right_count; ++i) {
                const auto right = static_cast<DeviceRight>(i);
                if (contains(verdict.rights, right)) {
                    continue;
                }
                const Refusal no = device_refusal(directory, UserId{user}, id, right, at(now));
                if (!contains(verdict.rights, DeviceRight::view)) {
                    RC_ASSERT(no.code == RefusalCode::not_found);
                    RC_ASSERT(!no.missing && no.detail.empty());
                    continue;
                }
                RC_ASSERT(no.code == RefusalCode::forbidden);
                RC_ASSERT(std::string(name(*no.missing)) ==
                          expected_missing(world, user, device, std::string(name(right)), now));
            }
        }
    }));
}

}  // namespace
}  // namespace treeline::property
