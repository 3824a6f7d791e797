#include "firmware-sim/load/plan.hpp"

#include <array>

namespace treeline::load {

std::string_view name_of(Scenario scenario) {
    constexpr std::array<std::string_view, 10> names{"pairs", "fanout", "fanin",  "commands",
                                                     "burst", "idle",   "logins", "storm",
                                                     "churn", "mixed"};
    return names[static_cast<std::size_t>(scenario)];
}

std::string_view name_of(Server server) {
    constexpr std::array<std::string_view, 3> names{"treeline", "mqtt", "limit"};
    return names[static_cast<std::size_t>(server)];
}

}  // namespace treeline::load
