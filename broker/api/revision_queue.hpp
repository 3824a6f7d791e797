// Reads that ask for a revision which this shard has not adopted yet: they wait for it, not long.
#pragma once

#include <cstdint>
#include <vector>

#include "base/time.hpp"
#include "broker/api/problem.hpp"
#include "broker/api/route.hpp"
#include "broker/domain/directory.hpp"

namespace treeline {

struct Answer;

// Is the answer older than `at_least_revision`? One that names no revision (404, 403) is when the
// revision is ahead of every tree that the caller belongs to.
bool is_behind(const Call& call, const Checked<Answer>& result);

// Owned by one shard. A turn without a new world costs nothing; there is no polling.
class RevisionQueue {
  public:
    static constexpr std::size_t waiting_max = 256;
    static constexpr Millis wait_max{2'000};  // from the request's coming

    // False, call untouched, when it is full or the call has waited long enough: answer 503.
    bool hold(CallPtr& call);
    // After the shard's turn has adopted what was published. Calls `again` for those whose revision
    // has come and `late` for those whose time is over.
    void advance(Revision adopted, SteadyTime now, Handler again, Handler late);
    // When the next one's time is over.
    SteadyTime deadline() const;

  private:
    struct Waiting {
        CallPtr call;
        SteadyTime until{};
        std::size_t reached = 0;  // trees of the caller that were there when it began to wait
    };
    std::vector<Waiting> waiting_;
    Revision adopted_{};
};

}  // namespace treeline
