// Counts of values, and what they say about percentiles.
#include "firmware-sim/load/histogram.hpp"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace treeline::load {
namespace {

TEST(Histogram, an_empty_one_says_zero) {
    const Histogram empty;
    EXPECT_EQ(empty.count(), 0U);
    EXPECT_EQ(empty.at(0.5), 0U);
    EXPECT_EQ(empty.mean(), 0);
}

TEST(Histogram, small_values_are_exact) {
    Histogram histogram;
    for (std::uint64_t value = 1; value <= 100; ++value) {
        histogram.record(value);
    }
    EXPECT_EQ(histogram.at(0), 1U);
    EXPECT_EQ(histogram.at(0.5), 50U);
    EXPECT_EQ(histogram.at(0.99), 99U);
    EXPECT_EQ(histogram.at(1), 100U);
    EXPECT_EQ(histogram.mean(), 50.5);
}

TEST(Histogram, a_rare_value_is_seen_in_the_percentile_where_it_lies) {
    Histogram histogram;
    histogram.record(10, 9'999);
    histogram.record(5'000'000);
    EXPECT_EQ(histogram.at(0.9999), 10U);
    EXPECT_EQ(histogram.at(1), 5'000'000U);
    EXPECT_EQ(histogram.max(), 5'000'000U);
}

TEST(Histogram, a_value_beyond_the_range_counts_as_the_greatest) {
    Histogram histogram;
    histogram.record(~std::uint64_t{0});
    EXPECT_EQ(histogram.max(), (std::uint64_t{1} << Histogram::value_bits_max) - 1);
    EXPECT_EQ(histogram.at(1), histogram.max());
}

RC_GTEST_PROP(Histogram, differs_from_the_sorted_values_by_less_than_one_in_64, ()) {
    const auto bits = *rc::gen::inRange(1U, Histogram::value_bits_max);
    const auto values = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::uint64_t>>(
        rc::gen::inRange(std::uint64_t{0}, std::uint64_t{1} << bits)));
    const auto share = *rc::gen::elementOf(std::vector<double>{0.01, 0.5, 0.9, 0.99, 0.999, 1});
    Histogram histogram;
    for (const std::uint64_t value : values) {
        histogram.record(value);
    }
    auto sorted = values;
    std::ranges::sort(sorted);
    const auto rank = static_cast<std::size_t>(
        std::max(1.0, std::ceil(share * static_cast<double>(sorted.size()))));
    const std::uint64_t exact = sorted[rank - 1];
    RC_ASSERT(histogram.at(share) >= exact);
    RC_ASSERT(histogram.at(share) - exact <= exact / 64);
}

RC_GTEST_PROP(Histogram, two_merged_are_as_one_that_has_seen_all, ()) {
    const auto values = *rc::gen::container<std::vector<std::uint64_t>>(
        rc::gen::inRange(std::uint64_t{0}, std::uint64_t{1} << 30U));
    Histogram all;
    Histogram even;
    Histogram odd;
    for (std::size_t i = 0; i < values.size(); ++i) {
        all.record(values[i]);
        (i % 2 == 0 ? even : odd).record(values[i]);
    }
    even.merge(odd);
    RC_ASSERT(even.count() == all.count());
    RC_ASSERT(even.max() == all.max());
    for (const double share : {0.1, 0.5, 0.9, 0.99}) {
        RC_ASSERT(even.at(share) == all.at(share));
    }
}

}  // namespace
}  // namespace treeline::load
