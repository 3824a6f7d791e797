// Denied attempts of apps: what of them stands in the audit before they are answered.
#pragma once

#include <string_view>

#include "broker/hub/shard.hpp"
#include "broker/registry/audit.hpp"

namespace treeline {

// A note in the chain of the actor's home, made from the request alone. Those of one user, kind,
// object and minute are one entry with a count. False: the audit is full, and the request must not
// be answered as denied.
[[nodiscard]] bool record_app_denial(AuditDesk& desk, const Directory& directory,
                                     const AppDenial& denial, UnixTime now, std::string_view from);

}  // namespace treeline
