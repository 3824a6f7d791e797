// Apps that look from above: which of their requests are noted, in whose chain, and as what.
#include "broker/api/app_look.hpp"

#include <gtest/gtest.h>

#include "tests/support/world.hpp"

namespace treeline {
namespace {

using Words = std::vector<std::string>;

class Notes final : public AuditDesk {
  public:
    Words taken;  // "org fold"
    bool is_full = false;

    bool note(AuditNote note) override {
        if (!is_full) {
            taken.push_back(std::to_string(number(note.line.org)) + " " + note.fold);
        }
        return !is_full;
    }
    bool ask(AuditAsk, Reply<AuditPage>&&) override { return false; }
};

// A root with a boss; a client, with an admin, below it; a branch below that.
class AppLooks : public ::testing::Test {
  protected:
    WorldBuilder builder;
    OrgId root = builder.root();
    UserId boss = builder.admin();
    OrgId client = builder.org(root, "client");
    OrgId branch = builder.org(client, "branch");
    UserId ann = builder.user(client, "ann", role_admin);
    UserId eve = builder.user(branch, "eve");
    DeviceId pump = builder.device(client, "pump");
    DeviceId lamp = builder.device(branch, "lamp", eve);
    Notes notes;

    template <class Body>
    bool by(UserId user, Body body) {
        notes.taken.clear();
        return record_app_look(notes, builder.directory(), {user, builder.now, "192.0.2.1"},
                               {1, std::move(body), {}});
    }
    static AppWatch watch(DeviceId device) {
        return {AppWatch::Kind::device, device, {}, {}, false};
    }
    static AppWatch watch(AppWatch::Kind kind, OrgId org) { return {kind, {}, org, {}, false}; }
    std::string of(OrgId org, const std::string& fold) const {
        return std::to_string(number(org)) + " " + fold;
    }
    template <class Id>
    std::string wire(Id id) const {
        return std::to_string(builder.directory().wire().of(id));
    }
};

TEST_F(AppLooks, TEN_22_at_one_device_stand_in_its_org) {
    EXPECT_TRUE(by(boss, watch(pump)));
    EXPECT_EQ(notes.taken, Words{of(client, "watch device/" + wire(pump))});
    EXPECT_TRUE(by(boss, AppRead{lamp, {}}));
    EXPECT_EQ(notes.taken, Words{of(branch, "values device/" + wire(lamp))});
    EXPECT_TRUE(by(ann, watch(lamp)));
    EXPECT_EQ(notes.taken, Words{of(branch, "watch device/" + wire(lamp))});
}

TEST_F(AppLooks, TEN_22_at_a_scope_stand_in_every_org_of_it_that_is_below) {
    EXPECT_TRUE(by(boss, watch(AppWatch::Kind::subtree, root)));
    EXPECT_EQ(notes.taken, (Words{of(client, "watch org/" + wire(client)),
                                  of(branch, "watch org/" + wire(branch))}));
    EXPECT_TRUE(by(ann, watch(AppWatch::Kind::subtree, client)));
    EXPECT_EQ(notes.taken, Words{of(branch, "watch org/" + wire(branch))});
    EXPECT_TRUE(by(ann, watch(AppWatch::Kind::org, client)));
    EXPECT_EQ(notes.taken, Words{});
    EXPECT_TRUE(by(boss, AppDevices{client, false, 0, {}}));
    EXPECT_EQ(notes.taken, Words{of(client, "devices org/" + wire(client))});
    EXPECT_TRUE(by(boss, AppDevices{}));
    EXPECT_EQ(notes.taken.size(), 2U);
}

TEST_F(AppLooks, of_ones_own_org_or_at_what_is_unseen_are_none) {
    EXPECT_TRUE(by(ann, watch(pump)));
    EXPECT_TRUE(notes.taken.empty());
    EXPECT_TRUE(by(eve, watch(lamp)));
    EXPECT_TRUE(notes.taken.empty());
    EXPECT_TRUE(by(eve, watch(pump)));
    EXPECT_TRUE(notes.taken.empty());
    EXPECT_TRUE(by(eve, watch(AppWatch::Kind::subtree, root)));
    EXPECT_TRUE(notes.taken.empty());
    EXPECT_TRUE(by(ann, watch(DeviceId{99})));
    EXPECT_TRUE(by(boss, AppWatch{}));
    EXPECT_TRUE(by(boss, AppUnwatch{1}));
    EXPECT_TRUE(notes.taken.empty());
}

TEST_F(AppLooks, that_cannot_be_recorded_are_refused) {
    notes.is_full = true;
    EXPECT_FALSE(by(boss, watch(pump)));
    EXPECT_FALSE(by(boss, AppRead{pump, {}}));
    EXPECT_FALSE(by(boss, watch(AppWatch::Kind::subtree, root)));
    EXPECT_TRUE(by(ann, watch(pump)));
}

}  // namespace
}  // namespace treeline
