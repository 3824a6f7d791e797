// The terminal and the process around the client: what main hands in as Outside.
#pragma once

#include "cli/outside.hpp"

namespace treeline::cli {

// The real one: sockets, /dev/tty, the environment, the standard streams.
Outside real_outside();

}  // namespace treeline::cli
