// Two workers side by side; a task goes to the next one that has room.
#include "broker/server/threads/password_pool.hpp"

#include <string>
#include <utility>

#include "broker/identity/password.hpp"

namespace treeline {

namespace {

constexpr std::size_t queue_max_per_thread = 32;

// Work with an answer that can be taken back out when the pool had no room for it.
template <class T>
struct Job {
    std::function<T()> work;
    std::function<void(Task)> post;
    Reply<T> reply;

    void carry_out() {
        post(Task([answer = std::move(reply), result = work()](Nothing) mutable {
            answer(std::move(result));
        }));
    }
};

class Desk final : public PasswordWorker {
  public:
    Desk(PasswordPool& pool, std::function<void(Task)> post)
        : pool_(pool), post_(std::move(post)) {}

    bool verify(std::string password, std::string verifier, Reply<bool>&& reply) override {
        const auto work = [password = std::move(password), verifier = std::move(verifier)] {
            return verify_password(password, verifier);
        };
        return submit<bool>(work, reply);
    }
    bool hash(std::string password, Reply<std::string>&& reply) override {
        const auto work = [password = std::move(password)] { return hash_password(password); };
        return submit<std::string>(work, reply);
    }

  private:
    template <class T>
    bool submit(std::function<T()> work, Reply<T>& reply) {
        auto job = std::make_shared<Job<T>>(Job<T>{std::move(work), post_, std::move(reply)});
        if (pool_.post(Task([job](Nothing) { job->carry_out(); }))) {
            return true;
        }
        reply = std::move(job->reply);
        return false;
    }
    PasswordPool& pool_;
    std::function<void(Task)> post_;
};

}  // namespace

PasswordPool::PasswordPool() {
    for (auto& worker : workers_) {
        worker = std::make_unique<Worker>("passwords", queue_max_per_thread);
    }
}

bool PasswordPool::post(Task&& task) {
    const std::size_t first = next_.fetch_add(1, std::memory_order_relaxed);
    for (std::size_t step = 0; step < workers_.size(); ++step) {
        if (workers_[(first + step) % workers_.size()]->post(std::move(task))) {
            return true;
        }
    }
    return false;
}

void PasswordPool::stop_and_join() {
    for (auto& worker : workers_) {
        worker->stop_and_join();
    }
}

std::unique_ptr<PasswordWorker> make_password_desk(PasswordPool& pool,
                                                   std::function<void(Task)> post) {
    return std::make_unique<Desk>(pool, std::move(post));
}

}  // namespace treeline
