// The result of a load, for people and for programs.
#pragma once

#include <string>

#include "firmware-sim/load/plan.hpp"
#include "firmware-sim/load/result.hpp"

namespace treeline::load {

// Two columns, a line for each figure that was measured.
std::string to_table(const LoadPlan& plan, const LoadResult& result);
// One object. Figures that were not measured are missing.
std::string to_json(const LoadPlan& plan, const LoadResult& result);

}  // namespace treeline::load
