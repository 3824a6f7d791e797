// Batch: permit, decide, apply, and remember whom it concerns.
#include "broker/registry/batch.hpp"

#include "broker/authority/permit.hpp"
#include "broker/registry/replay.hpp"

namespace treeline {
namespace {

// So that a repeated call finds it: in the same entry, there exactly when the change is.
void keep_answer(const Directory& before, const Submission& submission, Decision& decision) {
    Change& change = decision.change;
    KeptAnswer answer;
    answer.key = submission.idempotency->key;
    answer.request = submission.idempotency->request;
    answer.created = decision.created;
    answer.at = change.at;
    answer.tree_revision =
        change.trees.empty() ? 0 : before.tree_revision(change.trees.front()) + 1;
    change.events.emplace_back(AnswerKept{answer});
}

Refusal reused_key() {
    Refusal refusal;
    refusal.code = RefusalCode::key_reuse;
    refusal.detail = "This Idempotency-Key was used with another body.";
    return refusal;
}

}  // namespace

void Batch::take(Submission submission) {
    const KeptAnswer* kept = earlier(submission);
    const bool is_repeated = kept != nullptr;
    auto created = decide_one(submission);
    verdicts_.push_back({std::move(submission.reply), std::move(created), is_repeated});
}

const KeptAnswer* Batch::earlier(const Submission& submission) const {
    if (!submission.idempotency) {
        return nullptr;
    }
    const KeptAnswer* kept = speculative_.kept_answer(submission.idempotency->key);
    return kept != nullptr && now_.wall < kept->at + answer_kept_for ? kept : nullptr;
}

Decided<std::uint64_t> Batch::decide_one(const Submission& submission) {
    const Command command =
        with_standing(speculative_, submission.actor, submission.command, now_.wall);
    if (auto refusal = permit(speculative_, submission.actor, command, now_.wall)) {
        return *refusal;
    }
    if (const KeptAnswer* kept = earlier(submission)) {
        if (kept->request != submission.idempotency->request) {
            return reused_key();
        }
        return kept->created;
    }
    auto decision = decide(speculative_, submission.actor, command, now_.wall, limits_);
    if (!decision) {
        return decision.error();
    }
    if (decision->change.events.empty()) {
        return decision->created;
    }
    if (submission.idempotency) {
        keep_answer(speculative_, submission, *decision);
    }
    decision->change.from = submission.from;
    const std::uint64_t created = decision->created;
    add(std::move(decision->change));
    return created;
}

void Batch::add(Change change) {
    Directory after = apply(speculative_, change);
    entries_.push_back(encode_change(change));
    effect_.merge(effect_of(speculative_, after, change));
    speculative_ = std::move(after);
}

}  // namespace treeline
