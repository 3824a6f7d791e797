// The registry's order: durable, published, settled, and only then answered.
#include "broker/registry/registry.hpp"

#include <algorithm>
#include <thread>

#include "tests/unit/registry/registry_bench.hpp"

namespace treeline {
namespace {

using RegistryOrder = RegistryBench;

TEST_F(RegistryOrder, PRM_20_answers_nobody_before_every_shard_has_settled) {
    start();
    Asked& asked = submit(make_org(root, "a"));
    run_dry();
    EXPECT_EQ(log.last(), base() + 1);
    ASSERT_EQ(follower->published.size(), 1U);
    EXPECT_FALSE(asked.answer.has_value());
    EXPECT_TRUE(acknowledged.empty());
    EXPECT_EQ(story, std::vector<std::string>{"append"}) << "followers were told too early";

    follower->settle();
    registry->settled_moved();
    run_dry();
    ASSERT_TRUE(asked.done());
    const Outcome& outcome = **asked.answer;
    EXPECT_EQ(outcome.world->revision(), Revision{base() + 1});
    EXPECT_EQ(outcome.world->org(OrgId{outcome.created})->name, "a");
    EXPECT_EQ(acknowledged, std::vector<Revision>{Revision{base() + 1}});
    EXPECT_EQ(story, (std::vector<std::string>{"append", "settled", "answer"}));
}

TEST_F(RegistryOrder, is_due_from_the_bell_until_it_has_looked) {
    start();
    EXPECT_FALSE(registry->is_due());
    submit(make_org(root, "a"));
    EXPECT_TRUE(registry->is_due());
    run_dry();
    EXPECT_FALSE(registry->is_due()) << "it waits for the shards, they for nobody";
    follower->settle();
    registry->settled_moved();
    EXPECT_TRUE(registry->is_due());
    run_dry();
    EXPECT_FALSE(registry->is_due());
}

TEST_F(RegistryOrder, publishes_only_what_is_in_the_log) {
    start();
    log.before_append = [this] { EXPECT_TRUE(follower->published.empty()); };
    submit(make_org(root, "a"));
    run_dry();
    ASSERT_EQ(follower->published.size(), 1U);
    auto loaded = load_directory(*storage::make_memory_store(), log);
    ASSERT_TRUE(loaded.has_value());
    EXPECT_EQ(events_of(loaded->directory), events_of(*follower->published.front().world));
}

TEST_F(RegistryOrder, makes_one_fsync_and_one_fence_of_what_waits) {
    start();
    for (int i = 0; i < 10; ++i) {
        submit(make_org(root, "o" + std::to_string(i)));
    }
    run_dry();
    EXPECT_EQ(log.appends, 1);
    EXPECT_EQ(follower->published.size(), 1U);
    EXPECT_EQ(log.last(), base() + 10);
    follower->settle();
    run_dry();
    for (const auto& asked : askers) {
        ASSERT_TRUE(asked->done());
        EXPECT_EQ((*asked->answer)->world->revision(), Revision{base() + 10});
    }
    EXPECT_EQ(acknowledged.size(), 10U);
    EXPECT_EQ(registry->counters().fsyncs, 1U);
    EXPECT_EQ(registry->counters().accepted, 10U);
}

TEST_F(RegistryOrder, lets_what_comes_during_a_fence_wait_for_the_next) {
    start();
    submit(make_org(root, "a"));
    run_dry();
    Asked& second = submit(make_org(root, "b"));
    Asked& third = submit(make_org(root, "c"));
    run_dry();
    EXPECT_EQ(log.appends, 1);
    follower->settle();
    run_dry();
    EXPECT_EQ(log.appends, 2);
    EXPECT_FALSE(second.answer.has_value());
    follower->settle();
    run_dry();
    EXPECT_TRUE(second.done());
    EXPECT_TRUE(third.done());
}

TEST_F(RegistryOrder, splits_what_exceeds_the_batch) {
    limits.batch_max = 2;
    start();
    for (int i = 0; i < 5; ++i) {
        submit(make_org(root, "o" + std::to_string(i)));
    }
    for (int fences = 1; fences <= 3; ++fences) {
        run_dry();
        EXPECT_EQ(log.appends, fences);
        follower->settle();
    }
    run_dry();
    EXPECT_TRUE(askers.back()->done());
}

TEST_F(RegistryOrder, decides_each_on_top_of_those_before_it) {
    start();
    Asked& first = submit(make_org(root, "twin"));
    Asked& second = submit(make_org(root, "Twin"));
    run_dry();
    follower->settle();
    run_dry();
    EXPECT_TRUE(first.done());
    ASSERT_TRUE(second.answer.has_value());
    EXPECT_EQ(second.refusal(), RefusalCode::name_taken);
}

TEST_F(RegistryOrder, keeps_a_refusal_that_rests_on_an_unwritten_change_until_that_is_settled) {
    start();
    submit(make_org(root, "twin"));
    Asked& refused = submit(make_org(root, "twin"));
    run_dry();
    EXPECT_FALSE(refused.answer.has_value());
    follower->settle();
    run_dry();
    EXPECT_TRUE(refused.answer.has_value());
}

TEST_F(RegistryOrder, refuses_at_once_what_rests_on_the_settled_world) {
    start();
    Asked& refused = submit(make_org(OrgId{999}, "lost"));
    run_dry();
    ASSERT_TRUE(refused.answer.has_value());
    EXPECT_EQ(refused.refusal(), RefusalCode::not_found);
    EXPECT_EQ(log.appends, 0);
    EXPECT_EQ(registry->counters().refused, 1U);
}

TEST_F(RegistryOrder, asks_for_permission_on_the_world_of_that_moment) {
    const UserId staff = builder.user(root, "sam", role_admin);
    const MembershipId membership = builder.home(staff);
    start();
    EndMembership end;
    end.membership = membership;
    submit(end);
    Asked& late = submit(make_org(root, "mine"), Actor{staff});
    run_dry();
    follower->settle();
    run_dry();
    ASSERT_TRUE(late.answer.has_value());
    EXPECT_FALSE(late.done());
    EXPECT_EQ(log.last(), base() + 1);
}

TEST_F(RegistryOrder, writes_nothing_for_a_change_that_changes_nothing) {
    const UserId user = builder.user(root, "sam");
    start();
    Asked& asked = submit(ResumeUser{user});
    run_dry();
    ASSERT_TRUE(asked.done());
    EXPECT_EQ((*asked.answer)->world->revision(), builder.directory().revision());
    EXPECT_EQ(log.appends, 0);
    EXPECT_TRUE(follower->published.empty());
}

TEST_F(RegistryOrder, publishes_whom_the_whole_batch_concerns) {
    const UserId one = builder.user(root, "one");
    const UserId two = builder.user(root, "two");
    start();
    submit(SuspendUser{one});
    submit(SuspendUser{two});
    run_dry();
    ASSERT_EQ(follower->published.size(), 1U);
    const Effect& effect = *follower->published.front().effect;
    for (const UserId user : {one, two}) {
        EXPECT_TRUE(effect.everyone || std::find(effect.users.begin(), effect.users.end(), user) !=
                                           effect.users.end());
    }
}

TEST_F(RegistryOrder, tells_everybody_in_doubt_once_the_disk_failed) {
    start();
    log.failing = true;
    Asked& first = submit(make_org(root, "a"));
    Asked& refused = submit(make_org(root, "a"));
    run_dry();
    ASSERT_TRUE(first.answer.has_value());
    EXPECT_EQ(first.refusal(), RefusalCode::in_doubt);
    EXPECT_EQ(refused.refusal(), RefusalCode::in_doubt);
    EXPECT_EQ(in_doubts, 1);
    EXPECT_TRUE(follower->published.empty());

    log.failing = false;  // and never again, though the disk may have come back
    Asked& later = submit(make_org(root, "b"));
    run_dry();
    EXPECT_EQ(later.refusal(), RefusalCode::in_doubt);
    EXPECT_EQ(log.appends, 1);
    EXPECT_EQ(in_doubts, 1);
}

TEST_F(RegistryOrder, stops_as_well_when_somebody_else_writes_its_log) {
    start();
    const std::vector<std::string> foreign{"foreign"};
    ASSERT_TRUE(log.append_if(log.last(), foreign));
    Asked& asked = submit(make_org(root, "a"));
    run_dry();
    EXPECT_EQ(asked.refusal(), RefusalCode::in_doubt);
    EXPECT_EQ(in_doubts, 1);
}

TEST_F(RegistryOrder, says_overloaded_at_once_when_its_box_is_full) {
    limits.queue_max = 2;
    start();
    submit(make_org(root, "a"));
    submit(make_org(root, "b"));
    Asked& third = submit(make_org(root, "c"));
    ASSERT_TRUE(third.answer.has_value());
    EXPECT_EQ(third.refusal(), RefusalCode::overloaded);
}

TEST_F(RegistryOrder, says_overloaded_after_stop) {
    start();
    registry->stop();
    Asked& asked = submit(make_org(root, "a"));
    ASSERT_TRUE(asked.answer.has_value());
    EXPECT_EQ(asked.refusal(), RefusalCode::overloaded);
}

TEST_F(RegistryOrder, owes_an_answer_even_when_it_is_destroyed) {
    start();
    Asked& fenced = submit(make_org(root, "a"));
    run_dry();
    Asked& waiting = submit(make_org(root, "b"));
    registry.reset();
    ASSERT_TRUE(fenced.answer.has_value());
    EXPECT_EQ(fenced.refusal(), RefusalCode::in_doubt);  // it is in the log, and not settled
    EXPECT_EQ(waiting.refusal(), RefusalCode::overloaded);
}

TEST_F(RegistryOrder, asks_for_a_checkpoint_every_so_many_entries) {
    limits.checkpoint_every = 3;
    start();
    for (int i = 0; i < 7; ++i) {
        submit(make_org(root, "o" + std::to_string(i)));
        run_dry();
        follower->settle();
        run_dry();
    }
    ASSERT_EQ(checkpoints.size(), 2U);
    EXPECT_EQ(checkpoints.front()->revision(), Revision{base() + 3});
}

using RegistryDeathTest = RegistryBench;

TEST_F(RegistryDeathTest, aborts_rather_than_answer_when_a_shard_stays_silent) {
    start();
    submit(make_org(root, "a"));
    run_dry();
    steady += limits.settle_max;
    EXPECT_FALSE(registry->step());  // just in time
    steady += Millis(1);
    EXPECT_DEATH(registry->step(), "settle");
}

// Settles on another thread, as shards do.
class EagerFollower final : public Follower {
  public:
    std::atomic<std::uint64_t> settled_{0};
    std::atomic<Registry*> registry{nullptr};

    explicit EagerFollower(Revision settled) : settled_(number(settled)) {}
    void publish(Publication publication) override {
        join();
        const std::uint64_t revision = number(publication.world->revision());
        settler_ = std::thread([this, revision] {
            settled_.store(revision);
            registry.load()->settled_moved();
        });
    }
    Revision settled() const override { return Revision{settled_.load()}; }
    // Before the registry goes: a settler still rings its bell.
    void join() {
        if (settler_.joinable()) {
            settler_.join();
        }
    }

  private:
    std::thread settler_;
};

TEST(RegistryThreads, carries_out_everything_that_was_submitted_before_stop) {
    WorldBuilder builder;
    const OrgId root = builder.root();
    storage::FlakyLog log;
    std::vector<std::string> entries;
    for (const Change& change : builder.changes()) {
        entries.push_back(encode_change(change));
    }
    ASSERT_TRUE(log.append_if(0, entries));
    EagerFollower follower(builder.directory().revision());
    Registry registry(log, builder.world(), follower, Registry::Limits{}, Registry::Hooks{});
    follower.registry = &registry;
    std::thread runner([&] { registry.run(); });
    std::atomic<int> done{0};
    std::vector<std::thread> askers;
    for (int t = 0; t < 3; ++t) {
        askers.emplace_back([&, t] {
            for (int i = 0; i < 50; ++i) {
                CreateOrg command;
                command.parent = root;
                command.name = std::to_string(t) + "/" + std::to_string(i);
                registry.submit(
                    {Actor{builder.admin()}, command,
                     Reply<SubmitResult>([&](SubmitResult answer) { done += answer ? 1 : 0; })});
            }
        });
    }
    for (std::thread& asker : askers) {
        asker.join();
    }
    registry.stop();
    runner.join();
    follower.join();
    EXPECT_EQ(done, 150);
    EXPECT_EQ(log.last(), entries.size() + 150);
}

}  // namespace
}  // namespace treeline
