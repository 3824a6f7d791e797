// Pages and scope walks show exactly what the model sees, each thing once.
#include "broker/authority/visible.hpp"

#include <algorithm>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "tests/property/random_world.hpp"

namespace treeline::property {
namespace {

using model::Id;
using Ids = std::vector<Id>;

// Every page by its cursor; each total must be that of the whole list.
template <class Fetch>
Ids all_pages(std::size_t limit, Fetch fetch) {
    Ids ids;
    PageRequest request{0, limit};
    std::vector<std::uint64_t> totals;
    do {
        const auto page = fetch(request);
        RC_ASSERT(page.items.size() <= limit);
        for (const auto id : page.items) {
            ids.push_back(number(id));
        }
        totals.push_back(page.total);
        request.after = page.next_after;
    } while (request.after != 0);
    for (const std::uint64_t total : totals) {
        RC_ASSERT(total == ids.size());
    }
    return ids;
}

struct Case {
    model::World world;
    Directory directory;
    Id viewer = 0;
    model::Instant now = 0;
    std::size_t limit = 1;
};

template <class Check>
bool holds_for_every_viewer(const std::string& law, Check check) {
    return rc::check(law, [&] {
        Case c;
        c.world = draw_world();
        c.directory = directory_of(c.world);
        c.limit = *rc::gen::element<std::size_t>(1, 2, 3, 50);
        for (const model::User& user : c.world.users) {
            for (const model::Instant now : {noon - 1, noon, noon + 1000}) {
                c.viewer = user.id;
                c.now = now;
                check(c);
            }
        }
    });
}

bool is_in_scope(const model::World& world, Id org, Id top, bool subtree) {
    return org == top || (subtree && model::is_proper_ancestor(world, top, org));
}

Ids expected_devices(const Case& c, Id top, bool subtree) {
    Ids ids;
    if (top != 0 && !model::sees_org(c.world, c.viewer, top, c.now)) {
        return ids;
    }
    for (const Id id : model::visible_devices(c.world, c.viewer, c.now)) {
        const auto device = std::ranges::find(c.world.devices, id, &model::Device::id);
        if (top == 0 || is_in_scope(c.world, device->org, top, subtree)) {
            ids.push_back(id);
        }
    }
    return ids;
}

Ids listed_devices(const Case& c, const DeviceFilter& filter) {
    return all_pages(c.limit, [&](const PageRequest& request) {
        return visible_devices(c.directory, UserId{c.viewer}, filter, request, at(c.now));
    });
}

TEST(Visible, device_pages_are_the_models_list) {
    EXPECT_TRUE(holds_for_every_viewer("device pages", [](const Case& c) {
        RC_ASSERT(listed_devices(c, {}) == expected_devices(c, 0, false));
        for (const model::Org& org : c.world.orgs) {
            for (const bool subtree : {false, true}) {
                RC_ASSERT(listed_devices(c, {OrgId{org.id}, subtree, {}, {}}) ==
                          expected_devices(c, org.id, subtree));
            }
        }
    }));
}

TEST(Visible, device_filters_only_narrow_what_is_visible_REST_08) {
    EXPECT_TRUE(holds_for_every_viewer("device filters", [](const Case& c) {
        for (const model::User& owner : c.world.users) {
            Ids expected = expected_devices(c, 0, false);
            std::erase_if(expected, [&](Id id) {
                const auto device = std::ranges::find(c.world.devices, id, &model::Device::id);
                return device->owner != owner.id || device->name.find("lamp") == std::string::npos;
            });
            RC_ASSERT(listed_devices(c, {{}, false, UserId{owner.id}, "LAMP"}) == expected);
        }
        RC_ASSERT(listed_devices(c, {{}, false, {}, "no such name"}).empty());
        RC_ASSERT(listed_devices(c, {{}, false, {}, "\x01"}).empty());
    }));
}

TEST(Visible, org_pages_are_the_models_list) {
    EXPECT_TRUE(holds_for_every_viewer("org pages", [](const Case& c) {
        const Ids all = model::visible_orgs(c.world, c.viewer, c.now);
        const auto listed = [&](Id within) {
            return all_pages(c.limit, [&](const PageRequest& request) {
                return visible_orgs(c.directory, UserId{c.viewer}, OrgId{within}, request,
                                    at(c.now));
            });
        };
        RC_ASSERT(listed(0) == all);
        for (const model::Org& top : c.world.orgs) {
            Ids expected = all;
            const bool is_seen = std::ranges::binary_search(all, top.id);
            std::erase_if(expected, [&](Id id) {
                return !is_seen || !is_in_scope(c.world, id, top.id, true);
            });
            RC_ASSERT(listed(top.id) == expected);
        }
    }));
}

TEST(Visible, users_and_memberships_are_seen_as_in_the_model) {
    EXPECT_TRUE(holds_for_every_viewer("users and memberships", [](const Case& c) {
        const UserId viewer{c.viewer};
        for (const model::User& user : c.world.users) {
            RC_ASSERT(sees_user(c.directory, viewer, UserId{user.id}, at(c.now)) ==
                      model::sees_user(c.world, c.viewer, user.id, c.now));
        }
        for (const model::Membership& m : c.world.memberships) {
            RC_ASSERT(sees_membership(c.directory, viewer, MembershipId{m.id}, at(c.now)) ==
                      model::sees_membership(c.world, c.viewer, m.id, c.now));
        }
    }));
}

TEST(Visible, member_pages_hold_the_orgs_own_members) {
    EXPECT_TRUE(holds_for_every_viewer("member pages", [](const Case& c) {
        for (const model::Org& org : c.world.orgs) {
            Ids users, memberships;
            for (const model::Membership& m : c.world.memberships) {
                if (m.org == org.id) {
                    memberships.push_back(m.id);
                }
                if (m.org == org.id && !m.pending) {
                    users.push_back(m.user);
                }
            }
            RC_ASSERT(users == all_pages(c.limit, [&](const PageRequest& request) {
                          return users_of(c.directory, OrgId{org.id}, request);
                      }));
            RC_ASSERT(memberships == all_pages(c.limit, [&](const PageRequest& request) {
                          return memberships_in(c.directory, OrgId{org.id}, request);
                      }));
        }
    }));
}

// What a watch of the scope is shown, step by step.
std::vector<std::pair<Id, Id>> walked(const Case& c, const Scope& scope) {
    std::vector<std::pair<Id, Id>> shown;
    ScopeCursor cursor;
    for (int calls = 0; !cursor.done; ++calls) {
        RC_ASSERT(calls < 1000);
        std::size_t visited = 0;
        cursor = walk_scope(
            c.directory, UserId{c.viewer}, scope, cursor, c.limit, at(c.now),
            [&](const Device& device, const DeviceVerdict& verdict) {
                ++visited;
                shown.emplace_back(number(device.org), number(device.id));
                RC_ASSERT(names_of(verdict.rights) ==
                          model::device_rights(c.world, c.viewer, number(device.id), c.now));
                RC_ASSERT(verdict.valid_until ==
                          next_window_edge(c.directory, UserId{c.viewer}, at(c.now)));
                RC_ASSERT(covers(c.directory, scope, device));
            });
        RC_ASSERT(visited <= c.limit);
    }
    return shown;
}

TEST(Visible, scope_walks_show_each_visible_device_once_in_order) {
    EXPECT_TRUE(holds_for_every_viewer("scope walks", [](const Case& c) {
        for (const model::Org& org : c.world.orgs) {
            for (const auto kind : {Scope::Kind::org, Scope::Kind::subtree}) {
                std::vector<std::pair<Id, Id>> expected;
                for (const Id id : expected_devices(c, org.id, kind == Scope::Kind::subtree)) {
                    const auto device = std::ranges::find(c.world.devices, id, &model::Device::id);
                    expected.emplace_back(device->org, id);
                }
                std::ranges::sort(expected);
                RC_ASSERT(walked(c, {kind, {}, OrgId{org.id}}) == expected);
            }
        }
        for (const model::Device& device : c.world.devices) {
            const auto shown = walked(c, {Scope::Kind::device, DeviceId{device.id}, {}});
            RC_ASSERT(shown.size() ==
                      (model::sees_device(c.world, c.viewer, device.id, c.now) ? 1U : 0U));
        }
    }));
}

TEST(Visible, hidden_values_read_above_only_for_proper_ancestors) {
    EXPECT_TRUE(rc::check("above or outside", [] {
        const model::World world = draw_world({12, 1, 1});
        const Directory directory = directory_of(world);
        for (const model::Org& a : world.orgs) {
            for (const model::Org& b : world.orgs) {
                const bool is_above = hidden(directory, OrgId{a.id}, OrgId{b.id}) == Hidden::above;
                RC_ASSERT(is_above == model::is_proper_ancestor(world, b.id, a.id));
            }
        }
    }));
}

}  // namespace
}  // namespace treeline::property
