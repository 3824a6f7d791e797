// Entries by who, what and when.
#include "broker/api/audit_filter.hpp"

#include "broker/api/format.hpp"
#include "broker/api/look_back.hpp"

namespace treeline {
namespace {

std::uint64_t number_in(const audit::Entry& entry, std::string_view name) {
    const std::string* const value = value_of(entry, name);
    return value == nullptr ? 0 : std::stoull(*value);
}

bool says(const audit::Entry& entry, std::string_view name, std::string_view wanted) {
    const std::string* const value = value_of(entry, name);
    return wanted.empty() || (value != nullptr && *value == wanted);
}

std::int64_t ms_of(const audit::Entry& entry) {
    return static_cast<std::int64_t>(number_in(entry, "at_ms"));
}

}  // namespace

bool AuditAsOf::is_later(const audit::Entry& entry) const {
    const bool is_late_note =
        time && !says(entry, "outcome", "done") && ms_of(entry) > to_unix_ms(*time);
    return is_late_note || number_in(entry, "revision") > revision;
}

bool AuditFilter::takes(const audit::Entry& entry) const {
    const std::int64_t ms = ms_of(entry);
    return says(entry, "actor", actor) && says(entry, "action", action) &&
           (!from || ms >= to_unix_ms(*from)) && (!to || ms < to_unix_ms(*to)) &&
           (!as_of || !as_of->is_later(entry));
}

std::uint64_t audit_revision(const Call& call) {
    return revision_then(call, tree_revision(call.directory(), call.org()));
}

std::optional<AuditAsOf> audit_as_of(const Call& call) {
    return is_of_the_past(call)
               ? std::optional(AuditAsOf{audit_revision(call), call.instants[0]->time})
               : std::nullopt;
}

Checked<AuditFilter> audit_filter(const Call& call) {
    AuditFilter filter;
    filter.as_of = audit_as_of(call);
    if (const std::string* const actor = call.target.query("actor")) {
        if (!parse_id(*actor)) {
            return malformed("actor is a user's id");
        }
        filter.actor = "user/" + *actor;
    }
    if (const std::string* const action = call.target.query("action")) {
        filter.action = *action;
    }
    for (const auto& [name, into] :
         {std::pair{"from", &filter.from}, std::pair{"to", &filter.to}}) {
        if (const std::string* const text = call.target.query(name)) {
            *into = parse_time(*text);
            if (!*into) {
                return malformed(std::string(name) + " is a time");
            }
        }
    }
    if (filter.from && filter.to && *filter.from > *filter.to) {
        return invalid("from is later than to");
    }
    return filter;
}

}  // namespace treeline
