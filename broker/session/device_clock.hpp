// A device's clock questions: `rtc sync` and `utc …` (device-protocol.md §2).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/session/device_session.hpp"

namespace treeline {

// The items that answer `utc KEY`: "utc", KEY and its values; nullopt for a key that is none.
//   time     Unix time in milliseconds          tz_name   the zone's name
//   iso      local time with its offset         tz_rule   the POSIX rule
//   tz       offset now, in minutes, and 0      dst_next  Unix seconds and offset of the next
//   change
std::optional<std::vector<std::string>> answer_utc(std::string_view key, const Zone& zone,
                                                   UnixTime now);
std::string unix_seconds(UnixTime time);

}  // namespace treeline
