// The directory as it was: the log replayed up to an instant, for time travel.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/reply.hpp"
#include "base/time.hpp"
#include "broker/domain/directory.hpp"
#include "storage/log.hpp"
#include "storage/store.hpp"

namespace treeline {

// A moment: a time, or the change that gave a tree that revision.
struct Instant {
    std::optional<UnixTime> time;
    OrgId tree{};
    std::uint64_t tree_revision = 0;
    bool operator==(const Instant&) const = default;
};
// The world at an instant. `at`: the time that was asked for, or when the revision was made.
struct PastWorld {
    World world;
    UnixTime at{};
};
struct PastAsk {
    World newest;  // no instant is later than it
    std::vector<Instant> instants;
};

// How the API reaches the past. Any thread.
class PastDesk {
  public:
    virtual ~PastDesk() = default;
    // The reply comes on another thread: a world for each instant, or none at all when the log
    // can't be read. False, reply untouched, when the queue is full: answer 503 with Retry-After.
    [[nodiscard]] virtual bool ask(PastAsk ask, Reply<std::vector<PastWorld>>&& reply) = 0;
};

// Owned by one thread; blocks on the disk. A replay begins at the nearest world that is still held,
// else at the checkpoint, else at the first entry. Where the wall clock was set back, an entry
// counts as made at the latest time before it.
class Past {
  public:
    Past(const storage::Store& store, const storage::Log& log) : store_(store), log_(log) {}
    // Empty: the log can't be read.
    std::vector<PastWorld> find(const PastAsk& ask);

  private:
    struct Held {
        PastWorld past;
        UnixTime last_entry{};
        std::optional<Instant> asked{};  // nullopt: the checkpoint
    };
    std::optional<PastWorld> find(const Instant& instant, const World& newest);
    Held nearest(const Instant& instant, const World& newest) const;
    std::optional<Held> replay(Held from, const Instant& instant, const World& newest) const;
    void load_checkpoint();
    std::optional<UnixTime> time_of(Revision revision) const;

    const storage::Store& store_;
    const storage::Log& log_;
    std::vector<Held> held_;  // at most worlds_held_max, the newest answer last
    bool is_checkpoint_loaded_ = false;
};

}  // namespace treeline
