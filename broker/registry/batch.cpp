// Batch: permit, decide, apply, and remember whom it concerns.
#include "broker/registry/batch.hpp"

#include "broker/authority/permit.hpp"
#include "broker/registry/replay.hpp"

namespace treeline {

void Batch::take(Submission submission) {
    auto created = decide_one(submission);
    verdicts_.push_back({std::move(submission.reply), std::move(created)});
}

Decided<std::uint64_t> Batch::decide_one(const Submission& submission) {
    if (auto refusal = permit(speculative_, submission.actor, submission.command, now_.wall)) {
        return *refusal;
    }
    auto decision = decide(speculative_, submission.actor, submission.command, now_.wall, limits_);
    if (!decision) {
        return decision.error();
    }
    if (decision->change.events.empty()) {
        return decision->created;
    }
    Directory after = apply(speculative_, decision->change);
    entries_.push_back(encode_change(decision->change));
    effect_.merge(effect_of(speculative_, after, decision->change));
    speculative_ = std::move(after);
    return decision->created;
}

}  // namespace treeline
