// HashTrie against std::map, with hashes from good to hopeless.
#include "base/hash_trie.hpp"

#include <map>
#include <string>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace treeline {
namespace {

struct Good {
    std::uint64_t operator()(std::uint32_t key) const { return key * 0x9E3779B97F4A7C15U; }
};
struct HighBits {  // equal in all digits but the last
    std::uint64_t operator()(std::uint32_t key) const { return std::uint64_t{key % 16} << 60; }
};
struct Hopeless {
    std::uint64_t operator()(std::uint32_t) const { return 42; }
};

template <class Hash>
struct HashTrieOf : testing::Test {};
using Hashes = testing::Types<Good, HighBits, Hopeless>;
TYPED_TEST_SUITE(HashTrieOf, Hashes);

using Model = std::map<std::uint32_t, int>;
constexpr std::uint32_t keys = 60;

template <class Trie>
void expect_equal(const Trie& trie, const Model& model) {
    RC_ASSERT(trie.size() == model.size());
    for (std::uint32_t key = 0; key < keys; ++key) {
        const int* found = trie.find(key);
        const auto expected = model.find(key);
        RC_ASSERT((found != nullptr) == (expected != model.end()));
        RC_ASSERT(
            (found == nullptr || *found == expected->second));  // parentheses: else no shortcut
    }
}

TYPED_TEST(HashTrieOf, holds_what_a_map_holds_and_leaves_copies_alone) {
    EXPECT_TRUE(rc::check([] {
        using Trie = HashTrie<std::uint32_t, int, TypeParam>;
        const auto script = *rc::gen::container<std::vector<std::pair<std::uint32_t, int>>>(
            rc::gen::pair(rc::gen::inRange<std::uint32_t>(0, keys), rc::gen::inRange(-5, 5)));
        Trie trie;
        Model model;
        std::vector<std::pair<Trie, Model>> copies;
        for (const auto& [key, value] : script) {
            copies.emplace_back(trie, model);
            if (value < 0) {
                trie.erase(key);
                model.erase(key);
            } else {
                trie.set(key, value);
                model[key] = value;
            }
        }
        copies.emplace_back(trie, model);
        for (const auto& [copy, expected] : copies) {
            expect_equal(copy, expected);
        }
    }));
}

TEST(HashTrie, forgets_everything_when_everything_is_erased) {
    HashTrie<std::string, int> trie;
    for (int i = 0; i < 2000; ++i) {
        trie.set(std::to_string(i), i);
    }
    const auto copy = trie;
    for (int i = 0; i < 2000; ++i) {
        trie.erase(std::to_string(i));
    }
    EXPECT_TRUE(trie.empty());
    EXPECT_EQ(trie.find(std::string("7")), nullptr);
    EXPECT_EQ(*copy.find(std::string("1999")), 1999);
}

}  // namespace
}  // namespace treeline
