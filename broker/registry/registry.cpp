// The registry: takes what waits, makes it one batch, writes it with one fsync, publishes it with
// one fence, and only then answers.
#include "broker/registry/registry.hpp"

#include <algorithm>
#include <deque>
#include <optional>

#include "base/check.hpp"
#include "broker/registry/batch.hpp"

namespace treeline {

namespace {

constexpr Millis idle_wait{1000};

Refusal refusal_of(RefusalCode code) {
    Refusal refusal;
    refusal.code = code;
    return refusal;
}

enum class Ring : std::uint8_t { bell };

// A published batch that the shards have not all settled yet.
struct Fence {
    World before;  // held until no shard needs it, so that what only it holds is freed here
    World world;
    Revision first{};  // the earliest revision in it
    SteadyTime committed;
    std::int64_t committed_us = 0;  // the same instant, finer
    std::vector<Verdict> verdicts;
};

}  // namespace

struct Registry::Impl {
    Impl(storage::Log& the_log, World initial, Follower& the_follower, Limits the_limits,
         Hooks the_hooks)
        : log(the_log),
          follower(the_follower),
          limits(the_limits),
          hooks(std::move(the_hooks)),
          world(std::move(initial)),
          inbox(limits.queue_max, [this] { ring(); }) {}

    storage::Log& log;
    Follower& follower;
    const Limits limits;
    const Hooks hooks;
    Counters counters;

    // The registry's thread.
    World world;  // durable and, unless `fence` says otherwise, settled
    std::deque<Submission> waiting;
    std::optional<Fence> fence;  // INVARIANT: at most one
    std::uint64_t since_checkpoint = 0;

    // Any thread.
    Mailbox<Ring> bell{1};
    Mailbox<Submission> inbox;
    std::atomic<bool> stopping{false};
    std::atomic<bool> broken{false};
    std::atomic<bool> rung{false};  // and has not begun a step since

    // A full bell is one that will be heard.
    void ring() {
        rung.store(true, std::memory_order_relaxed);
        static_cast<void>(bell.push(Ring::bell));
    }

    void take_inbox() {
        std::vector<Submission> taken;
        inbox.take(taken);
        std::move(taken.begin(), taken.end(), std::back_inserter(waiting));
    }
    bool start_batch();
    void answer(std::vector<Verdict>& verdicts);
    void commit(Batch& batch);
    void fail(Batch& batch);
    bool advance_fence();
    void acknowledge();
    void checkpoint_if_due(std::uint64_t entries);
    void refuse_all(RefusalCode code);
    bool step();
    Millis patience() const;
};

void Registry::Impl::answer(std::vector<Verdict>& verdicts) {
    for (Verdict& verdict : verdicts) {
        if (verdict.created) {
            ++counters.accepted;
            verdict.reply(Outcome{world, *verdict.created, verdict.is_repeated});
        } else {
            ++counters.refused;
            verdict.reply(verdict.created.error());
        }
    }
    verdicts.clear();
}

// False when nothing waits.
bool Registry::Impl::start_batch() {
    if (waiting.empty()) {
        take_inbox();
    }
    if (waiting.empty()) {
        return false;
    }
    Batch batch(*world, hooks.clock(), limits.tree);
    while (!waiting.empty() && batch.entries().size() < limits.batch_max) {
        batch.take(std::move(waiting.front()));
        waiting.pop_front();
        if (!batch.has_changes()) {
            answer(batch.verdicts());  // decided on the settled world: true as it stands
        }
    }
    if (batch.has_changes()) {
        commit(batch);
    }
    return true;
}

void Registry::Impl::commit(Batch& batch) {
    const std::int64_t begun_us = steady_micros();
    const auto appended = log.append_if(number(world->revision()), batch.entries());
    ++counters.fsyncs;
    counters.fsync_us += static_cast<std::uint64_t>(steady_micros() - begun_us);
    if (!appended) {
        fail(batch);
        return;
    }
    const Revision first{number(world->revision()) + 1};
    World before = std::exchange(world, std::make_shared<const Directory>(batch.directory()));
    CHECK(number(world->revision()) == log.last());
    fence = Fence{std::move(before),    world,           first,
                  hooks.clock().steady, steady_micros(), std::move(batch.verdicts())};
    ++counters.fences;
    follower.publish({world, std::make_shared<const Effect>(batch.effect())});
}

// What was written may or may not be there after a restart, and so may all that was decided on it.
// A `conflict` means that somebody else writes our log, which is no better.
void Registry::Impl::fail(Batch& batch) {
    broken.store(true);
    for (Verdict& verdict : batch.verdicts()) {
        verdict.reply(refusal_of(RefusalCode::in_doubt));
    }
    batch.verdicts().clear();
    refuse_all(RefusalCode::in_doubt);
    if (hooks.in_doubt) {
        hooks.in_doubt();
    }
}

void Registry::Impl::refuse_all(RefusalCode code) {
    take_inbox();
    while (!waiting.empty()) {
        Submission submission = std::move(waiting.front());
        waiting.pop_front();
        ++counters.refused;
        submission.reply(refusal_of(code));
    }
}

// False while a shard has not settled. REQUIRES: fence.
bool Registry::Impl::advance_fence() {
    if (follower.settled() >= fence->world->revision()) {
        acknowledge();
        return true;
    }
    // A shard that hangs may still send under the old rights: no answer is true but none at all.
    const Millis silent = hooks.clock().steady - fence->committed;
    CHECK(silent <= limits.settle_max && "a shard did not settle in time");
    return false;
}

void Registry::Impl::acknowledge() {
    Fence settled = std::move(*fence);
    fence.reset();
    const std::uint64_t last = number(settled.world->revision());
    const std::chrono::microseconds took(steady_micros() - settled.committed_us);
    if (hooks.settled) {
        hooks.settled(settled.world);
    }
    if (hooks.acknowledged) {
        for (std::uint64_t at = number(settled.first); at <= last; ++at) {
            hooks.acknowledged(Revision{at}, took);
        }
    }
    answer(settled.verdicts);
    checkpoint_if_due(last - number(settled.first) + 1);
}

void Registry::Impl::checkpoint_if_due(std::uint64_t entries) {
    since_checkpoint += entries;
    if (since_checkpoint >= limits.checkpoint_every) {
        since_checkpoint = 0;
        if (hooks.checkpoint) {
            hooks.checkpoint(world);
        }
    }
}

bool Registry::Impl::step() {
    rung.store(false, std::memory_order_relaxed);
    if (broken.load()) {
        const bool any = inbox.size() > 0;
        refuse_all(RefusalCode::in_doubt);
        return any;
    }
    return fence ? advance_fence() : start_batch();
}

// How long the bell may stay silent before the fence must be looked at again.
Millis Registry::Impl::patience() const {
    if (!fence) {
        return idle_wait;
    }
    const Millis left = fence->committed + limits.settle_max - hooks.clock().steady;
    return std::clamp(left, Millis(1), idle_wait);
}

Registry::Registry(storage::Log& log, World initial, Follower& follower, Limits limits, Hooks hooks)
    : impl_(std::make_unique<Impl>(log, std::move(initial), follower, limits, std::move(hooks))) {}

// Whoever submitted while the thread was ending is owed an answer as well.
Registry::~Registry() {
    if (impl_->fence) {
        for (Verdict& verdict : impl_->fence->verdicts) {
            verdict.reply(refusal_of(RefusalCode::in_doubt));
        }
    }
    impl_->refuse_all(RefusalCode::overloaded);
}

void Registry::submit(Submission submission) {
    if (impl_->broken.load()) {
        submission.reply(refusal_of(RefusalCode::in_doubt));
        return;
    }
    if (impl_->stopping.load() || !impl_->inbox.push(std::move(submission))) {
        submission.reply(refusal_of(RefusalCode::overloaded));
    }
}

void Registry::settled_moved() {
    impl_->ring();
}

bool Registry::is_due() const {
    return impl_->rung.load(std::memory_order_relaxed);
}

const Registry::Counters& Registry::counters() const {
    return impl_->counters;
}

void Registry::run() {
    std::vector<Ring> heard;
    while (true) {
        // Read before the step: what was submitted before stop() is seen by the step after it.
        const bool stopping = impl_->stopping.load();
        if (impl_->step()) {
            continue;
        }
        if (stopping && !impl_->fence) {
            return;
        }
        impl_->bell.take_or_wait(heard, impl_->patience());
    }
}

void Registry::stop() {
    impl_->stopping.store(true);
    impl_->ring();
}

bool Registry::step() {
    return impl_->step();
}

}  // namespace treeline
