// Audit entries as one reader may see them.
#pragma once

#include "broker/api/json.hpp"
#include "broker/api/render.hpp"
#include "broker/registry/audit.hpp"

namespace treeline {

extern const Shape audit_shape;

// Hides every field that the reader may not see: its commitment is left, so that it verifies.
void hide_unseen(const View& view, OrgId chain, audit::Entry& entry);
// The same, as an object: what is hidden reads `above` or `outside`.
json::object show(const View& view, const AuditFound& found);

}  // namespace treeline
