#include "firmware-sim/load/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace treeline::load {
namespace {

constexpr unsigned exact_bits = 7;                 // values below 2^7 stand alone
constexpr std::uint64_t exact = 1U << exact_bits;  // 128
constexpr std::uint64_t per_doubling = exact / 2;  // 64
constexpr std::uint64_t value_max = (std::uint64_t{1} << Histogram::value_bits_max) - 1;
constexpr std::size_t buckets = exact + (Histogram::value_bits_max - exact_bits) * per_doubling;

std::size_t bucket_of(std::uint64_t value) {
    if (value < exact) {
        return value;
    }
    const auto shift = static_cast<unsigned>(std::bit_width(value)) - exact_bits;
    return exact + (shift - 1) * per_doubling + ((value >> shift) - per_doubling);
}

// The greatest value of the bucket.
std::uint64_t end_of(std::size_t bucket) {
    if (bucket < exact) {
        return bucket;
    }
    const std::size_t shift = (bucket - exact) / per_doubling + 1;
    const std::uint64_t top = (bucket - exact) % per_doubling + per_doubling;
    return ((top + 1) << shift) - 1;
}

}  // namespace

void Histogram::record(std::uint64_t value, std::uint64_t times) {
    if (counts_.empty()) {
        counts_.resize(buckets);
    }
    value = std::min(value, value_max);
    counts_[bucket_of(value)] += times;
    count_ += times;
    max_ = std::max(max_, value);
    sum_ += static_cast<double>(value) * static_cast<double>(times);
}

void Histogram::merge(const Histogram& other) {
    if (other.count_ == 0) {
        return;
    }
    counts_.resize(buckets);
    for (std::size_t i = 0; i < buckets; ++i) {
        counts_[i] += other.counts_[i];
    }
    count_ += other.count_;
    max_ = std::max(max_, other.max_);
    sum_ += other.sum_;
}

double Histogram::mean() const {
    return count_ == 0 ? 0 : sum_ / static_cast<double>(count_);
}

std::uint64_t Histogram::at(double share) const {
    const double wanted = std::max(1.0, std::ceil(share * static_cast<double>(count_)));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
        seen += counts_[i];
        if (seen > 0 && static_cast<double>(seen) >= wanted) {
            return std::min(end_of(i), max_);
        }
    }
    return max_;
}

}  // namespace treeline::load
