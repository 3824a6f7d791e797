#include "firmware-sim/fleet.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include <sys/epoll.h>
#include <unistd.h>

#include "firmware-sim/signals.hpp"

namespace treeline {
namespace {

constexpr std::uint64_t signal_mark = ~std::uint64_t{0};  // in place of a device's index
constexpr Millis connect_max{10'000};
constexpr int exit_all_refused = 1;
constexpr int exit_unavailable = 69;

}  // namespace

Fleet::Fleet(const FleetPlan& plan)
    : plan_(plan),
      reporter_(plan.json, plan.quiet),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      signals_(take_ending_signals()) {
    epoll_event event{.events = EPOLLIN, .data = {.u64 = signal_mark}};
    epoll_ctl(epoll_, EPOLL_CTL_ADD, signals_, &event);
}

Fleet::~Fleet() {
    members_.clear();  // connections leave the set before it goes
    close(signals_);
    close(epoll_);
}

int Fleet::fail(const std::string& why) const {
    std::fprintf(stderr, "treeline-sim: %s\n", why.c_str());
    return exit_unavailable;
}

int Fleet::run() {
    auto target = Target::make(plan_.host, plan_.port, plan_.ca_file,
                               plan_.plain ? Target::Security::plain : Target::Security::tls);
    if (!target) {
        return fail(target.error());
    }
    target_.push_back(std::move(*target));
    prepare();
    loop();
    reporter_.summary(totals_, members_.size());
    return totals_.given_up == members_.size() ? exit_all_refused : 0;
}

// Connects are spread over time, so that a large fleet does not storm the broker.
void Fleet::prepare() {
    const SteadyTime now = read_clock().steady;
    members_.reserve(plan_.tokens.size());
    for (std::size_t i = 0; i < plan_.tokens.size(); ++i) {
        members_.push_back({.conversation = Conversation(plan_.device, plan_.tokens[i],
                                                         plan_.seed * 1'000'003 + i, now),
                            .backoff = Backoff(plan_.backoff_first, plan_.backoff_max),
                            .connection = nullptr});
        const double seconds = static_cast<double>(i) / plan_.connects_per_second;
        set_due(i, now + Millis(static_cast<Millis::rep>(seconds * 1'000)));
    }
    if (plan_.duration > Millis(0)) {
        ends_at_ = now + plan_.duration;
    }
}

void Fleet::loop() {
    std::array<epoll_event, 256> events{};
    while (!is_ending_ && totals_.given_up < members_.size()) {
        const int size = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()),
                                    wait_ms(read_clock().steady));
        const SteadyTime now = read_clock().steady;
        for (int i = 0; i < size; ++i) {
            const std::uint64_t mark = events[static_cast<std::size_t>(i)].data.u64;
            if (mark == signal_mark) {
                is_ending_ = true;
            } else {
                ready(mark, now);
            }
        }
        expire(now);
        is_ending_ = is_ending_ || now >= ends_at_;
    }
}

int Fleet::wait_ms(SteadyTime now) const {
    SteadyTime next = ends_at_;
    if (!deadlines_.empty()) {
        next = std::min(next, deadlines_.begin()->first);
    }
    if (next == steady_time_max) {
        return -1;
    }
    return static_cast<int>(std::clamp<Millis::rep>((next - now).count(), 0, 60'000));
}

void Fleet::expire(SteadyTime now) {
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
        const std::size_t index = deadlines_.begin()->second;
        set_due(index, steady_time_max);
        wake(index, now);
    }
}

void Fleet::wake(std::size_t index, SteadyTime now) {
    Member& member = members_[index];
    if (!member.connection) {
        connect(index, now);
    } else if (!member.connection->is_open()) {
        end(index, Fate::reconnect, "no connection in time", now);
    } else {
        take(index, member.conversation.expire(now), now);
    }
}

void Fleet::connect(std::size_t index, SteadyTime now) {
    Member& member = members_[index];
    member.connection = std::make_unique<Connection>(target_.front());
    if (member.connection->descriptor() < 0) {
        return end(index, Fate::reconnect, member.connection->failure(), now);
    }
    member.events = EPOLLIN | EPOLLOUT;
    epoll_event event{.events = member.events, .data = {.u64 = index}};
    epoll_ctl(epoll_, EPOLL_CTL_ADD, member.connection->descriptor(), &event);
    set_due(index, now + connect_max);
}

void Fleet::ready(std::size_t index, SteadyTime now) {
    Member& member = members_[index];
    if (!member.connection) {
        return;  // ended earlier in this turn
    }
    if (!member.connection->is_open()) {
        return progress(index, now);
    }
    std::string bytes;
    const bool is_alive = member.connection->read(bytes);
    if (!bytes.empty()) {
        take(index, member.conversation.receive(bytes, now), now);
    }
    if (!is_alive && member.connection) {
        return end(index, Fate::reconnect, "closed by the broker", now);
    }
    watch(index);
}

void Fleet::progress(std::size_t index, SteadyTime now) {
    Member& member = members_[index];
    switch (member.connection->advance()) {
        case Connection::Progress::failed:
            return end(index, Fate::reconnect, member.connection->failure(), now);
        case Connection::Progress::opened:
            ++totals_.connects;
            return take(index, member.conversation.opened(now), now);
        case Connection::Progress::waiting:
            return watch(index);
    }
}

void Fleet::take(std::size_t index, const SimStep& step, SteadyTime now) {
    Member& member = members_[index];
    for (const SimEvent& event : step.events) {
        count(index, event);
        reporter_.event(index, event);
    }
    const bool is_alive = step.bytes.empty() || member.connection->write(step.bytes);
    if (step.fate != Fate::stay) {
        return end(index, step.fate, step.fate == Fate::nap ? "naps" : "ends the connection", now);
    }
    if (!is_alive) {
        return end(index, Fate::reconnect, "closed by the broker", now);
    }
    set_due(index, member.conversation.deadline());
    watch(index);
}

void Fleet::count(std::size_t index, const SimEvent& event) {
    switch (event.kind) {
        case SimEvent::Kind::online:
            ++totals_.online;
            members_[index].is_online = true;
            members_[index].backoff.succeeded();
            return;
        case SimEvent::Kind::wrote:
            ++totals_.written;
            return;
        case SimEvent::Kind::downlink:
            ++totals_.downlinks;
            return;
        case SimEvent::Kind::restored:
            ++totals_.restored;
            return;
        case SimEvent::Kind::refused:
            ++totals_.refused;
            return;
        case SimEvent::Kind::token:
            return;
    }
}

// `why` by value: it may be the failure of the connection that ends here.
void Fleet::end(std::size_t index, Fate fate, std::string why, SteadyTime now) {
    Member& member = members_[index];
    member.connection.reset();  // closing takes it out of the epoll set
    if (member.is_online) {
        member.is_online = false;
        --totals_.online;
    }
    if (fate == Fate::give_up) {
        ++totals_.given_up;
        reporter_.gave_up(index);
        return set_due(index, steady_time_max);
    }
    reporter_.lost(index, why);
    if (fate == Fate::nap) {
        return set_due(index, now + plan_.device.nap);
    }
    ++totals_.losses;
    set_due(index, now + member.backoff.failed(member.conversation.chance()));
}

// The epoll set hears of a member only when what it waits for has changed.
void Fleet::watch(std::size_t index) {
    Member& member = members_[index];
    if (!member.connection) {
        return;
    }
    const std::uint32_t wanted =
        EPOLLIN | (member.connection->wants_write() ? std::uint32_t{EPOLLOUT} : 0U);
    if (wanted != member.events) {
        member.events = wanted;
        epoll_event event{.events = wanted, .data = {.u64 = index}};
        epoll_ctl(epoll_, EPOLL_CTL_MOD, member.connection->descriptor(), &event);
    }
}

void Fleet::set_due(std::size_t index, SteadyTime due) {
    Member& member = members_[index];
    if (member.due != steady_time_max) {
        deadlines_.erase({member.due, index});
    }
    member.due = due;
    if (due != steady_time_max) {
        deadlines_.emplace(due, index);
    }
}

}  // namespace treeline
