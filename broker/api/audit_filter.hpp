// What a list of audit entries is narrowed to by its query.
#pragma once

#include <optional>
#include <string>

#include "broker/api/call.hpp"
#include "proto/audit/chain.hpp"

namespace treeline {

// What was looked at or denied while a revision was the newest belongs to it; by a time, what had
// been by then. A count stands where its first look does.
struct AuditAsOf {
    std::uint64_t revision = 0;  // the newest one then, of the chain's tree
    std::optional<UnixTime> time;

    bool is_later(const audit::Entry& entry) const;
};

struct AuditFilter {
    std::string actor;  // as entries say it; empty: anybody
    std::string action;
    std::optional<UnixTime> from, to;  // to: exclusive
    std::optional<AuditAsOf> as_of;

    bool is_any() const { return actor.empty() && action.empty() && !from && !to && !as_of; }
    bool takes(const audit::Entry& entry) const;
};

// The revision that a list of the path's chain is true at.
std::uint64_t audit_revision(const Call& call);
// nullopt where no instant was asked for.
std::optional<AuditAsOf> audit_as_of(const Call& call);
// 400 for what is no id or time, 422 for a span that ends before it begins.
Checked<AuditFilter> audit_filter(const Call& call);

}  // namespace treeline
