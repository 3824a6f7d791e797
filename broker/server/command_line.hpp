// The command line of treelined.
#pragma once

namespace treeline {

// Parses, starts, runs and returns the exit code of the process.
int run_command_line(int argc, char** argv);

}  // namespace treeline
