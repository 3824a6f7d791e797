// The client from its command line to its exit code.
#pragma once

#include "cli/outside.hpp"

namespace treeline::cli {

int run(int argc, const char* const* argv, Outside& outside);

}  // namespace treeline::cli
