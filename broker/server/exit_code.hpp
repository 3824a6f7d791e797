// How the process ends, and why a start failed: the one exception of the project.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace treeline {

// sysexits(3) where it has a word.
enum class ExitCode : std::uint8_t {
    ok = 0,
    usage = 64,
    port_in_use = 69,
    storage = 70,
    locked = 75,
    no_right = 77,
    configuration = 78,
};

// Thrown while the broker starts, caught once in main: one clear line and its code.
class StartError : public std::runtime_error {
  public:
    StartError(ExitCode exit_code, const std::string& line)
        : std::runtime_error(line), code(exit_code) {}
    ExitCode code;
};

}  // namespace treeline
