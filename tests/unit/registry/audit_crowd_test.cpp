// What one actor notes in a minute: some entries, and one count for the rest.
#include <set>

#include <gtest/gtest.h>

#include "broker/registry/audit.hpp"
#include "storage/memory.hpp"
#include "tests/support/world.hpp"

namespace treeline {
namespace {

using Words = std::multiset<std::string>;

// An audit of a world that stays as it is.
class AuditCrowd : public ::testing::Test {
  protected:
    WorldBuilder builder;
    OrgId root = builder.root();
    UserId ann = builder.user(root, "ann");
    UserId bob = builder.user(root, "bob");
    std::unique_ptr<storage::Store> store = storage::make_memory_store();
    std::unique_ptr<storage::Log> log = storage::make_memory_log();
    std::unique_ptr<AuditTrail> trail;

    void start() {
        AuditTrail::Limits limits;
        limits.folds_apart_max = 3;
        trail = std::make_unique<AuditTrail>(
            AuditTrail::Parts{*store, *log, audit::Key{}, nullptr, limits}, builder.world());
    }
    void deny(UserId actor, int object) {
        AuditNote note;
        const std::string name = "device/" + std::to_string(object);
        note.line = open_line(builder.directory(), {.org = root,
                                                    .actor = actor,
                                                    .at = builder.now,
                                                    .action = "app read",
                                                    .outcome = "denied",
                                                    .object = name});
        note.crowd = "app read";
        note.fold = "app read " + name;
        ASSERT_TRUE(trail->note(std::move(note)));
    }
    // "object count" of every entry that is sealed.
    Words sealed() {
        Words words;
        AuditAsk ask;
        ask.world = builder.world();
        ask.kind = AuditAsk::Kind::oldest_first;
        ask.org = root;
        EXPECT_TRUE(trail->ask(std::move(ask), Reply<AuditPage>([&](const AuditPage& page) {
                                   for (const AuditFound& found : page.found) {
                                       const std::string* const object =
                                           value_of(found.entry, "object");
                                       words.insert((object == nullptr ? "" : *object + " ") +
                                                    *value_of(found.entry, "count"));
                                   }
                               })));
        trail->step(builder.now);
        return words;
    }
    void pass_a_minute() {
        builder.now += std::chrono::minutes(1);
        trail->step(builder.now);
    }
};

TEST_F(AuditCrowd, is_one_entry_with_a_count_and_no_object) {
    start();
    for (int object = 1; object <= 9; ++object) {
        deny(ann, object);
    }
    deny(ann, 1);  // is still counted apart
    deny(bob, 9);  // somebody else
    pass_a_minute();
    EXPECT_EQ(sealed(), (Words{"device/1 2", "device/2 1", "device/3 1", "6", "device/9 1"}));
}

TEST_F(AuditCrowd, is_known_after_a_restart_and_over_when_its_minute_is) {
    start();
    for (int object = 1; object <= 3; ++object) {
        deny(ann, object);
    }
    trail->step(builder.now);
    start();
    deny(ann, 4);
    pass_a_minute();
    deny(ann, 5);
    pass_a_minute();
    EXPECT_EQ(sealed(), (Words{"device/1 1", "device/2 1", "device/3 1", "1", "device/5 1"}));
}

}  // namespace
}  // namespace treeline
