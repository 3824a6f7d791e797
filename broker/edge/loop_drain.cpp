// The end of a loop's service: nobody new comes in, everybody is told to go.
#include "broker/edge/loop_state.hpp"

namespace treeline {

void LoopState::part_with_unseated(Link& link) {
    if (link.phase != LinkPhase::open) {
        return lose(link);
    }
    if (std::holds_alternative<AppTalk>(link.talk)) {
        send(link, close_frame(close_going_away, "reconnect_ms=0"));
    }
    close_after_flush(link);
}

void LoopState::drain_links() {
    drained = true;
    for (const Listener& listener : listeners) {
        epoll.remove(listener.socket);
    }
    listeners.clear();
    shard.drain(now);
    for (std::size_t slot = 0; slot < links.size(); ++slot) {
        Link* link = links[slot].get();
        if (link == nullptr) {
            continue;
        }
        const auto* http = std::get_if<HttpTalk>(&link->talk);
        const SeatId* seat = link->seat();
        const bool unseated = http == nullptr && (seat == nullptr || seat->generation == 0);
        if (unseated || (http != nullptr && http->door.idle())) {
            part_with_unseated(*link);
        }
    }
}

}  // namespace treeline
