// Values and items: one is the other's reverse.
#include "broker/session/values.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace treeline {
namespace {

using namespace std::string_view_literals;
using Items = std::vector<std::string_view>;

TEST(ItemsOf, drops_one_trailing_nul) {
    EXPECT_EQ(items_of(""), Items{""});
    EXPECT_EQ(items_of("21.5"), Items{"21.5"});
    EXPECT_EQ(items_of("21.5\0"sv), Items{"21.5"});
    EXPECT_EQ(items_of("a\0b\0\0"sv), (Items{"a", "b", ""}));
    EXPECT_EQ(items_of("\0"sv), Items{""});
}

TEST(JoinItems, is_undone_by_items_of) {
    EXPECT_TRUE(rc::check([](const std::vector<std::string>& drawn) {
        std::vector<std::string> items = drawn;
        RC_PRE(!items.empty());
        for (std::string& item : items) {
            std::erase(item, '\0');
        }
        const std::string bytes = join_items(items);
        const auto back = items_of(bytes);
        RC_ASSERT(std::vector<std::string>(back.begin(), back.end()) == items);
    }));
    EXPECT_EQ(join_items(std::vector<std::string>{"a", ""}), "a\0\0"sv);
    EXPECT_EQ(join_items(std::vector<std::string>{""}), "");
}

}  // namespace
}  // namespace treeline
