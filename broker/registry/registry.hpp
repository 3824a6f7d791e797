// The registry: the one writer of the directory. authorise → decide → append (fsync) → apply →
// publish → every shard settles → acknowledge.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/mailbox.hpp"
#include "base/reply.hpp"
#include "broker/domain/decide.hpp"
#include "broker/domain/publication.hpp"
#include "storage/log.hpp"

namespace treeline {

// What an accepted command is answered with: the settled world that holds it.
struct Outcome {
    World world;
    std::uint64_t created = 0;  // Decision::created
    bool is_repeated = false;   // done by an earlier call with the same key: show no secret
};
using SubmitResult = Decided<Outcome>;

// A call that may be repeated: who, method, path and key as one hash, and its body as another.
struct IdempotencyKey {
    TokenHash key{};
    TokenHash request{};
};

struct Submission {
    Actor actor;
    Command command;
    Reply<SubmitResult> reply;  // called on the registry's thread
    std::string from{};         // the asker's address; empty: on this host
    std::optional<IdempotencyKey> idempotency{};
};

// How the rest of the broker reaches the registry. Any thread.
class Submitter {
  public:
    virtual ~Submitter() = default;
    // Full: answers Refusal{overloaded} at once, on the caller's thread.
    virtual void submit(Submission submission) = 0;
};

// submit: any thread. run: the registry's thread.
class Registry final : public Submitter {
  public:
    struct Limits {
        std::size_t queue_max = 4096;             // submissions waiting
        std::size_t batch_max = 256;              // changes per fsync and fence
        Millis settle_max{10'000};                // a shard silent for longer: the process aborts
        std::uint64_t checkpoint_every = 10'000;  // entries
        TreeLimits tree;
    };
    struct Hooks {
        // Wall clock, for windows and created_at.
        std::function<Now()> clock = read_clock;
        // A storage write failed: it is in doubt. Called once on the registry's thread, after the
        // waiting askers were told `in_doubt`; the server stops with exit 70.
        std::function<void()> in_doubt;
        // Each `revision` is acknowledged now (for the trace and the log line with the time from
        // commit to the last shard's adoption).
        std::function<void(Revision revision, std::chrono::microseconds commit_to_settled)>
            acknowledged;
        // This world is durable and settled on every shard; it is told before any asker is, and a
        // link that is mailed from here on opens on every shard. Must not block.
        std::function<void(World world)> settled;
        // Write a checkpoint of this world, off this thread.
        std::function<void(World world)> checkpoint;
    };
    struct Counters {
        std::atomic<std::uint64_t> accepted{0}, refused{0}, fsyncs{0}, fsync_us{0}, fences{0};
    };

    Registry(storage::Log& log, World initial, Follower& follower, Limits limits, Hooks hooks);
    ~Registry() override;

    void submit(Submission submission) override;
    // Any thread: a shard's settled word has moved. Cheap. The registry must outlive its callers.
    void settled_moved();
    // Any thread. It was rung and has not looked since: it may be waiting for the caller's core, in
    // the middle of a step too, where a shard that it woke has taken the core from it. (Or it waits
    // for the disk.) Already stale when it returns.
    bool is_due() const;
    const Counters& counters() const;

    // Until stop(); what was submitted before it is still carried out and answered.
    void run();
    void stop();
    // For tests without threads: takes what waits and goes as far as it can without blocking on
    // the fence. False when there was nothing to do.
    bool step();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace treeline
