// Boxed against std::optional, Rare against the container.
#include "base/boxed.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace treeline {
namespace {

TEST(Boxed, is_a_value_as_an_optional_is) {
    Boxed<std::string> none;
    Boxed<std::string> some = std::string("text");
    EXPECT_EQ(none, std::nullopt);
    EXPECT_FALSE(none == some);
    EXPECT_EQ(some, std::optional<std::string>("text"));
    EXPECT_EQ(none, std::optional<std::string>());
    Boxed<std::string> copy = some;
    copy->append(" more");
    EXPECT_EQ(*some, "text");
    EXPECT_EQ(*copy, "text more");
    none = std::move(copy);
    EXPECT_EQ(*none, "text more");
    none.emplace();
    EXPECT_EQ(*none, "");
    none = some;
    some.reset();
    EXPECT_FALSE(some);
    EXPECT_EQ(*none, "text");
}

TEST(Rare, is_a_value_as_its_container_is) {
    using Numbers = std::vector<int>;
    Rare<Numbers> none;
    EXPECT_TRUE(none.empty());
    EXPECT_EQ(none, Numbers());
    none = Numbers{1, 2};
    Rare<Numbers> copy = none;
    copy.edit().push_back(3);
    EXPECT_EQ(*none, (Numbers{1, 2}));
    EXPECT_EQ(*copy, (Numbers{1, 2, 3}));
    EXPECT_FALSE(copy == none);
    copy.clear();
    EXPECT_EQ(copy, Rare<Numbers>());
    copy.edit();
    EXPECT_EQ(copy, Rare<Numbers>());
    EXPECT_EQ(sizeof(copy), sizeof(void*));
}

}  // namespace
}  // namespace treeline
