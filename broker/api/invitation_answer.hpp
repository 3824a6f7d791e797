// An invitation as answers show it.
#pragma once

#include "broker/api/render.hpp"

namespace treeline {

// REQUIRES: the viewer sees it, or it was sent to the address that he has proven.
json::object show_invitation(const View& view, const Membership& waiting);

}  // namespace treeline
