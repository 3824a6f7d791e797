// The only threads besides the shards': storage, registry, passwords, checkpoints.
#include "broker/server/threads/worker.hpp"

#include <utility>
#include <vector>

namespace treeline {

namespace {

constexpr Millis sleep_max{60'000};

}  // namespace

Worker::Worker(std::size_t queue_max) : queue_(queue_max + 1), thread_([this] { run(); }) {}
Worker::~Worker() {
    stop_and_join();
}

void Worker::run() {
    std::vector<Task> tasks;
    for (;;) {
        const bool last = stopping_.load(std::memory_order_acquire);
        queue_.take_or_wait(tasks, last ? Millis(0) : sleep_max);
        for (Task& task : tasks) {
            task(Nothing{});
        }
        if (last && tasks.empty()) {
            return;
        }
    }
}

void Worker::stop_and_join() {
    if (!thread_.joinable()) {
        return;
    }
    stopping_.store(true, std::memory_order_release);
    // A full queue wakes the thread as well as this task does.
    static_cast<void>(queue_.push(Task([](Nothing) {})));
    thread_.join();
}

Runner::Runner(std::function<void()> body) : thread_(std::move(body)) {}
Runner::~Runner() {
    join();
}

void Runner::join() {
    if (thread_.joinable()) {
        thread_.join();
    }
}

}  // namespace treeline
