// Writer: gathers puts for at most sync_interval_max, writes them in batches, one sync each.
#include "storage/writer.hpp"

#include <algorithm>
#include <limits>

#include "base/check.hpp"

namespace treeline::storage {

namespace {

constexpr std::size_t batch_items_max = 4096;  // puts per write, so that one batch stays small
constexpr Millis idle_wait{1000};

}  // namespace

Writer::Writer(Store& store, Limits limits, std::function<void()> synced, Also also)
    : store_(store),
      limits_(limits),
      synced_(std::move(synced)),
      also_(std::move(also)),
      queue_(std::numeric_limits<std::size_t>::max()) {}

Ticket Writer::put(std::string key, std::string value) {
    // Counted before stopping_ is read: run() reads them the other way round, so a put that was
    // accepted is never left behind.
    const std::size_t before = waiting_.fetch_add(1);
    if (before >= limits_.queue_max || stopping_.load() || failed()) {
        waiting_.fetch_sub(1);
        shed_.fetch_add(1, std::memory_order_relaxed);
        return 0;
    }
    if (before == 0) {
        oldest_ms_.store(read_clock().steady.time_since_epoch().count());
    }
    const Ticket ticket = next_.fetch_add(1);
    CHECK(queue_.push({ticket, std::move(key), std::move(value)}));
    if (before == 0) {
        ring();
    }
    return ticket;
}

void Writer::hurry() {
    if (!hurried_.exchange(true)) {
        ring();
    }
}

void Writer::stop() {
    stopping_.store(true);
    ring();
}

// A full bell is one that the writer is going to hear.
void Writer::ring() {
    static_cast<void>(bell_.push(Ring::bell));
}

Millis Writer::lag(SteadyTime now) const {
    if (waiting_.load() == 0) {
        return Millis(0);
    }
    return std::max(Millis(0), now - SteadyTime(Millis(oldest_ms_.load())));
}

void Writer::wait_for_puts() {
    std::vector<Ring> heard;
    while (waiting_.load() == 0 && !stopping_.load()) {
        bell_.take_or_wait(heard, idle_wait);
    }
}

// Lets puts gather until the interval is over or somebody is in a hurry.
void Writer::gather() {
    std::vector<Ring> heard;
    const SteadyTime until = read_clock().steady + limits_.sync_interval_max;
    while (!hurried_.load() && !stopping_.load()) {
        const Millis left = until - read_clock().steady;
        if (left <= Millis(0)) {
            break;
        }
        bell_.take_or_wait(heard, left);
    }
    hurried_.store(false);
}

void Writer::mark_durable(const std::vector<Item>& items) {
    for (const Item& item : items) {
        early_.push(item.ticket);
    }
    // Two putting threads may enter the queue in the other order than they drew their tickets.
    Ticket durable = durable_.load(std::memory_order_relaxed);
    while (!early_.empty() && early_.top() == durable + 1) {
        ++durable;
        early_.pop();
    }
    durable_.store(durable, std::memory_order_release);
}

bool Writer::sync(std::vector<Item> items) {
    std::vector<Write> batch;
    batch.reserve(2 * std::min(items.size(), batch_items_max));
    for (std::size_t at = 0; at < items.size(); at += batch_items_max) {
        batch.clear();
        const std::size_t end = std::min(items.size(), at + batch_items_max);
        for (std::size_t i = at; i < end; ++i) {
            if (also_) {
                also_(items[i].key, items[i].value, batch);
            }
            batch.push_back({std::move(items[i].key), std::move(items[i].value)});
        }
        if (!store_.write(batch, Durability::synced)) {
            return false;
        }
    }
    mark_durable(items);
    return true;
}

void Writer::run() {
    std::vector<Item> items;
    while (true) {
        wait_for_puts();
        if (waiting_.load() == 0) {
            return;  // stopping, and nothing is left
        }
        gather();
        const std::int64_t taken_at_ms = read_clock().steady.time_since_epoch().count();
        queue_.take(items);
        const std::size_t count = items.size();
        if (!sync(std::move(items))) {
            failed_.store(true, std::memory_order_release);
            synced_();
            return;
        }
        items = {};
        if (waiting_.fetch_sub(count) > count) {
            oldest_ms_.store(taken_at_ms);  // what is left came after this batch was taken
        }
        synced_();
    }
}

}  // namespace treeline::storage
