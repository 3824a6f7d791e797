// `treeline-sim load`: a load test of Treeline, of an MQTT broker, or of the bare forwarder.
#pragma once

#include <optional>

#include "firmware-sim/load/plan.hpp"

namespace treeline::load {

// The plan, or the exit code with which to end at once (help: 0; usage: 64).
struct LoadCommandLine {
    std::optional<LoadPlan> plan;
    int exit_code = 0;
};
// `argv[0]` is the word `load`.
LoadCommandLine parse_load_command_line(int argc, char** argv);

// 0: all arrived, once, in order, and only where it may be seen · 1: something was misrouted ·
// 2: something was lost, repeated or out of order · 3: not all could connect and stay ·
// 64: usage · 69: no such server, or it could not be set up.
int run_load(const LoadPlan& plan);

}  // namespace treeline::load
