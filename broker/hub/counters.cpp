// Histograms of durations, as each shard keeps them.
#include "broker/hub/counters.hpp"

#include <algorithm>

namespace treeline {

void Histogram::add(std::uint64_t us) {
    const auto* edge = std::lower_bound(histogram_edges_us.begin(), histogram_edges_us.end(), us);
    ++buckets[static_cast<std::size_t>(edge - histogram_edges_us.begin())];
    ++count;
    sum_us += us;
    max_us = std::max(max_us, us);
}

void Histogram::merge(const Histogram& other) {
    for (std::size_t i = 0; i < buckets.size(); ++i) {
        buckets[i] += other.buckets[i];
    }
    count += other.count;
    sum_us += other.sum_us;
    max_us = std::max(max_us, other.max_us);
}

}  // namespace treeline
