// EpollSet: one shard's connections, listeners and wake-up word, watched as one descriptor.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "base/check.hpp"
#include "base/time.hpp"
#include "net/fd.hpp"

namespace treeline {

// Owned by one shard. Level-triggered: what wasn't read is told again.
class EpollSet {
  public:
    EpollSet() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) { CHECK(bool(epoll_)); }

    bool add(const Fd& fd, std::uint32_t events, std::uint64_t tag) {
        return control(EPOLL_CTL_ADD, fd, events, tag);
    }
    bool change(const Fd& fd, std::uint32_t events, std::uint64_t tag) {
        return control(EPOLL_CTL_MOD, fd, events, tag);
    }
    void remove(const Fd& fd) { control(EPOLL_CTL_DEL, fd, 0, 0); }
    // What is ready, and else what becomes ready first, within `limit`. Lives until the next call.
    std::span<const epoll_event> wait(Millis limit) {
        const int count = ::epoll_wait(epoll_.get(), ready_.data(), static_cast<int>(ready_.size()),
                                       static_cast<int>(limit.count()));
        return {ready_.data(), count > 0 ? static_cast<std::size_t>(count) : 0};
    }
    bool was_full(std::size_t count) const { return count == ready_.size(); }

  private:
    bool control(int operation, const Fd& fd, std::uint32_t events, std::uint64_t tag) {
        epoll_event event{};
        event.events = events;
        event.data.u64 = tag;
        return ::epoll_ctl(epoll_.get(), operation, fd.get(), &event) == 0;
    }
    Fd epoll_;
    std::array<epoll_event, 256> ready_{};
};

// A word that any thread may raise to wake the owner of an EpollSet.
class WakeWord {
  public:
    WakeWord() : event_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) { CHECK(bool(event_)); }
    const Fd& descriptor() const { return event_; }
    void raise() const { ::eventfd_write(event_.get(), 1); }
    void lower() const {
        eventfd_t ignored = 0;
        ::eventfd_read(event_.get(), &ignored);
    }

  private:
    Fd event_;
};

}  // namespace treeline
