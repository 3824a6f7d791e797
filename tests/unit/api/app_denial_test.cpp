// Denials of apps: in whose chain they are noted, and as what.
#include "broker/api/app_denial.hpp"

#include <gtest/gtest.h>

#include "tests/support/world.hpp"

namespace treeline {
namespace {

class Notes final : public AuditDesk {
  public:
    std::vector<AuditNote> taken;
    bool is_full = false;

    bool note(AuditNote note) override {
        if (!is_full) {
            taken.push_back(std::move(note));
        }
        return !is_full;
    }
    bool ask(AuditAsk, Reply<AuditPage>&&) override { return false; }
};

class AppDenials : public ::testing::Test {
  protected:
    WorldBuilder builder;
    OrgId root = builder.root();
    OrgId client = builder.org(root, "client");
    OrgId sibling = builder.org(root, "sibling");
    UserId eve = builder.user(client, "eve");
    DeviceId own = builder.device(client, "own", eve);
    DeviceId hidden = builder.device(sibling, "hidden");
    Notes notes;

    bool denied(AppStatus status, std::string_view asked, DeviceId device, OrgId org = {}) {
        return record_app_denial(notes, builder.directory(), {{}, eve, status, asked, device, org},
                                 builder.now, "192.0.2.1");
    }
    static std::string said(const AuditNote& note, std::string_view name) {
        for (const audit::NamedValue& field : note.line.fields) {
            if (field.name == name) {
                return field.value;
            }
        }
        return "";
    }
    template <class Id>
    std::string wire(Id id) const {
        return std::to_string(builder.directory().wire().of(id));
    }
};

TEST_F(AppDenials, stand_in_the_home_of_who_was_denied) {
    ASSERT_TRUE(denied(AppStatus::not_found, "read", hidden));
    const AuditNote& note = notes.taken.at(0);
    EXPECT_EQ(note.line.org, client);
    EXPECT_EQ(note.line.actor, eve);
    EXPECT_EQ(said(note, "action"), "app read");
    EXPECT_EQ(said(note, "outcome"), "denied");
    EXPECT_EQ(said(note, "object"), "device/" + wire(hidden));
    EXPECT_EQ(said(note, "status"), "404");
    EXPECT_EQ(said(note, "from"), "192.0.2.1");
    EXPECT_EQ(said(note, "missing_permission"), "");
}

TEST_F(AppDenials, of_what_is_missing_and_what_is_out_of_sight_differ_by_the_id_alone) {
    ASSERT_TRUE(denied(AppStatus::not_found, "watch", {}, sibling));
    ASSERT_TRUE(denied(AppStatus::not_found, "watch", {}, OrgId{4711}));
    const auto& fields = notes.taken.at(0).line.fields;
    const auto& others = notes.taken.at(1).line.fields;
    ASSERT_EQ(fields.size(), others.size());
    for (std::size_t i = 0; i < fields.size(); ++i) {
        EXPECT_EQ(fields[i].name, others[i].name);
        EXPECT_EQ(fields[i].value == others[i].value, fields[i].name != "object");
    }
    EXPECT_EQ(notes.taken[0].crowd, notes.taken[1].crowd);
    EXPECT_NE(notes.taken[0].fold, notes.taken[1].fold);
}

TEST_F(AppDenials, name_the_permission_that_a_write_lacks) {
    builder.permissions(client, role_user, {Permission::own_devices_view});
    ASSERT_TRUE(denied(AppStatus::forbidden, "write", own));
    EXPECT_EQ(said(notes.taken.at(0), "status"), "403");
    EXPECT_EQ(said(notes.taken.at(0), "missing_permission"), "own_devices.control");
}

TEST_F(AppDenials, that_find_the_audit_full_are_not_recorded) {
    notes.is_full = true;
    EXPECT_FALSE(denied(AppStatus::not_found, "read", hidden));
}

}  // namespace
}  // namespace treeline
