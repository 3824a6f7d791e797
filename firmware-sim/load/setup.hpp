// Makes the tenants and devices of a load in a running Treeline, through its REST interface.
#pragma once

#include <string>

#include "base/result.hpp"
#include "firmware-sim/connection.hpp"
#include "firmware-sim/load/plan.hpp"
#include "firmware-sim/load/roster.hpp"

namespace treeline::load {

// Signs in as the plan's admin, and makes below his home org what `roster` lacks: an org with a
// user for each tenant, and devices spread over the tenants. Bounded in time.
ResultOf<Roster, std::string> make_roster(const LoadPlan& plan, const Target& target,
                                          Roster roster);

}  // namespace treeline::load
