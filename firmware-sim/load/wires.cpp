#include "firmware-sim/load/wires.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <utility>

#include <openssl/err.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/time.hpp"
#include "firmware-sim/signals.hpp"

namespace treeline::load {
namespace {

constexpr std::uint64_t signal_mark = ~std::uint64_t{0};  // in place of a wire
constexpr std::size_t events_max = 512;
// So that a storm of handshakes doesn't hold up what those who are connected have to hear.
constexpr unsigned handshakes_per_turn_max = 16;

std::uint64_t mark_of(std::size_t wire, std::uint32_t generation) {
    return static_cast<std::uint64_t>(generation) << 32U | wire;
}

// To the microsecond where the kernel can; before 5.11 to the millisecond.
int wait_for(int epoll, std::array<epoll_event, events_max>& events, std::int64_t until_us) {
    const std::int64_t rest_us = std::max<std::int64_t>(0, until_us - steady_micros());
    const timespec rest{.tv_sec = rest_us / 1'000'000, .tv_nsec = rest_us % 1'000'000 * 1'000};
    const int size = epoll_pwait2(epoll, events.data(), events_max, &rest, nullptr);
    if (size >= 0 || errno != ENOSYS) {
        return size;
    }
    const auto rest_ms = static_cast<int>(std::min<std::int64_t>(rest_us / 1'000, 60'000));
    return epoll_wait(epoll, events.data(), events_max, rest_ms);
}

}  // namespace

Wires::Wires(Listener& listener)
    : listener_(listener), epoll_(epoll_create1(EPOLL_CLOEXEC)), signals_(take_ending_signals()) {
    epoll_event event{.events = EPOLLIN, .data = {.u64 = signal_mark}};
    epoll_ctl(epoll_, EPOLL_CTL_ADD, signals_, &event);
}

Wires::~Wires() {
    slots_.clear();
    ::close(signals_);
    ::close(epoll_);
}

void Wires::open(std::size_t wire, const Target& target, SSL_SESSION* session) {
    if (wire >= slots_.size()) {
        slots_.resize(wire + 1);
    }
    Slot& slot = slots_[wire];
    slot.connection = std::make_unique<Connection>(target, session);
    ++slot.generation;
    if (slot.connection->descriptor() < 0) {
        failed_.push_back(wire);
        return;
    }
    slot.events = EPOLLIN | EPOLLOUT;
    epoll_event event{.events = slot.events, .data = {.u64 = mark_of(wire, slot.generation)}};
    epoll_ctl(epoll_, EPOLL_CTL_ADD, slot.connection->descriptor(), &event);
}

void Wires::close(std::size_t wire) {
    Slot& slot = slots_[wire];
    ++slot.generation;
    slot.connection.reset();  // closing takes it out of the epoll set
    slot.queue.clear();
}

bool Wires::is_open(std::size_t wire) const {
    return wire < slots_.size() && slots_[wire].connection && slots_[wire].connection->is_open();
}

std::string& Wires::queue(std::size_t wire) {
    Slot& slot = slots_[wire];
    if (!slot.is_dirty) {
        slot.is_dirty = true;
        dirty_.push_back(wire);
    }
    return slot.queue;
}

void Wires::turn(std::int64_t until_us) {
    flush();
    std::array<epoll_event, events_max> events;  // NOLINT: filled before it is read
    const int size = wait_for(epoll_, events, failed_.empty() ? until_us : 0);
    ERR_clear_error();
    handshakes_ = 0;
    std::span<const epoll_event> rest(events.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    while (!rest.empty()) {
        const auto some = rest.first(std::min(rest.size(), WireBatch::size_max));
        bring_in(some);
        take_events(some);
        keep_arrivals();
        rest = rest.subspan(some.size());
    }
    for (const std::size_t wire : std::exchange(failed_, {})) {
        lose(wire, slots_[wire].connection->failure());
    }
    flush();
}

void Wires::take_events(std::span<const epoll_event> events) {
    for (const epoll_event& event : events) {
        const std::uint64_t mark = event.data.u64;
        const auto wire = static_cast<std::size_t>(mark & 0xffff'ffffU);
        if (mark == signal_mark) {
            signalfd_siginfo order;
            orders_to_end_ += ::read(signals_, &order, sizeof order) == sizeof order ? 1U : 0U;
        } else if (mark != mark_of(wire, slots_[wire].generation)) {
            continue;
        } else if (slots_[wire].connection->is_open()) {
            read(wire);
        } else if (++handshakes_ <= handshakes_per_turn_max) {
            progress(wire);
        }
    }
}

Connection* Wires::find(Mark mark) {
    Slot& slot = slots_[mark.wire];
    return slot.generation == mark.generation ? slot.connection.get() : nullptr;
}

void Wires::bring_in(std::span<const epoll_event> events) {
    brought_.clear();
    arriving_.clear();
    for (const epoll_event& event : events) {
        if (event.data.u64 == signal_mark || event.events != EPOLLIN) {
            continue;
        }
        const Mark mark{static_cast<std::size_t>(event.data.u64 & 0xffff'ffffU),
                        static_cast<std::uint32_t>(event.data.u64 >> 32U)};
        Connection* const connection = find(mark);
        if (connection != nullptr && connection->is_open() && !connection->has_pending()) {
            arriving_.push_back(&connection->wire());
            brought_.push_back(mark);
        }
    }
    if (arriving_.size() > 1) {
        batch_.receive(arriving_);
    }
}

void Wires::keep_arrivals() {
    for (const Mark mark : brought_) {
        if (Connection* const connection = find(mark)) {
            connection->wire().keep_arrived();
        }
    }
}

void Wires::progress(std::size_t wire) {
    switch (slots_[wire].connection->advance()) {
        case Connection::Progress::failed:
            return lose(wire, slots_[wire].connection->failure());
        case Connection::Progress::opened:
            watch(wire);
            listener_.opened(wire);
            if (is_open(wire) && slots_[wire].connection->has_pending()) {
                read(wire);  // it came with the end of the handshake
            }
            return;
        case Connection::Progress::waiting:
            return watch(wire);
    }
}

void Wires::read(std::size_t wire) {
    const std::uint32_t generation = slots_[wire].generation;
    scratch_.clear();
    const bool is_alive = slots_[wire].connection->read(scratch_);
    if (!scratch_.empty()) {
        listener_.received(wire, scratch_);
    }
    if (slots_[wire].generation != generation) {
        return;  // the listener closed it
    }
    if (!is_alive) {
        return lose(wire, "closed by the server");
    }
    watch(wire);
}

void Wires::flush() {
    for (std::size_t i = 0; i < dirty_.size(); ++i) {  // a loss may queue more
        const std::size_t wire = dirty_[i];
        Slot& slot = slots_[wire];
        slot.is_dirty = false;
        if (!slot.connection || !slot.connection->is_open()) {
            slot.queue.clear();
        }
        if (!slot.queue.empty()) {
            write(wire);
        }
    }
    dirty_.clear();
    send_off();
}

// With the others' where nothing of its own waits.
void Wires::write(std::size_t wire) {
    Slot& slot = slots_[wire];
    Connection& connection = *slot.connection;
    const bool is_in_batch = !connection.wants_write();
    if (is_in_batch) {
        batch_.begin(connection.wire());
    }
    const bool is_alive = connection.write(slot.queue);
    slot.queue.clear();
    if (!is_alive) {
        batch_.drop(connection.wire());
        return lose(wire, "closed by the server");
    }
    if (is_in_batch && batch_.end(connection.wire())) {
        departing_.push_back({wire, slot.generation});
        if (batch_.is_full()) {
            send_off();
        }
    } else {
        watch(wire);
    }
}

void Wires::send_off() {
    const std::vector<Mark> sent = std::exchange(departing_, {});
    const std::vector<bool> intact = batch_.send([&](std::size_t at) {
        Connection* const connection = find(sent[at]);
        return connection == nullptr ? nullptr : &connection->wire();
    });
    for (std::size_t at = 0; at < sent.size(); ++at) {
        if (find(sent[at]) == nullptr) {
            continue;
        }
        if (intact[at]) {
            watch(sent[at].wire);
        } else {
            lose(sent[at].wire, "closed by the server");
        }
    }
}

void Wires::watch(std::size_t wire) {
    Slot& slot = slots_[wire];
    const std::uint32_t wanted =
        EPOLLIN | (slot.connection->wants_write() ? std::uint32_t{EPOLLOUT} : 0U);
    if (wanted != slot.events) {
        slot.events = wanted;
        epoll_event event{.events = wanted, .data = {.u64 = mark_of(wire, slot.generation)}};
        epoll_ctl(epoll_, EPOLL_CTL_MOD, slot.connection->descriptor(), &event);
    }
}

void Wires::lose(std::size_t wire, const std::string& why) {
    const std::string reason = why;  // it may be of the connection that goes now
    close(wire);
    listener_.lost(wire, reason);
}

}  // namespace treeline::load
