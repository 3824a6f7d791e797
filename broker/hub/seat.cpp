// Which of a seat's watches match a device.
#include "broker/hub/seat.hpp"

namespace treeline {

PinFilter PinFilter::of(const std::vector<Pin>& pins) {
    PinFilter filter;
    filter.all = pins.empty();
    for (const Pin pin : pins) {
        filter.some.set(pin);
    }
    return filter;
}

void PinFilter::join(const PinFilter& other) {
    all = all || other.all;
    some |= other.some;
}

Match match(const Directory& directory, const AppSeat& seat, const Entry& entry,
            const Device& device) {
    Match found;
    const auto add = [&found](const Watch& watch) {
        found.any = true;
        found.snapshot = found.snapshot || watch.snapshot;
        found.pins.join(watch.pins);
    };
    for (const std::uint64_t id : entry.watches) {
        if (const auto watch = seat.device_watches.find(id); watch != seat.device_watches.end()) {
            add(watch->second);
        }
    }
    for (const auto& [id, watch] : seat.scopes) {
        if (covers(directory, watch.scope, device)) {
            add(watch);
        }
    }
    return found;
}

}  // namespace treeline
