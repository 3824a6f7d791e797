// RegistryBench: a registry stepped by hand, over a log that can fail and shards that settle when
// the test says so.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "broker/registry/registry.hpp"
#include "broker/registry/replay.hpp"
#include "tests/support/storage/fakes.hpp"
#include "tests/support/world.hpp"

namespace treeline {

class HeldFollower final : public Follower {
  public:
    explicit HeldFollower(Revision settled) : settled_(settled) {}

    std::vector<Publication> published;

    void publish(Publication publication) override {
        EXPECT_GE(settled_, published.empty() ? settled_ : published.back().world->revision())
            << "a second fence before the first was settled";
        published.push_back(std::move(publication));
    }
    Revision settled() const override { return settled_; }
    void settle() { settled_ = published.back().world->revision(); }

  private:
    Revision settled_;
};

// What one asker has heard. It must outlive the registry.
struct Asked {
    std::optional<SubmitResult> answer;
    int answers = 0;

    bool done() const { return answer && *answer; }
    RefusalCode refusal() const { return answer->error().code; }
};

class RegistryBench : public ::testing::Test {
  protected:
    WorldBuilder builder;
    OrgId root = builder.root();
    storage::FlakyLog log;
    std::optional<HeldFollower> follower;
    Registry::Limits limits;
    std::vector<std::unique_ptr<Asked>> askers;
    std::vector<std::string> story;  // the order in which things happened
    SteadyTime steady{Millis(1'000'000)};
    int in_doubts = 0;
    std::vector<World> checkpoints;
    std::vector<Revision> acknowledged;
    std::unique_ptr<Registry> registry;  // last: its end still answers

    void start() {
        std::vector<std::string> entries;
        for (const Change& change : builder.changes()) {
            entries.push_back(encode_change(change));
        }
        ASSERT_TRUE(log.append_if(0, entries));
        log.appends = 0;
        log.before_append = [this] { story.emplace_back("append"); };
        follower.emplace(builder.directory().revision());
        Registry::Hooks hooks;
        hooks.clock = [this] { return Now{steady, builder.now}; };
        hooks.in_doubt = [this] { ++in_doubts; };
        hooks.checkpoint = [this](World world) { checkpoints.push_back(std::move(world)); };
        hooks.settled = [this](const World&) { story.emplace_back("settled"); };
        hooks.acknowledged = [this](Revision revision, std::chrono::microseconds) {
            acknowledged.push_back(revision);
        };
        registry = std::make_unique<Registry>(log, builder.world(), *follower, limits, hooks);
    }
    Asked& submit(Command command, Actor actor) {
        Asked& asked = *askers.emplace_back(std::make_unique<Asked>());
        registry->submit(
            {actor, std::move(command), Reply<SubmitResult>([this, &asked](SubmitResult answer) {
                 asked.answer = std::move(answer);
                 ++asked.answers;
                 story.emplace_back("answer");
             })});
        return asked;
    }
    Asked& submit(Command command) { return submit(std::move(command), admin()); }
    Actor admin() const { return Actor{builder.admin()}; }

    void run_dry() {
        while (registry->step()) {
        }
    }
    std::uint64_t base() const { return number(builder.directory().revision()); }

    static Command make_org(OrgId parent, const std::string& name) {
        CreateOrg command;
        command.parent = parent;
        command.name = name;
        return command;
    }
};

}  // namespace treeline
