// Waiting is worth a look only when one of the caller's trees reaches what was asked for.
#include "broker/api/revision_queue.hpp"

#include <algorithm>
#include <utility>

#include "broker/api/call.hpp"

namespace treeline {
namespace {

// How many of the trees that the caller belongs to have reached the revision.
std::size_t trees_reached(const Call& call) {
    std::size_t reached = 0;
    const Directory& directory = call.directory();
    directory.memberships(call.caller.user, [&](const Membership& membership) {
        reached += tree_revision(directory, membership.org) >= *call.at_least_revision ? 1U : 0U;
        return true;
    });
    return reached;
}

// What is asked of the past is as new as the present that its rights were asked in.
std::uint64_t present_revision(const Call& call, const Answer& found) {
    const bool is_past = call.past[0].world != nullptr || call.past[1].world != nullptr;
    const auto& instant = call.instants[0] ? call.instants[0] : call.instants[1];
    return is_past ? call.directory().tree_revision(instant->tree) : found.revision;
}

}  // namespace

bool is_behind(const Call& call, const Checked<Answer>& result) {
    if (!call.at_least_revision || call.caller.user == UserId{}) {
        return false;
    }
    if (result) {
        return present_revision(call, *result) < *call.at_least_revision;
    }
    const unsigned status = result.error().status;
    return (status == 404 || status == 403) && trees_reached(call) == 0;
}

bool RevisionQueue::hold(CallPtr& call) {
    const SteadyTime until = call->steady + wait_max;
    if (waiting_.size() == waiting_max || call->parts->clock().steady >= until) {
        return false;
    }
    const std::size_t reached = trees_reached(*call);
    waiting_.push_back({std::move(call), until, reached});
    return true;
}

void RevisionQueue::advance(Revision adopted, SteadyTime now, Handler again, Handler late) {
    const bool is_newer = std::exchange(adopted_, adopted) != adopted;
    if (waiting_.empty() || (!is_newer && now < deadline())) {
        return;
    }
    for (Waiting& each : std::exchange(waiting_, {})) {
        if (is_newer && trees_reached(*each.call) > each.reached) {
            again(std::move(each.call));  // may come back
        } else if (now >= each.until) {
            late(std::move(each.call));
        } else {
            waiting_.push_back(std::move(each));
        }
    }
}

SteadyTime RevisionQueue::deadline() const {
    SteadyTime next = steady_time_max;
    for (const Waiting& each : waiting_) {
        next = std::min(next, each.until);
    }
    return next;
}

}  // namespace treeline
