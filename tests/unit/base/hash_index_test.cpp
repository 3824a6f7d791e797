// HashIndex against a plain map: under hashes that collide, and in copies that stay as they were.
#include "base/hash_index.hpp"

#include <map>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace treeline {
namespace {

using Index = HashIndex<std::uint64_t>;

// The rows that the numbers name.
struct Rows {
    std::map<std::uint64_t, std::string> text;

    std::uint64_t find(const Index& index, const std::string& key) const {
        return index.find(few_hashes(key), [&](std::uint64_t id) { return text.at(id) == key; });
    }
    static std::uint64_t few_hashes(const std::string& key) {
        return key.size() % 2 + (key.back() == '7' ? 1U : 0U);
    }
};

TEST(HashIndex, finds_each_row_under_hashes_that_collide) {
    std::mt19937_64 random(7);
    Rows rows;
    Index index;
    std::map<std::string, std::uint64_t> model;
    for (std::uint64_t id = 1; id <= 500; ++id) {
        const std::string key = "key " + std::to_string(random() % 200);
        rows.text[id] = key;
        if (const auto old = model.find(key); old != model.end()) {
            index.erase(Rows::few_hashes(key), old->second);
        }
        model[key] = id;
        index.insert(Rows::few_hashes(key), id);
        if (random() % 3 == 0) {
            index.erase(Rows::few_hashes(model.begin()->first), model.begin()->second);
            model.erase(model.begin());
        }
        ASSERT_EQ(index.size(), model.size());
    }
    for (int i = 0; i < 200; ++i) {
        const std::string key = "key " + std::to_string(i);
        EXPECT_EQ(rows.find(index, key), model.contains(key) ? model[key] : 0U) << key;
    }
}

TEST(HashIndex, leaves_a_copy_as_it_was) {
    Rows rows{{{1, "a"}, {2, "b"}}};
    Index index;
    index.insert(Rows::few_hashes("a"), 1);
    const Index before = index;
    index.insert(Rows::few_hashes("b"), 2);
    index.erase(Rows::few_hashes("a"), 1);
    index.erase(Rows::few_hashes("a"), 1);  // nothing more
    EXPECT_EQ(rows.find(before, "a"), 1U);
    EXPECT_EQ(rows.find(before, "b"), 0U);
    EXPECT_EQ(rows.find(index, "a"), 0U);
    EXPECT_EQ(rows.find(index, "b"), 2U);
}

}  // namespace
}  // namespace treeline
