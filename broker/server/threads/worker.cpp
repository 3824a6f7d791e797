// The only threads besides the shards': storage, registry, passwords, checkpoints.
#include "broker/server/threads/worker.hpp"

#include <utility>
#include <vector>

#include <sys/resource.h>
#include <unistd.h>

namespace treeline {

namespace {

constexpr Millis sleep_max{60'000};
constexpr int worker_niceness = 5;  // a third of a shard's share where cores are scarce

// This thread alone. Anybody may become nicer; where it fails, nothing is lost but smoothness.
void become_nice(int niceness) {
    static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness));
}

}  // namespace

Worker::Worker(std::size_t queue_max) : queue_(queue_max + 1), thread_([this] { run(); }) {}
Worker::~Worker() {
    stop_and_join();
}

void Worker::run() {
    become_nice(worker_niceness);
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

Runner::Runner(std::function<void()> body, int niceness)
    : thread_([body = std::move(body), niceness] {
          if (niceness > 0) {
              become_nice(niceness);
          }
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
