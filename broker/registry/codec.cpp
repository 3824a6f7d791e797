// One log entry and back.
#include "broker/registry/replay.hpp"
#include "broker/registry/wire.hpp"

namespace treeline {

std::string encode_change(const Change& change) {
    record::v1::Entry entry;
    entry.set_at_ms(to_unix_ms(change.at));
    entry.set_actor(number(change.actor));
    for (const OrgId tree : change.trees) {
        entry.add_trees(number(tree));
    }
    for (const Event& event : change.events) {
        to_wire(event, *entry.add_events());
    }
    return entry.SerializeAsString();
}

std::optional<Change> decode_change(std::string_view bytes) {
    record::v1::Entry entry;
    // Never empty: a change without events isn't written.
    if (!entry.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) ||
        entry.events_size() == 0) {
        return std::nullopt;
    }
    Change change;
    change.at = from_unix_ms(entry.at_ms());
    change.actor = UserId{entry.actor()};
    for (const std::uint64_t tree : entry.trees()) {
        change.trees.push_back(OrgId{tree});
    }
    change.events.reserve(static_cast<std::size_t>(entry.events_size()));
    for (const record::v1::Event& wire : entry.events()) {
        auto event = from_wire(wire);
        if (!event) {
            return std::nullopt;
        }
        change.events.push_back(std::move(*event));
    }
    return change;
}

}  // namespace treeline
