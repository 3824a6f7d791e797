#include "tests/e2e/live/settle_histogram.hpp"

#include <cstdio>
#include <regex>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/live/plain_http.hpp"

namespace treeline::live {

namespace {

// The buckets of publish → settled: (upper bound in seconds, how many are at most that).
std::vector<std::pair<double, double>> settle_buckets(const Server& server) {
    std::vector<std::pair<double, double>> buckets;
    const std::string text = plain_get(listener_port(server, "admin"), "/metrics");
    const std::regex bucket(R"re(treeline_settle_seconds_bucket\{le="([^"]+)"\} ([0-9.e+]+))re");
    for (std::sregex_iterator at(text.begin(), text.end(), bucket), end; at != end; ++at) {
        buckets.emplace_back((*at)[1] == "+Inf" ? 1e9 : std::stod((*at)[1]), std::stod((*at)[2]));
    }
    return buckets;
}

}  // namespace

void expect_settled_soon(const Server& server, bool is_bounded) {
    const auto buckets = settle_buckets(server);
    ASSERT_FALSE(buckets.empty());
    const double count = buckets.back().second;
    double before = 0;
    double p99 = 0;
    double most = 0;
    std::printf("publish to settled, %.0f changes:", count);
    for (const auto& [bound, cumulative] : buckets) {
        if (cumulative > before) {
            std::printf("  <= %g ms: %.0f", bound * 1000, cumulative - before);
            most = bound;
        }
        if (p99 == 0 && cumulative >= 0.99 * count) {
            p99 = bound;
        }
        before = cumulative;
    }
    std::printf("\n");
    if (is_bounded) {
        EXPECT_LE(p99, 0.1);
        EXPECT_LE(most, 1.0);
    }
}

}  // namespace treeline::live
