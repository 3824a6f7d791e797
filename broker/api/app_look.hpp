// Looks from above by apps: what of a request stands in the audit before it is carried out.
#pragma once

#include <string_view>

#include "broker/registry/audit.hpp"
#include "broker/session/app_message.hpp"

namespace treeline {

struct AppLooker {
    UserId user{};
    UnixTime now{};
    std::string_view from;  // the address
};

// A watch, a read and a list of devices, where the user may see what he asks for only from above:
// a note of the device, or of each org in the scope. False: the audit is full, and the request must
// not be carried out.
[[nodiscard]] bool record_app_look(AuditDesk& desk, const Directory& directory,
                                   const AppLooker& who, const AppRequest& asked);

}  // namespace treeline
