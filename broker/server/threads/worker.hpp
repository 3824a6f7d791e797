// Worker: a thread that carries out tasks one after the other, for work that blocks or takes long.
// Where cores are scarce the shards go first: a worker's thread is nicer than theirs.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <string>
#include <thread>

#include "base/mailbox.hpp"
#include "base/reply.hpp"

namespace treeline {

// Beyond the shards': a tenth of their share where cores are scarce.
inline constexpr int worker_niceness = 10;

// post: any thread.
class Worker {
  public:
    // `name`: as tools show the thread (base/scheduling.hpp).
    Worker(std::string name, std::size_t queue_max, int niceness = worker_niceness);
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

// A thread that runs one function until that returns by itself.
class Runner {
  public:
    // `name`: as a worker's.
    Runner(std::string name, std::function<void()> body);
    ~Runner();
    void join();

  private:
    std::thread thread_;
};

}  // namespace treeline
