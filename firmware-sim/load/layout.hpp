// Who takes part in a load, and what flows between them: a function of the plan and the roster.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "firmware-sim/load/plan.hpp"
#include "firmware-sim/load/roster.hpp"

namespace treeline::load {

struct PeerPlan {
    bool is_device = false;
    std::uint32_t tenant = 0;
    std::vector<std::size_t> devices;  // of a device: itself; of an app: those it watches
    std::vector<std::size_t> hears;    // whose messages it gets, and nobody else's
    bool watches_subtree = false;      // of its tenant's org, instead of single devices
};

// What is written for one device: by it to its apps, or by an app to it.
struct FlowPlan {
    std::size_t device = 0;
    std::size_t sender = 0;  // a peer
    std::size_t receivers = 0;
    bool is_command = false;
};

struct Layout {
    std::vector<PeerPlan> peers;  // apps before devices, so that nothing is sent to nobody
    std::vector<FlowPlan> flows;  // at most one for each device
    std::size_t apps = 0;         // peers[0 .. apps) are apps
    // `storm`: peers[stormers ..] leave at once and come back, and are silent otherwise.
    std::size_t stormers = 0;
};

// `mixed` hangs tenant n below tenant (n - 1) / branching; elsewhere all hang below the admin's
// org.
std::optional<std::uint32_t> parent_of(const LoadPlan& plan, std::uint32_t tenant);
// How many devices the roster must have.
std::size_t devices_needed(const LoadPlan& plan);
Layout lay_out(const LoadPlan& plan, const Roster& roster);

}  // namespace treeline::load
