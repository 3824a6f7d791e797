// What every Store promises.
#include "tests/conformance/storage_suite.hpp"

namespace treeline::storage {
namespace {

template <class Database>
using StoreConformance = Conformance<Database>;
TYPED_TEST_SUITE(StoreConformance, Databases);

TYPED_TEST(StoreConformance, gives_back_what_was_put_and_nothing_for_the_rest) {
    this->put("a", "1");
    EXPECT_EQ(this->get("a"), "1");
    EXPECT_EQ(this->get("b"), std::nullopt);
    EXPECT_EQ(this->get(""), std::nullopt);
}

TYPED_TEST(StoreConformance, tells_an_empty_value_from_none) {
    this->put("a", "");
    EXPECT_EQ(this->get("a"), "");
}

TYPED_TEST(StoreConformance, keeps_bytes_of_any_kind) {
    const std::string bytes("\0\xff\n\x80", 4);
    this->put(bytes, bytes);
    EXPECT_EQ(this->get(bytes), bytes);
    EXPECT_EQ(this->get(bytes.substr(0, 3)), std::nullopt);
}

TYPED_TEST(StoreConformance, sorts_keys_as_unsigned_bytes) {
    for (const char* key : {"\xff", "a", "b", "aa", "A"}) {
        this->put(key, "x");
    }
    EXPECT_EQ(this->keys(), (std::vector<std::string>{"A", "a", "aa", "b", "\xff"}));
}

TYPED_TEST(StoreConformance, scans_from_inclusive_to_exclusive) {
    for (const char* key : {"a", "b", "c", "d"}) {
        this->put(key, "x");
    }
    EXPECT_EQ(this->keys("b", "d"), (std::vector<std::string>{"b", "c"}));
    EXPECT_EQ(this->keys("bb"), (std::vector<std::string>{"c", "d"}));
    EXPECT_EQ(this->keys("d", "b"), std::vector<std::string>{});
}

TYPED_TEST(StoreConformance, stops_scanning_when_the_visitor_has_enough) {
    this->put("a", "1");
    this->put("b", "2");
    int seen = 0;
    ASSERT_TRUE(this->store().scan({}, {}, [&](std::string_view, std::string_view) {
        ++seen;
        return false;
    }));
    EXPECT_EQ(seen, 1);
}

TYPED_TEST(StoreConformance, lets_a_visitor_write_without_seeing_its_writes) {
    this->put("a", "1");
    int seen = 0;
    ASSERT_TRUE(this->store().scan({}, {}, [&](std::string_view, std::string_view) {
        this->put("b" + std::to_string(++seen), "x");
        return true;
    }));
    EXPECT_EQ(seen, 1);
    EXPECT_EQ(this->get("b1"), "x");
}

TYPED_TEST(StoreConformance, applies_a_batch_in_its_order) {
    ASSERT_TRUE(this->store().write(
        {{"a", "1"}, {"a", std::nullopt}, {"b", "1"}, {"b", "2"}, {"c", std::nullopt}, {"c", "3"}},
        Durability::synced));
    EXPECT_EQ(this->get("a"), std::nullopt);
    EXPECT_EQ(this->get("b"), "2");
    EXPECT_EQ(this->get("c"), "3");
}

TYPED_TEST(StoreConformance, takes_an_empty_batch_and_deletes_what_is_not_there) {
    EXPECT_TRUE(this->store().write({}, Durability::synced));
    EXPECT_TRUE(this->store().write({{"none", std::nullopt}}, Durability::buffered));
    EXPECT_EQ(this->keys(), std::vector<std::string>{});
}

}  // namespace
}  // namespace treeline::storage
