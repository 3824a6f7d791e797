// Boxed and Rare: what few rows have, kept apart so that it costs the others one pointer.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace treeline {

// A std::optional whose value is allocated. A value: copies copy what they hold.
template <class T>
class Boxed {
  public:
    Boxed() = default;
    Boxed(std::nullopt_t) {}
    Boxed(T value) : held_(std::make_unique<T>(std::move(value))) {}
    Boxed(const std::optional<T>& value) : held_(value ? std::make_unique<T>(*value) : nullptr) {}
    Boxed(const Boxed& other) : held_(other ? std::make_unique<T>(*other) : nullptr) {}
    Boxed(Boxed&&) noexcept = default;
    Boxed& operator=(Boxed other) noexcept {
        held_ = std::move(other.held_);
        return *this;
    }
    ~Boxed() = default;

    bool has_value() const { return held_ != nullptr; }
    explicit operator bool() const { return has_value(); }
    // REQUIRES: it has a value.
    const T& operator*() const { return *held_; }
    T& operator*() { return *held_; }
    const T* operator->() const { return held_.get(); }
    T* operator->() { return held_.get(); }

    T& emplace() {
        held_ = std::make_unique<T>();
        return *held_;
    }
    void reset() { held_.reset(); }

    friend bool operator==(const Boxed& a, const Boxed& b) {
        return a && b ? *a == *b : a.has_value() == b.has_value();
    }
    friend bool operator==(const Boxed& a, const std::optional<T>& b) { return a == Boxed(b); }
    friend bool operator==(const Boxed& a, const T& b) { return a && *a == b; }
    friend bool operator==(const Boxed& a, std::nullopt_t) { return !a; }

  private:
    std::unique_ptr<T> held_;
};

// A container that is allocated only where something is in it. A value, too.
template <class T>
class Rare {
  public:
    Rare() = default;
    Rare(T value) : held_(value.empty() ? nullptr : std::make_unique<T>(std::move(value))) {}
    Rare(const Rare& other) : Rare(*other) {}
    Rare(Rare&&) noexcept = default;
    Rare& operator=(Rare other) noexcept {
        held_ = std::move(other.held_);
        return *this;
    }
    ~Rare() = default;

    const T& operator*() const {
        static const T nothing{};
        return held_ ? *held_ : nothing;
    }
    const T* operator->() const { return &**this; }
    operator const T&() const { return **this; }
    bool empty() const { return (**this).empty(); }
    std::size_t size() const { return (**this).size(); }
    auto begin() const { return (**this).begin(); }
    auto end() const { return (**this).end(); }
    void clear() { held_.reset(); }
    // The container, to be changed.
    T& edit() {
        if (!held_) {
            held_ = std::make_unique<T>();
        }
        return *held_;
    }

    friend bool operator==(const Rare& a, const Rare& b) { return *a == *b; }
    friend bool operator==(const Rare& a, const T& b) { return *a == b; }

  private:
    std::unique_ptr<T> held_;
};

}  // namespace treeline
