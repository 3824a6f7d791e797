// The telemetry writer: what its watermark promises, when it is full, late, hurried or broken.
#include "storage/writer.hpp"

#include <semaphore>
#include <thread>

#include <gtest/gtest.h>

#include "tests/support/storage/fakes.hpp"

namespace treeline::storage {
namespace {

constexpr Millis long_wait{60'000};  // never reached: a test that waited for it would time out

// A writer on its own thread over a store that can fail.
class RunningWriter {
  public:
    FlakyStore store;
    std::counting_semaphore<> synced{0};
    Writer writer;

    explicit RunningWriter(Writer::Limits limits)
        : writer(store, limits, [this] { synced.release(); }) {}
    ~RunningWriter() { stop(); }
    void start() {
        thread_ = std::thread([this] { writer.run(); });
    }
    void stop() {
        writer.stop();
        if (thread_.joinable()) {
            thread_.join();
        }
    }

  private:
    std::thread thread_;
};

Writer::Limits with_interval(Millis interval) {
    return {.queue_max = 1000, .sync_interval_max = interval};
}

TEST(Writer, makes_a_put_durable_within_its_interval_by_itself) {
    RunningWriter running(with_interval(Millis(5)));
    running.start();
    const Ticket ticket = running.writer.put("a", "1");
    ASSERT_NE(ticket, 0U);
    running.synced.acquire();
    EXPECT_GE(running.writer.durable(), ticket);
    EXPECT_EQ(*running.store.get("a"), "1");
}

TEST(Writer, does_not_wait_for_its_interval_when_somebody_is_in_a_hurry) {
    RunningWriter running(with_interval(long_wait));
    running.start();
    const Ticket ticket = running.writer.put("a", "1");
    running.writer.hurry();
    running.synced.acquire();
    EXPECT_GE(running.writer.durable(), ticket);
}

TEST(Writer, claims_nothing_durable_before_the_store_has_it) {
    RunningWriter running(with_interval(Millis(1)));
    Ticket durable_inside = 99;
    running.store.before_write = [&] { durable_inside = running.writer.durable(); };
    running.writer.put("a", "1");
    running.start();
    running.synced.acquire();
    EXPECT_EQ(durable_inside, 0U);
    EXPECT_EQ(running.writer.durable(), 1U);
}

TEST(Writer, syncs_everything_that_was_put_before_stop) {
    RunningWriter running(with_interval(long_wait));
    for (int i = 0; i < 500; ++i) {
        ASSERT_NE(running.writer.put("k" + std::to_string(i), "v"), 0U);
    }
    running.start();
    running.stop();
    EXPECT_EQ(running.writer.durable(), 500U);
    EXPECT_EQ(*running.store.get("k499"), "v");
    EXPECT_EQ(running.store.writes, 1);
    EXPECT_EQ(running.writer.put("late", "v"), 0U);
    EXPECT_EQ(*running.store.get("late"), std::nullopt);
}

TEST(Writer, sheds_and_counts_what_exceeds_its_bound_and_never_waits) {
    RunningWriter running({.queue_max = 2, .sync_interval_max = long_wait});
    EXPECT_NE(running.writer.put("a", "1"), 0U);
    EXPECT_NE(running.writer.put("b", "1"), 0U);
    EXPECT_EQ(running.writer.put("c", "1"), 0U);
    EXPECT_EQ(running.writer.shed(), 1U);
    running.start();
    running.writer.hurry();
    running.synced.acquire();
    EXPECT_EQ(running.writer.durable(), 2U);
    EXPECT_NE(running.writer.put("d", "1"), 0U);  // there is room again
}

TEST(Writer, keeps_the_last_of_several_puts_to_one_key) {
    RunningWriter running(with_interval(long_wait));
    for (int i = 0; i <= 9; ++i) {
        running.writer.put("a", std::to_string(i));
    }
    running.start();
    running.stop();
    EXPECT_EQ(*running.store.get("a"), "9");
}

TEST(Writer, says_that_it_failed_and_accepts_nothing_more) {
    RunningWriter running(with_interval(Millis(1)));
    running.store.failing = true;
    running.start();
    EXPECT_NE(running.writer.put("a", "1"), 0U);
    running.synced.acquire();
    EXPECT_TRUE(running.writer.failed());
    EXPECT_EQ(running.writer.durable(), 0U);
    EXPECT_EQ(running.writer.put("b", "1"), 0U);
    running.store.failing = false;
    running.stop();
    EXPECT_EQ(*running.store.get("a"), std::nullopt);  // never tried again
}

TEST(Writer, brings_what_goes_with_a_put_into_its_batch) {
    const auto store = make_memory_store();
    Writer writer(
        *store, Writer::Limits{}, [] {},
        [](std::string_view key, std::string_view value, std::vector<Write>& batch) {
            batch.push_back({"also/" + std::string(key), std::string(value)});
            batch.push_back({"old/" + std::string(key), std::nullopt});
        });
    ASSERT_TRUE(store->write({{"old/a", "0"}}, Durability::synced));
    EXPECT_EQ(writer.put("a", "1"), 1U);
    EXPECT_EQ(writer.put("b", "2"), 2U);
    writer.stop();
    writer.run();
    EXPECT_EQ(*store->get("a"), "1");
    EXPECT_EQ(*store->get("also/a"), "1");
    EXPECT_EQ(*store->get("also/b"), "2");
    EXPECT_EQ(*store->get("old/a"), std::nullopt);
    EXPECT_EQ(writer.durable(), 2U);  // what goes along is no put
}

TEST(Writer, tells_how_long_the_oldest_put_has_waited) {
    RunningWriter running(with_interval(long_wait));
    const SteadyTime now = read_clock().steady;
    EXPECT_EQ(running.writer.lag(now), Millis(0));
    running.writer.put("a", "1");
    EXPECT_GE(running.writer.lag(now + Millis(5000)), Millis(1000));
    running.start();
    running.stop();
    EXPECT_EQ(running.writer.lag(now + Millis(5000)), Millis(0));
}

TEST(Writer, keeps_its_watermark_true_while_many_threads_put) {
    RunningWriter running({.queue_max = 100'000, .sync_interval_max = Millis(1)});
    running.start();
    std::vector<std::thread> putters;
    for (int t = 0; t < 4; ++t) {
        putters.emplace_back([&running, t] {
            for (int i = 0; i < 500; ++i) {
                const std::string key = std::to_string(t) + "/" + std::to_string(i);
                const Ticket ticket = running.writer.put(key, "v");
                ASSERT_NE(ticket, 0U);
                if (running.writer.durable() >= ticket) {
                    ASSERT_TRUE(running.store.get(key)->has_value()) << key;
                }
            }
        });
    }
    for (std::thread& putter : putters) {
        putter.join();
    }
    running.stop();
    EXPECT_EQ(running.writer.durable(), 2000U);
}

}  // namespace
}  // namespace treeline::storage
