// Shared: a counted pointer to a node of a persistent structure, copied on write.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

namespace treeline {

// The count that a node carries. A copy of a node is a new node, so it starts its own count.
class Counted {
  public:
    Counted() = default;
    Counted(const Counted&) noexcept {}
    Counted& operator=(const Counted&) = delete;

  private:
    template <class T>
    friend class Shared;
    std::atomic<std::uint32_t> holders_{0};
};

// Any thread may copy and drop its own Shared; nodes are changed only by own(), which first makes
// sure that nobody else holds them. T derives from Counted.
template <class T>
class Shared {
  public:
    Shared() = default;
    explicit Shared(T* node) noexcept : node_(node) { hold(); }
    Shared(const Shared& other) noexcept : node_(other.node_) { hold(); }
    Shared(Shared&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
    Shared& operator=(Shared other) noexcept {
        std::swap(node_, other.node_);
        return *this;
    }
    ~Shared() {
        // acq_rel: whoever deletes must see every write made through the other holders.
        if (node_ != nullptr && node_->holders_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
            delete node_;
        }
    }

    explicit operator bool() const { return node_ != nullptr; }
    const T& operator*() const { return *node_; }
    const T* operator->() const { return node_; }
    const T* get() const { return node_; }

    // The node, to be changed: itself where nobody else holds it, else a copy put in its place.
    // REQUIRES: not null.
    T& own() {
        // Nobody can begin to hold it meanwhile: that would take a second holder to copy from.
        if (node_->holders_.load(std::memory_order_acquire) != 1) {
            *this = Shared(new T(*node_));
        }
        return *node_;
    }

  private:
    void hold() noexcept {
        if (node_ != nullptr) {
            node_->holders_.fetch_add(1, std::memory_order_relaxed);
        }
    }
    T* node_ = nullptr;
};

}  // namespace treeline
