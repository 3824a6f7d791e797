// The only threads besides the shards': storage, registry, passwords, checkpoints.
#include "broker/server/threads/worker.hpp"

#include <utility>
#include <vector>

#include "base/scheduling.hpp"

namespace treeline {

namespace {

constexpr Millis sleep_max{60'000};

}  // namespace

Worker::Worker(std::string name, std::size_t queue_max, int niceness)
    : queue_(queue_max + 1), thread_([this, name = std::move(name), niceness] {
          name_thread(name);
          become_nicer(niceness);
          run();
      }) {}
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

Runner::Runner(std::string name, std::function<void()> body)
    : thread_([name = std::move(name), body = std::move(body)] {
          name_thread(name);
          body();
      }) {}
Runner::~Runner() {
    join();
}

void Runner::join() {
    if (thread_.joinable()) {
        thread_.join();
    }
}

}  // namespace treeline
