// Counts of values in log-linear buckets, after Gil Tene's HdrHistogram.
//
//   value < 128: a bucket of its own
//   else:        64 buckets between each power of two and the next: an error under 1.6 %
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace treeline::load {

// Owned by one thread.
class Histogram {
  public:
    static constexpr unsigned value_bits_max = 40;  // greater values count as the greatest

    void record(std::uint64_t value, std::uint64_t times = 1);
    void merge(const Histogram& other);

    std::uint64_t count() const { return count_; }
    std::uint64_t max() const { return max_; }  // exact
    double mean() const;
    // The least bucket's end that at least `share` (0..1) of the values don't exceed; 0 when empty.
    std::uint64_t at(double share) const;

  private:
    std::vector<std::uint64_t> counts_;  // empty until the first value
    std::uint64_t count_ = 0;
    std::uint64_t max_ = 0;
    double sum_ = 0;
};

}  // namespace treeline::load
