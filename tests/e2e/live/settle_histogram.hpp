// How long changes took from their publication until every shard had settled them.
#pragma once

#include "tests/support/live/server.hpp"

namespace treeline::live {

// Prints the server's own histogram. With `is_bounded`: p99 within 100 ms, none over 1 s.
// REQUIRES: an admin listener and a log file in the server's settings.
void expect_settled_soon(const Server& server, bool is_bounded);

}  // namespace treeline::live
