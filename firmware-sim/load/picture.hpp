// The latencies of a load as a picture.
#pragma once

#include <string>

#include "firmware-sim/load/plan.hpp"
#include "firmware-sim/load/result.hpp"

namespace treeline::load {

// An SVG document: above, latency over the time measured; below, latency by percentile. Both axes
// of latency are logarithmic.
std::string to_svg(const LoadPlan& plan, const LoadResult& result);

}  // namespace treeline::load
