// An org as the answer to a write, and the kind that a body names.
#pragma once

#include "broker/api/call.hpp"
#include "broker/api/render.hpp"

namespace treeline {

Answer org_answer(const View& view, const Org& org);
// The org `created`, or only the revision where the caller doesn't see it (any more).
Checked<Answer> show_org(Call& call, const Directory& directory, std::uint64_t created);
// Refuses the body (422) for what is no kind, and for `root`.
OrgKind kind_in(Body& body);

}  // namespace treeline
