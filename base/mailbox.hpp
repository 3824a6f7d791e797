// The only queue between threads, and the only mutex of the project.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "base/time.hpp"

namespace treeline {

// A bounded queue from any thread to one. The receiver takes everything at once (one swap), or
// waits for it where it has no event loop. Senders never wait: a full mailbox says no.
template <class T>
class Mailbox {
  public:
    // `wake` is called on the sender's thread after a push that found the box empty, outside the
    // lock; null for a receiver that uses take_or_wait.
    explicit Mailbox(std::size_t capacity, std::function<void()> wake = nullptr)
        : capacity_(capacity), wake_(std::move(wake)) {}
    Mailbox(const Mailbox&) = delete;
    Mailbox& operator=(const Mailbox&) = delete;

    // Any thread. False, with `item` untouched, when full.
    [[nodiscard]] bool push(T&& item) {
        bool was_empty = false;
        {
            const std::lock_guard lock(mutex_);
            if (items_.size() >= capacity_) {
                return false;
            }
            was_empty = items_.empty();
            items_.push_back(std::move(item));
        }
        if (was_empty) {
            wake();
        }
        return true;
    }

    // Any thread. Moves as many items from the front of [first, last) as fit; returns how many.
    template <class Iterator>
    std::size_t push_batch(Iterator first, Iterator last) {
        std::size_t moved = 0;
        bool was_empty = false;
        {
            const std::lock_guard lock(mutex_);
            was_empty = items_.empty();
            for (; first != last && items_.size() < capacity_; ++first, ++moved) {
                items_.push_back(std::move(*first));
            }
        }
        if (was_empty && moved > 0) {
            wake();
        }
        return moved;
    }

    // The receiver. Replaces `out` with everything that waits (possibly nothing).
    void take(std::vector<T>& out) {
        out.clear();
        const std::lock_guard lock(mutex_);
        std::swap(out, items_);
    }

    // The receiver. As take, but waits until something is there or `limit` has passed.
    void take_or_wait(std::vector<T>& out, Millis limit) {
        out.clear();
        std::unique_lock lock(mutex_);
        filled_.wait_for(lock, limit, [this] { return !items_.empty(); });
        std::swap(out, items_);
    }

    // Any thread. Already stale when it returns; for metrics.
    std::size_t size() const {
        const std::lock_guard lock(mutex_);
        return items_.size();
    }

  private:
    void wake() {
        filled_.notify_one();
        if (wake_) {
            wake_();
        }
    }

    mutable std::mutex mutex_;
    std::condition_variable filled_;
    std::vector<T> items_;  // INVARIANT: items_.size() <= capacity_
    const std::size_t capacity_;
    const std::function<void()> wake_;
};

}  // namespace treeline
