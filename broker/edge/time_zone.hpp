// Zone facts for a device's clock, out of the system's time-zone database.
#pragma once

#include <optional>
#include <string_view>

#include "base/time.hpp"
#include "broker/session/device_session.hpp"

namespace treeline {

// UTC for a name that isn't there or isn't a zone's. Small files, read once per thread and name.
Zone zone_named(std::string_view name, UnixTime now);
// The facts in one file of that database (TZif, RFC 8536); nullopt for anything else.
std::optional<Zone> zone_in(std::string_view name, std::string_view file, UnixTime now);

}  // namespace treeline
