// Keep-alive of an app's WebSocket.
#include "broker/session/keep_alive.hpp"

namespace treeline {

namespace {

constexpr int unanswered_max = 2;

}  // namespace

KeepAlive::Due KeepAlive::expire(SteadyTime now) {
    if (now < next_ping_) {
        return Due::nothing;
    }
    if (unanswered_ >= unanswered_max) {
        return Due::dead;
    }
    ++unanswered_;
    next_ping_ = now + interval_;
    return Due::ping;
}

}  // namespace treeline
