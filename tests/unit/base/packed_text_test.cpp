// PackedText against std::string, on both sides of the size that stands inside.
#include "base/packed_text.hpp"

#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace treeline {
namespace {

std::string text() {
    return *rc::gen::container<std::string>(static_cast<std::size_t>(*rc::gen::inRange(0, 40)),
                                            rc::gen::arbitrary<char>());
}

TEST(PackedText, says_what_a_string_says_after_any_assignments) {
    EXPECT_TRUE(rc::check([] {
        std::vector<PackedText> packed(4);
        std::vector<std::string> model(4);
        for (int step = 0; step < 40; ++step) {
            const auto to = *rc::gen::inRange<std::size_t>(0, 4);
            const auto from = *rc::gen::inRange<std::size_t>(0, 4);
            switch (*rc::gen::inRange(0, 4)) {
                case 0:
                    packed[to] = model[to] = text();
                    break;
                case 1:
                    packed[to] = packed[from];
                    model[to] = model[from];
                    break;
                case 2:
                    std::swap(packed[to], packed[from]);
                    std::swap(model[to], model[from]);
                    break;
                default:
                    packed[to].clear();
                    model[to].clear();
            }
            for (std::size_t i = 0; i < packed.size(); ++i) {
                RC_ASSERT(packed[i] == model[i]);
                RC_ASSERT(packed[i].str() == model[i]);
                RC_ASSERT(packed[i].empty() == model[i].empty());
                RC_ASSERT(packed[i].size() == model[i].size());
            }
            RC_ASSERT((packed[to] == packed[from]) == (model[to] == model[from]));
        }
    }));
}

TEST(PackedText, is_two_words) {
    EXPECT_EQ(sizeof(PackedText), 16U);
}

}  // namespace
}  // namespace treeline
