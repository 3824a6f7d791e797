// Mailbox: bounds, order, waking, and many threads at once.
#include "base/mailbox.hpp"

#include <memory>
#include <thread>

#include <gtest/gtest.h>

namespace treeline {
namespace {

TEST(Mailbox, gives_everything_in_order_and_only_once) {
    Mailbox<int> box(10);
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(box.push(int{i}));
    }
    std::vector<int> taken{99};
    box.take(taken);
    EXPECT_EQ(taken, (std::vector<int>{0, 1, 2}));
    box.take(taken);
    EXPECT_TRUE(taken.empty());
}

TEST(Mailbox, refuses_when_full_and_leaves_the_item_alone) {
    Mailbox<std::unique_ptr<int>> box(1);
    EXPECT_TRUE(box.push(std::make_unique<int>(1)));
    auto item = std::make_unique<int>(2);
    EXPECT_FALSE(box.push(std::move(item)));
    ASSERT_NE(item, nullptr);  // NOLINT: a refused push does not move
    EXPECT_EQ(*item, 2);
}

TEST(Mailbox, takes_of_a_batch_what_fits) {
    Mailbox<int> box(3);
    std::vector<int> batch{1, 2, 3, 4, 5};
    EXPECT_EQ(box.push_batch(batch.begin(), batch.end()), 3U);
    EXPECT_EQ(box.push_batch(batch.begin(), batch.end()), 0U);
    EXPECT_EQ(box.size(), 3U);
}

TEST(Mailbox, wakes_only_when_it_was_empty) {
    int wakes = 0;
    Mailbox<int> box(10, [&] { ++wakes; });
    std::vector<int> batch{1, 2};
    EXPECT_EQ(box.push_batch(batch.begin(), batch.begin()), 0U);
    EXPECT_EQ(wakes, 0);
    (void)box.push(1);
    (void)box.push(2);
    EXPECT_EQ(wakes, 1);
    std::vector<int> taken;
    box.take(taken);
    box.push_batch(batch.begin(), batch.end());
    EXPECT_EQ(wakes, 2);
}

TEST(Mailbox, gives_up_waiting_at_the_limit) {
    Mailbox<int> box(1);
    std::vector<int> taken{1};
    box.take_or_wait(taken, Millis(1));
    EXPECT_TRUE(taken.empty());
}

TEST(Mailbox, loses_and_doubles_nothing_between_threads) {
    constexpr int senders = 4;
    constexpr int each = 5000;
    Mailbox<int> box(64);
    std::vector<std::thread> threads;
    for (int sender = 0; sender < senders; ++sender) {
        threads.emplace_back([&box, sender] {
            for (int i = 0; i < each;) {
                if (box.push(sender * each + i)) {
                    ++i;
                } else {
                    std::this_thread::yield();
                }
            }
        });
    }
    std::vector<int> all, taken;
    while (all.size() < senders * each) {
        box.take_or_wait(taken, Millis(1000));
        EXPECT_LE(taken.size(), 64U);
        all.insert(all.end(), taken.begin(), taken.end());
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    std::vector<int> next(senders, 0);
    for (const int item : all) {  // complete, and in order per sender
        EXPECT_EQ(item % each, next[static_cast<std::size_t>(item / each)]++);
    }
    EXPECT_EQ(next, std::vector<int>(senders, each));
}

}  // namespace
}  // namespace treeline
