// Finding a past world: which one to begin at, and where the replay stops.
#include "broker/registry/past.hpp"

#include <algorithm>
#include <utility>

#include "broker/registry/checkpoint.hpp"
#include "broker/registry/replay.hpp"

namespace treeline {
namespace {

constexpr std::size_t worlds_held_max = 4;

// May the instant's world be made from this one by later entries?
bool is_before(const Directory& directory, UnixTime last_entry, const Instant& instant) {
    return instant.time ? last_entry <= *instant.time
                        : directory.tree_revision(instant.tree) < instant.tree_revision;
}

}  // namespace

std::vector<PastWorld> Past::find(const PastAsk& ask) {
    std::vector<PastWorld> found;
    for (const Instant& instant : ask.instants) {
        auto past = find(instant, ask.newest);
        if (!past) {
            return {};
        }
        found.push_back(std::move(*past));
    }
    return found;
}

std::optional<PastWorld> Past::find(const Instant& instant, const World& newest) {
    for (const Held& held : held_) {
        if (held.asked == instant) {
            return held.past;
        }
    }
    const auto last = time_of(newest->revision());
    if (instant.time && last && *last <= *instant.time) {
        return PastWorld{newest, *instant.time};
    }
    load_checkpoint();
    auto reached = replay(nearest(instant, newest), instant, newest);
    if (!reached) {
        return std::nullopt;
    }
    if (held_.size() == worlds_held_max) {
        held_.erase(held_.begin());
    }
    held_.push_back(*reached);
    return reached->past;
}

Past::Held Past::nearest(const Instant& instant, const World& newest) const {
    Held best{{std::make_shared<const Directory>(), {}}, {}, {}};
    for (const Held& held : held_) {
        const Directory& directory = *held.past.world;
        if (directory.revision() > best.past.world->revision() &&
            directory.revision() <= newest->revision() &&
            is_before(directory, held.last_entry, instant)) {
            best = held;
        }
    }
    return best;
}

std::optional<Past::Held> Past::replay(Held from, const Instant& instant,
                                       const World& newest) const {
    Directory directory = *from.past.world;
    UnixTime last = from.last_entry;
    bool is_broken = false;
    const auto visit = [&](std::uint64_t at, std::string_view entry) {
        if (at > number(newest->revision()) || !is_before(directory, last, instant)) {
            return false;
        }
        const auto change = decode_change(entry);
        is_broken = !change || at != number(directory.revision()) + 1;
        if (is_broken || (instant.time && std::max(last, change->at) > *instant.time)) {
            return false;
        }
        last = std::max(last, change->at);
        directory = apply(std::move(directory), *change);
        return true;
    };
    const auto read = log_.read_from(number(directory.revision()) + 1, visit);
    const bool is_short =
        !instant.time && directory.tree_revision(instant.tree) != instant.tree_revision;
    if (!read || is_broken || is_short) {
        return std::nullopt;
    }
    return Held{{std::make_shared<const Directory>(std::move(directory)),
                 instant.time ? *instant.time : last},
                last,
                instant};
}

// Once: it saves the replay of all that was before this process, for what came after it.
void Past::load_checkpoint() {
    if (std::exchange(is_checkpoint_loaded_, true)) {
        return;
    }
    auto checkpoint = read_checkpoint(store_);
    if (!checkpoint || !*checkpoint) {
        return;  // the first entry will do
    }
    if (const auto at = time_of((**checkpoint).revision())) {
        auto world = std::make_shared<const Directory>(std::move(**checkpoint));
        held_.push_back(Held{{std::move(world), *at}, *at, {}});
    }
}

std::optional<UnixTime> Past::time_of(Revision revision) const {
    std::optional<UnixTime> time;
    const auto read = log_.read_from(number(revision), [&](std::uint64_t, std::string_view entry) {
        if (const auto change = decode_change(entry)) {
            time = change->at;
        }
        return false;
    });
    return read ? time : std::nullopt;
}

}  // namespace treeline
