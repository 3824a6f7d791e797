// From a change of the directory to what each org's audit says of it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "broker/domain/directory.hpp"
#include "proto/audit/chain.hpp"

namespace treeline {

// An entry before it has its place in a chain.
struct AuditLine {
    OrgId org{};     // whose chain
    UserId actor{};  // 0: the server, its host, or a device
    UnixTime at{};
    std::vector<audit::NamedValue> fields;
};

// One line per org that the change belongs to, ascending, until `take` returns false: a function of
// its arguments and nothing else, so that lines that a crash has lost are derived again from the
// log (adr 0007). False when `take` has ended it. REQUIRES: after = apply(before, change).
bool each_audit_line(const Directory& before, const Change& change, const Directory& after,
                     const std::function<bool(AuditLine)>& take);

// How every line begins: at_ms, org, revision (of the tree), actor, actor_org (the actor's home),
// action, outcome, object, from. Fields that say nothing are left out.
struct AuditOpening {
    OrgId org{};
    UserId actor{};
    std::string_view device{};  // "device/123", when a device acts for itself
    UnixTime at{};
    std::string_view action;
    std::string_view outcome;  // "done", "denied", "looked"
    std::string_view object;
    std::string_view from{};  // the asker's address
};
AuditLine open_line(const Directory& directory, const AuditOpening& opening);

}  // namespace treeline
