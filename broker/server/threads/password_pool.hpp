// PasswordPool: argon2id off the shards, on a few threads with a bounded queue.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <memory>

#include "broker/api/api.hpp"
#include "broker/server/threads/worker.hpp"

namespace treeline {

// Any thread.
class PasswordPool {
  public:
    PasswordPool();
    // False, task untouched, when every queue is full.
    [[nodiscard]] bool post(Task&& task);
    void stop_and_join();

  private:
    std::array<std::unique_ptr<Worker>, 2> workers_;
    std::atomic<std::size_t> next_{0};
};

// One shard's way to the pool: replies come back through its `post`.
std::unique_ptr<PasswordWorker> make_password_desk(PasswordPool& pool,
                                                   std::function<void(Task)> post);

}  // namespace treeline
