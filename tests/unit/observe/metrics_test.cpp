// Metrics: the text that a scraper reads.
#include "broker/observe/metrics.hpp"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace treeline::observe {
namespace {

using ::testing::HasSubstr;

TEST(Metrics, renders_counters_and_gauges_with_help_type_and_labels) {
    const std::string text = render_metrics(
        {{"treeline_denials_total",
          "Denials by rule.",
          MetricType::counter,
          {{.labels = {{"rule", "no_membership"}}, .value = 3}}},
         {"treeline_sessions", "Open sessions.", MetricType::gauge, {{.value = -1.5}}}});
    EXPECT_THAT(text, HasSubstr("# HELP treeline_denials_total Denials by rule.\n"));
    EXPECT_THAT(text, HasSubstr("# TYPE treeline_denials_total counter\n"));
    EXPECT_THAT(text, HasSubstr("treeline_denials_total{rule=\"no_membership\"} 3\n"));
    EXPECT_THAT(text, HasSubstr("# TYPE treeline_sessions gauge\n"));
    EXPECT_THAT(text, HasSubstr("treeline_sessions -1.5\n"));
}

TEST(Metrics, renders_histograms_with_buckets_sum_and_count) {
    Sample sample;
    sample.buckets = {{0.001, 2}, {std::numeric_limits<double>::infinity(), 5}};
    sample.count = 5;
    sample.sum = 0.25;
    const std::string text =
        render_metrics({{"fsync_seconds", "Time.", MetricType::histogram, {sample}}});
    EXPECT_THAT(text, HasSubstr("fsync_seconds_bucket{le=\"0.001\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("fsync_seconds_bucket{le=\"+Inf\"} 5\n"));
    EXPECT_THAT(text, HasSubstr("fsync_seconds_count 5\n"));
    EXPECT_THAT(text, HasSubstr("fsync_seconds_sum 0.25\n"));
}

TEST(Metrics, escapes_what_a_label_may_hold) {
    const std::string text = render_metrics(
        {{"m", "h", MetricType::gauge, {{.labels = {{"l", "a\"b\nc\\"}}, .value = 1}}}});
    EXPECT_THAT(text, HasSubstr("m{l=\"a\\\"b\\nc\\\\\"} 1\n"));
}

TEST(Metrics, renders_nothing_for_nothing) {
    EXPECT_EQ(render_metrics({}), "");
}

}  // namespace
}  // namespace treeline::observe
