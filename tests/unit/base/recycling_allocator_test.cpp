// Blocks that come back: kept, freed, on other threads and at the end of one.
#include "base/recycling_allocator.hpp"

#include <list>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace treeline {
namespace {

using Numbers = std::list<int, RecyclingAllocator<int>>;

TEST(RecyclingAllocator, keeps_a_few_and_frees_the_rest) {
    Numbers numbers;
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 1'000; ++i) {
            numbers.push_back(i);
        }
        int expected = 0;
        for (const int number : numbers) {
            EXPECT_EQ(number, expected++);
        }
        numbers.clear();
    }
}

TEST(RecyclingAllocator, takes_back_a_block_on_another_thread) {
    Numbers numbers{1, 2, 3};
    std::thread([moved = std::move(numbers)]() mutable { moved.clear(); }).join();
    numbers = {4};
    EXPECT_EQ(numbers.front(), 4);
}

TEST(RecyclingAllocator, serves_arrays_as_well) {
    std::vector<int, RecyclingAllocator<int>> numbers;
    for (int i = 0; i < 100; ++i) {
        numbers.push_back(i);
    }
    EXPECT_EQ(numbers.back(), 99);
}

// What outlives the thread's own store (an object that is destroyed after it) is simply freed.
TEST(RecyclingAllocator, frees_what_is_given_back_at_the_end_of_its_thread) {
    std::thread([] {
        thread_local Numbers outlives{1, 2, 3};  // made first, so destroyed last
        EXPECT_EQ(outlives.size(), 3U);
    }).join();
}

}  // namespace
}  // namespace treeline
