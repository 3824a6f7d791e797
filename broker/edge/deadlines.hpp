// Deadlines: which links to look at when. Lazy: a deadline that moved back costs nothing.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

#include "base/time.hpp"

namespace treeline {

// Owned by one shard. A tag is looked at no later than asked; its owner then says when next. An
// entry whose link is gone or has moved is skipped by the caller (stale tag).
class Deadlines {
  public:
    void at(SteadyTime when, std::uint64_t tag) { queue_.push({when, tag}); }
    SteadyTime next() const { return queue_.empty() ? steady_time_max : queue_.top().first; }
    // Calls `look(tag)` for all that are due.
    template <class Look>
    void expire(SteadyTime now, Look&& look) {
        while (!queue_.empty() && queue_.top().first <= now) {
            const std::uint64_t tag = queue_.top().second;
            queue_.pop();
            look(tag);
        }
    }

  private:
    using Entry = std::pair<SteadyTime, std::uint64_t>;
    std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue_;
};

}  // namespace treeline
