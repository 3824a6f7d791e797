// What the simulated devices do, as the command line says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "firmware-sim/waveform.hpp"

namespace treeline {

struct DevicePlan {
    Waveform waveform;
    std::uint8_t pin = 5;
    Millis interval{1'000};    // between two writes; 0: none
    Millis heartbeat{10'000};  // told in the info frame; a PING after so long without a frame
    Millis nap_every{0};       // online for so long, then away for `nap`; 0: never
    Millis nap{0};
    std::size_t buff_in = 1024;
    bool sync = true;     // asks for the stored values after each login
    bool echo = true;     // answers `vw` P with its value on pin P + 1
    bool rotate = false;  // announces that it can take a new token
};

struct FleetPlan {
    DevicePlan device;
    std::string host = "127.0.0.1";
    std::uint16_t port = 8443;
    std::string ca_file;              // empty: the system's
    bool plain = false;               // no TLS
    std::vector<std::string> tokens;  // one device each
    double connects_per_second = 100;
    Millis duration{0};  // 0: until it is told to end
    Millis backoff_first{500};
    Millis backoff_max{30'000};
    std::uint64_t seed = 1;
    bool json = false;   // one object a line
    bool quiet = false;  // the summary only
};

// The plan, or the exit code with which to end at once (help, version: 0; usage: 64).
struct CommandLine {
    std::optional<FleetPlan> plan;
    int exit_code = 0;
};
CommandLine parse_command_line(int argc, char** argv);

}  // namespace treeline
