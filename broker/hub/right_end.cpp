#include "broker/hub/right_end.hpp"

#include "broker/authority/authorise.hpp"

namespace treeline {

UnixTime rights_end(const Directory& world, UserId user, UnixTime now) {
    return next_window_edge(world, user, now);
}

}  // namespace treeline
