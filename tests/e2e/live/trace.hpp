// The server's trace: what was given to SSL_write when, and when each revision was acknowledged.
#pragma once

#include <string>

#include "tests/support/live/server.hpp"

namespace treeline::live {

// Settings for a server whose every write is traced into its log_file(), flood limit off.
std::string trace_config();

// REQUIRES: the last 2 × `revocations` changes took a right away and gave it back in turn.
// No value stamped under a world that was revoked, or before it, was written after the
// acknowledgement of the change that revoked it.
void expect_no_write_after_acknowledgement(const Server& server, unsigned revocations);

}  // namespace treeline::live
