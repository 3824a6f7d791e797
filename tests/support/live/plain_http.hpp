// One GET over plain TCP, for the admin listener, and where that is.
#pragma once

#include <cstdint>
#include <string>

#include "tests/support/live/server.hpp"

namespace treeline::live {

// Where the "admin" or "plain" listener is, by the log; 0 when that says nothing. REQUIRES: a log
// file.
std::uint16_t listener_port(const Server& server, const std::string& which);
// The whole answer, head and body; "" when nobody listens.
std::string plain_get(std::uint16_t port, const std::string& path);

}  // namespace treeline::live
