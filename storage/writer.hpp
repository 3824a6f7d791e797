// Writer: write-behind for telemetry. Shards put and go on; one thread syncs in batches.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <queue>
#include <string>
#include <string_view>
#include <vector>

#include "base/mailbox.hpp"
#include "base/time.hpp"
#include "storage/store.hpp"

namespace treeline::storage {

// Counts puts: what was put with ticket t is durable when durable() >= t. 0: was not accepted.
using Ticket = std::uint64_t;

// put/hurry/durable: any thread. run: the one writer thread (started in server/threads).
class Writer {
  public:
    struct Limits {
        std::size_t queue_max = 262'144;  // puts waiting; more are shed (and counted)
        Millis sync_interval_max{100};    // how much telemetry a crash may lose
    };
    // What a put brings with it into the same batch, made on the writer's thread from the put's
    // own key and value: whoever puts neither waits for it nor pays for it.
    using Also =
        std::function<void(std::string_view key, std::string_view value, std::vector<Write>&)>;
    // `synced` is called on the writer's thread after every sync (or on its failure): wake shards.
    Writer(Store& store, Limits limits, std::function<void()> synced, Also also = {});

    // 0 when the queue is full, after stop() or a failure: the value lives in memory only, `shed`
    // counts it.
    Ticket put(std::string key, std::string value);
    // Somebody waits for this ticket: sync at once instead of within sync_interval_max.
    void hurry();
    Ticket durable() const { return durable_.load(std::memory_order_acquire); }
    // A write failed: nothing put from now on will become durable; the process must stop.
    bool failed() const { return failed_.load(std::memory_order_acquire); }
    std::uint64_t shed() const { return shed_.load(std::memory_order_relaxed); }
    // How long the oldest unsynced put has waited; for metrics.
    Millis lag(SteadyTime now) const;

    // Until stop() and everything that was put is synced, or until a write fails.
    void run();
    // From now on nothing is accepted.
    void stop();

  private:
    struct Item {
        Ticket ticket = 0;
        std::string key;
        std::string value;
    };
    enum class Ring : std::uint8_t { bell };

    void ring();
    void wait_for_puts();
    void gather();
    bool sync(std::vector<Item> items);
    void mark_durable(const std::vector<Item>& items);

    Store& store_;
    const Limits limits_;
    const std::function<void()> synced_;
    const Also also_;
    Mailbox<Item> queue_;  // bounded by waiting_, so that no ticket is given out in vain
    Mailbox<Ring> bell_{1};
    std::priority_queue<Ticket, std::vector<Ticket>, std::greater<>> early_;  // synced out of turn
    std::atomic<std::size_t> waiting_{0};  // accepted, not yet synced
    std::atomic<Ticket> next_{1};
    std::atomic<Ticket> durable_{0};
    std::atomic<bool> failed_{false};
    std::atomic<bool> stopping_{false};
    std::atomic<bool> hurried_{false};
    std::atomic<std::uint64_t> shed_{0};
    std::atomic<std::int64_t> oldest_ms_{0};
};

}  // namespace treeline::storage
