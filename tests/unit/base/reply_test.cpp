// Reply: called once, moved, wrapped.
#include "base/reply.hpp"

#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace treeline {
namespace {

TEST(Reply, carries_a_move_only_value_to_a_move_only_function) {
    int seen = 0;
    auto owned = std::make_unique<int>(40);
    Reply<std::unique_ptr<int>> reply(
        [&seen, owned = std::move(owned)](std::unique_ptr<int> v) { seen = *owned + *v; });
    reply(std::make_unique<int>(2));
    EXPECT_EQ(seen, 42);
}

TEST(Reply, is_empty_after_the_call) {
    Reply<int> reply([](int) {});
    EXPECT_TRUE(static_cast<bool>(reply));
    reply(1);
    EXPECT_FALSE(static_cast<bool>(reply));
}

TEST(Reply, can_be_wrapped_into_another_type) {
    std::string seen;
    Reply<std::string> inner([&](std::string text) { seen = std::move(text); });
    Reply<int> outer([inner = std::move(inner)](int n) mutable { inner(std::to_string(n)); });
    Reply<int> moved = std::move(outer);
    moved(7);
    EXPECT_EQ(seen, "7");
}

TEST(Reply, may_be_replaced_by_its_own_function) {
    Reply<int> reply;
    int calls = 0;
    reply = Reply<int>([&](int) {
        ++calls;
        reply = Reply<int>([&](int) { ++calls; });
    });
    reply(1);
    reply(2);
    EXPECT_EQ(calls, 2);
}

TEST(ReplyDeathTest, stops_the_process_when_called_twice) {
    Reply<int> reply([](int) {});
    reply(1);
    EXPECT_DEATH(reply(2), "");
}

}  // namespace
}  // namespace treeline
