// Worker: a thread that carries out tasks one after the other, for work that blocks or takes long.
// Where cores are scarce the shards go first: a worker's thread is nicer than theirs.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <thread>

#include "base/mailbox.hpp"
#include "base/reply.hpp"

namespace treeline {

// post: any thread.
class Worker {
  public:
    explicit Worker(std::size_t queue_max);
    ~Worker();
    // False, task untouched, when the queue is full.
    [[nodiscard]] bool post(Task&& task) { return queue_.push(std::move(task)); }
    // Ends after the tasks that wait are done.
    void stop_and_join();

  private:
    void run();
    Mailbox<Task> queue_;
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

// A thread that runs one function until that returns by itself, as nice as is said (nice(2)).
class Runner {
  public:
    explicit Runner(std::function<void()> body, int niceness = 0);
    ~Runner();
    void join();

  private:
    std::thread thread_;
};

}  // namespace treeline
