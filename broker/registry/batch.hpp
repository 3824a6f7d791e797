// Batch: submissions decided one after another on a Directory that nobody else sees yet.
#pragma once

#include <string>
#include <vector>

#include "broker/registry/registry.hpp"

namespace treeline {

// What one submission will be told once the batch is durable and settled.
struct Verdict {
    Reply<SubmitResult> reply;
    Decided<std::uint64_t> created;  // Decision::created
    bool is_repeated = false;
};

// Owned by the registry's thread, for one fsync and one fence.
class Batch {
  public:
    Batch(const Directory& base, Now now, const TreeLimits& limits)
        : speculative_(base), now_(now), limits_(limits) {}

    // Authorises and decides on top of what was taken before.
    void take(Submission submission);

    const std::vector<std::string>& entries() const { return entries_; }
    bool has_changes() const { return !entries_.empty(); }
    const Directory& directory() const { return speculative_; }
    const Effect& effect() const { return effect_; }
    std::vector<Verdict>& verdicts() { return verdicts_; }

  private:
    Decided<std::uint64_t> decide_one(const Submission& submission);
    // What an earlier call with the same key was told; nullptr: there was none.
    const KeptAnswer* earlier(const Submission& submission) const;
    void add(Change change);

    Directory speculative_;
    const Now now_;
    const TreeLimits& limits_;
    std::vector<std::string> entries_;
    std::vector<Verdict> verdicts_;
    Effect effect_;
};

}  // namespace treeline
