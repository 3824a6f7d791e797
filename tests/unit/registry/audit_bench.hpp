// A history, its log, and an audit over them that can be killed and started again.
#pragma once

#include <gtest/gtest.h>

#include "broker/registry/audit.hpp"
#include "broker/registry/replay.hpp"
#include "tests/support/storage/fakes.hpp"
#include "tests/support/world.hpp"

namespace treeline {

using audit::Entry;

class AuditBench : public ::testing::Test {
  protected:
    WorldBuilder builder;
    storage::FlakyStore store;
    std::unique_ptr<storage::Log> log = storage::make_memory_log();
    std::unique_ptr<AuditTrail> trail;
    AuditTrail::Limits limits;
    int failures = 0;

    void append_new() {
        std::vector<std::string> entries;
        for (std::size_t i = log->last(); i < builder.changes().size(); ++i) {
            entries.push_back(encode_change(builder.changes()[i]));
        }
        ASSERT_TRUE(log->append_if(log->last(), entries));
    }
    // As the server does: from where the store says that everything is written.
    void start() {
        const auto mark = AuditTrail::watermark(store);
        ASSERT_TRUE(mark);
        const auto base = directory_at(*storage::make_memory_store(), *log, *mark);
        ASSERT_TRUE(base);
        trail =
            std::make_unique<AuditTrail>(AuditTrail::Parts{store, *log, audit::Key{std::byte{9}},
                                                           [this] { ++failures; }, limits},
                                         std::make_shared<const Directory>(*base));
    }
    void catch_up() {
        append_new();
        trail->follow(builder.world());
        trail->step(builder.now);
    }
    AuditPage page(AuditAsk ask) {
        AuditPage answer;
        ask.world = builder.world();
        ask.limit = ask.limit == 50 ? 10'000 : ask.limit;
        EXPECT_TRUE(trail->ask(std::move(ask),
                               Reply<AuditPage>([&](AuditPage got) { answer = std::move(got); })));
        trail->step(builder.now);
        return answer;
    }
    std::vector<Entry> chain(OrgId org) {
        AuditAsk ask;
        ask.kind = AuditAsk::Kind::oldest_first;
        ask.org = org;
        std::vector<Entry> entries;
        for (AuditFound& found : page(ask).found) {
            entries.push_back(std::move(found.entry));
        }
        return entries;
    }
    static std::string text(const std::vector<Entry>& entries) {
        std::string out;
        for (const Entry& entry : entries) {
            out += to_line(entry) + "\n";
        }
        return out;
    }
    std::string everything() {
        std::string out;
        builder.directory().all_orgs(OrgId{}, [&](const Org& org) {
            out += text(chain(org.id));
            return true;
        });
        return out;
    }
    static std::string said(const Entry& entry, const char* name) {
        const std::string* const value = value_of(entry, name);
        return value == nullptr ? "" : *value;
    }
    template <class Id>
    std::string ref(const char* kind, Id id) const {
        return kind + std::to_string(builder.directory().wire().of(id));
    }
    AuditNote look(OrgId org, UserId viewer, std::string object) const {
        AuditNote note;
        note.line = open_line(builder.directory(), {.org = org,
                                                    .actor = viewer,
                                                    .at = builder.now,
                                                    .action = "device",
                                                    .outcome = "looked",
                                                    .object = object});
        note.fold = "device " + object;
        return note;
    }
};

}  // namespace treeline
