// Metrics as plain values, rendered as Prometheus text.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace treeline::observe {

enum class MetricType : std::uint8_t { counter, gauge, histogram };

struct Bucket {
    double upper_bound = 0;        // inclusive; the last one is infinity
    std::uint64_t cumulative = 0;  // how many were at most upper_bound
};

// Labels never name a tenant, a user or a device.
struct Sample {
    std::vector<std::pair<std::string, std::string>> labels{};
    double value = 0;  // counter, gauge
    // histogram
    std::vector<Bucket> buckets{};
    std::uint64_t count = 0;
    double sum = 0;
};

struct Family {
    std::string name;
    std::string help;
    MetricType type{};
    std::vector<Sample> samples;
};

std::string render_metrics(const std::vector<Family>& families);

}  // namespace treeline::observe
