// The command line, taken apart.
#pragma once

#include <optional>

#include "cli/shell.hpp"

namespace treeline::cli {

struct CommandLine {
    std::optional<Command> command;  // nullopt: there is nothing to do but to end
    Given given;
    Globals globals;
    int exit_code = 0;
};

// Help and complaints are printed to `out` and `err`.
CommandLine parse_command_line(int argc, const char* const* argv, std::ostream& out,
                               std::ostream& err);

}  // namespace treeline::cli
