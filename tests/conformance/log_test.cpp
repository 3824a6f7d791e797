// What every Log promises.
#include <array>
#include <thread>

#include "tests/conformance/storage_suite.hpp"

namespace treeline::storage {
namespace {

using Texts = std::vector<std::string>;

template <class Database>
using LogConformance = Conformance<Database>;
TYPED_TEST_SUITE(LogConformance, Databases);

TYPED_TEST(LogConformance, is_empty_at_first) {
    EXPECT_EQ(this->log().last(), 0U);
    EXPECT_EQ(this->entries(), Texts{});
}

TYPED_TEST(LogConformance, numbers_entries_from_one_without_gaps) {
    ASSERT_TRUE(this->append(0, {"a", "b"}));
    ASSERT_TRUE(this->append(2, {"c"}));
    EXPECT_EQ(this->log().last(), 3U);
    EXPECT_EQ(this->entries(), (Texts{"a", "b", "c"}));
}

TYPED_TEST(LogConformance, sorts_by_number_over_a_byte_border) {
    Texts many;
    for (int i = 1; i <= 600; ++i) {
        many.push_back(std::to_string(i));
    }
    ASSERT_TRUE(this->append(0, many));
    EXPECT_EQ(this->entries(), many);
    EXPECT_EQ(this->entries(257).front(), "257");
}

TYPED_TEST(LogConformance, refuses_to_append_anywhere_but_at_its_end) {
    ASSERT_TRUE(this->append(0, {"a", "b"}));
    for (const std::uint64_t expected : {0U, 1U, 3U}) {
        const auto refused = this->append(expected, {"x"}, {{"beside", "x"}});
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error(), Errc::conflict);
    }
    EXPECT_EQ(this->entries(), (Texts{"a", "b"}));
    EXPECT_EQ(this->get("beside"), std::nullopt);
}

TYPED_TEST(LogConformance, writes_what_is_beside_together_with_the_entries) {
    this->put("gone", "x");
    ASSERT_TRUE(this->append(0, {"a"}, {{"beside", "1"}, {"gone", std::nullopt}}));
    EXPECT_EQ(this->get("beside"), "1");
    EXPECT_EQ(this->get("gone"), std::nullopt);
    EXPECT_EQ(this->keys(), Texts{"beside"});  // entries are no keys of the store
}

TYPED_TEST(LogConformance, reads_from_a_number_on_and_nothing_behind_the_end) {
    ASSERT_TRUE(this->append(0, {"a", "b", "c"}));
    EXPECT_EQ(this->entries(2), (Texts{"b", "c"}));
    EXPECT_EQ(this->entries(0), (Texts{"a", "b", "c"}));
    EXPECT_EQ(this->entries(4), Texts{});
    EXPECT_EQ(this->entries(400), Texts{});
}

TYPED_TEST(LogConformance, stops_reading_when_the_visitor_has_enough) {
    ASSERT_TRUE(this->append(0, {"a", "b", "c"}));
    std::uint64_t last_seen = 0;
    ASSERT_TRUE(this->log().read_from(1, [&](std::uint64_t number, std::string_view) {
        last_seen = number;
        return number < 2;
    }));
    EXPECT_EQ(last_seen, 2U);
}

TYPED_TEST(LogConformance, keeps_empty_entries_and_bytes_of_any_kind) {
    const std::string bytes("\0\xff", 2);
    ASSERT_TRUE(this->append(0, {"", bytes}));
    EXPECT_EQ(this->entries(), (Texts{"", bytes}));
}

TYPED_TEST(LogConformance, shows_a_reader_on_another_thread_only_whole_batches) {
    std::thread reader([this] {
        std::uint64_t seen = 0;
        while (seen < 100) {
            seen = this->log().last();
            EXPECT_EQ(seen % 2, 0U);
            std::uint64_t read = 0;
            EXPECT_TRUE(this->log().read_from(1, [&](std::uint64_t number, std::string_view) {
                read = number;
                return true;
            }));
            EXPECT_GE(read, seen);
        }
    });
    for (std::uint64_t at = 0; at < 100; at += 2) {
        ASSERT_TRUE(this->append(at, {"a", "b"}));
    }
    reader.join();
}

}  // namespace
}  // namespace treeline::storage
