// One system call for the bytes of many links: in before a turn's events, out after its seats.
#include "broker/edge/loop_state.hpp"

namespace treeline {

void LoopState::bring_in(std::span<const epoll_event> events) {
    brought.clear();
    arriving.clear();
    for (const epoll_event& event : events) {
        Link* const link = event.events == EPOLLIN ? find(id_of(event.data.u64)) : nullptr;
        if (link != nullptr && wants_read(*link) && !link->transport.has_pending()) {
            arriving.push_back(&link->transport.wire());
            brought.push_back(link->id);
        }
    }
    if (arriving.size() > 1) {  // one alone is read as well by itself
        batch.receive(arriving);
    }
}

// Whoever was not read after all finds his bytes in the next turn.
void LoopState::keep_arrivals() {
    for (const LinkId id : brought) {
        if (Link* const link = find(id)) {
            link->transport.wire().keep_arrived();
        }
    }
}

void LoopState::depart(const Link& link) {
    auto& [list, stamps, devices] = departures;
    stamps.insert(stamps.end(), output.stamps.begin(), output.stamps.end());
    devices.insert(devices.end(), output.devices.begin(), output.devices.end());
    list.push_back({link.id, stamps.size(), devices.size()});
    if (batch.is_full()) {
        send_off();
    }
}

// Before the turn concludes: what it acknowledges is in the kernel's hands by then, or held.
void LoopState::send_off() {
    auto& [list, stamps, devices] = departures;
    const auto& intact = batch.send([&](std::size_t at) {
        Link* const link = find(list[at].link);
        return link == nullptr ? nullptr : &link->transport.wire();
    });
    Departures::One before;
    for (std::size_t at = 0; at < list.size(); ++at) {
        const auto& one = list[at];
        Link* const link = find(one.link);
        if (link != nullptr && intact[at]) {
            written(
                *link,
                std::span(stamps).subspan(before.stamps_end, one.stamps_end - before.stamps_end),
                std::span(devices).subspan(before.devices_end,
                                           one.devices_end - before.devices_end));
        } else if (link != nullptr) {
            lose(*link);
        }
        before = one;
    }
    list.clear();
    stamps.clear();
    devices.clear();
}

}  // namespace treeline
