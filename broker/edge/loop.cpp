// One thread, one turn after the other: mail in, ready links read, deadlines, dirty seats out.
#include "broker/edge/loop.hpp"

#include <algorithm>
#include <string>

#include <openssl/rand.h>
#include <unistd.h>

#include "base/scheduling.hpp"
#include "broker/edge/loop_state.hpp"

namespace treeline {

namespace {

constexpr std::size_t mailbox_capacity = 1U << 20U;
// Of a turn in which a change is being settled: a few, so that traffic goes on meanwhile.
constexpr std::size_t changing_events_max = 16;
constexpr std::size_t scratch_size_bytes = 16 * 1024 + 512;  // one TLS record
constexpr Millis sleep_max{3'600'000};
// Tags in the epoll set with generation 0 are not links.
constexpr std::uint64_t wake_tag = 0xffff'ffff;

void random_bytes(std::span<std::byte> out) {
    CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(out.size())) ==
          1);
}

}  // namespace

LoopState::LoopState(LoopParts parts)
    : shard(parts.shard),
      addresses(parts.addresses),
      limiter(parts.limiter),
      settings(parts.settings),
      journal(parts.journal),
      draining(parts.draining),
      is_registry_due(parts.is_registry_due),
      audit(parts.audit),
      tls(std::move(parts.tls)),
      mailbox(mailbox_capacity, [this] { wake(); }),
      scratch(scratch_size_bytes, '\0') {
    const auto post = [this](Task task) { CHECK(mailbox.push(std::move(task))); };
    passwords = parts.passwords(post);
    series = parts.series(post);
    api = std::make_unique<Api>(ApiParts{
        shard,
        parts.registry,
        *passwords,
        post,
        random_bytes,
        read_clock,
        draining,
        parts.audit,
        &limiter,
        settings.trusted_proxies,
        settings.public_base_url,
        parts.mail_key,
        parts.aside,
        parts.past,
        series.get(),
        {},
        [this](std::string_view request, std::string_view what) { report_fault(request, what); }});
    shard.on_denial([this](const AppDenial& denial) { return record_denial(denial); });
    CHECK(epoll.add(word.descriptor(), EPOLLIN, wake_tag));
    counters.io_uring = batch.has_ring() ? 1 : 0;
}

LoopState::~LoopState() = default;

void LoopState::wake() {
    if (!awake.exchange(true, std::memory_order_acq_rel)) {
        word.raise();
    }
}

void LoopState::run() {
    name_thread("shard " + std::to_string(shard.index()));
    become_prompt();
    while (!stopping.load(std::memory_order_acquire)) {
        wait();
        turn();
    }
}

// One system call a turn, whether it waits or not: with many ready links it is shared by all.
void LoopState::wait() {
    Millis limit{0};
    if (!more_events && again.empty() && !shard.wants_turn()) {
        const SteadyTime until = std::min({deadlines.next(), shard.deadline(), api->deadline()});
        const SteadyTime from = read_clock().steady;
        limit = until <= from ? Millis{0} : std::min(until - from, sleep_max);
    }
    ready = epoll.wait(limit);
    more_events = epoll.was_full(ready.size());
    const auto is_wake = [](const epoll_event& event) { return event.data.u64 == wake_tag; };
    if (std::ranges::any_of(ready, is_wake)) {
        take_wake();
    }
}

// Only when the set tells of it: whoever wakes marks first and raises then, and a word that is
// raised after it was lowered here would be told by every wait until the next wake.
// The mark goes before the mailbox is emptied: who finds it set has put his mail in already.
void LoopState::take_wake() {
    word.lower();
    awake.exchange(false, std::memory_order_acq_rel);
}

void LoopState::turn() {
    const std::int64_t begun_us = steady_micros();
    now = read_clock();
    handshake_steps = 0;
    take_tasks();
    shard.advance(now);
    cut_answers();
    api->advance(now);
    take_events();
    look_at_deadlines();
    flush();
    shard.conclude(now);
    graves.clear();
    report_drained();
    measure(begun_us);
    if (is_registry_due()) {
        std::this_thread::yield();  // on a shared core the kernel looks again at its next tick only
    }
}

void LoopState::take_tasks() {
    mailbox.take(tasks);
    for (Task& task : tasks) {
        task(Nothing{});
    }
    tasks.clear();
}

void LoopState::take_events() {
    TlsConnection::forget_errors();
    std::vector<LinkId> waiting_links;
    std::swap(waiting_links, again);
    for (const LinkId id : waiting_links) {
        if (Link* link = find(id); link != nullptr && wants_read(*link)) {
            read(*link);
        }
    }
    while (!ready.empty()) {
        const std::size_t most = shard.is_changing() ? changing_events_max : WireBatch::size_max;
        const auto some = ready.first(std::min(ready.size(), most));
        bring_in(some);
        for (const epoll_event& event : some) {
            take_event(event);
        }
        keep_arrivals();
        ready = ready.subspan(some.size());
        if (shard.is_changing()) {
            ready = {};  // a change is acknowledged turns later: short ones. The set tells again
        }
    }
}

void LoopState::take_event(const epoll_event& event) {
    const LinkId id = id_of(event.data.u64);
    if (id.generation == 0) {
        if (id.slot < listeners.size()) {
            accept(listeners[id.slot]);
        }
    } else if (Link* link = find(id)) {
        on_event(*link, event.events);
    }
}

void LoopState::look_at_deadlines() {
    deadlines.expire(now.steady, [this](std::uint64_t tag) {
        if (Link* link = find(id_of(tag))) {
            link->watched = steady_time_max;
            if (deadline_of(*link) <= now.steady) {
                expire(*link);
            }
            if (link->phase != LinkPhase::gone) {
                watch_deadline(*link);
            }
        }
    });
}

void LoopState::flush() {
    for (const SeatId seat : shard.take_dirty()) {
        gather(seat, Departing::together);
    }
    send_off();
}

void LoopState::measure(std::int64_t begun_us) {
    const auto took_us = static_cast<std::uint64_t>(steady_micros() - begun_us);
    counters.turn.add(took_us);
    const auto limit_us = std::chrono::microseconds(settings.stall_warning).count();
    if (took_us > static_cast<std::uint64_t>(limit_us)) {
        ++counters.turn_stalls;
        if (journal.warn) {
            journal.warn("turn stalled shard=" + std::to_string(shard.index()) +
                         " us=" + std::to_string(took_us));
        }
    }
}

void LoopState::report_fault(std::string_view request, std::string_view what) const {
    if (journal.warn) {
        journal.warn("request failed id=" + std::string(request) + " what=" + std::string(what));
    }
}

void LoopState::report_drained() {
    if (drained && drain_done && counters.links == 0) {
        auto done = std::move(*drain_done);
        drain_done.reset();
        done(Nothing{});
    }
}

Loop::Loop(LoopParts parts) : state_(std::make_unique<LoopState>(std::move(parts))) {}
Loop::~Loop() {
    stop_and_join();
}

void Loop::know(std::vector<Loop*> loops) {
    state_->loops = std::move(loops);
}

void Loop::start() {
    state_->thread = std::thread([state = state_.get()] { state->run(); });
}

void Loop::stop_and_join() {
    if (!state_->thread.joinable()) {
        return;
    }
    state_->stopping.store(true, std::memory_order_release);
    state_->wake();
    state_->thread.join();
}

void Loop::wake() {
    state_->wake();
}

void Loop::post(Task task) {
    CHECK(state_->mailbox.push(std::move(task)));
}

void Loop::listen(Fd listener, bool encrypted) {
    post(Task([state = state_.get(), socket = std::move(listener), encrypted](Nothing) mutable {
        if (state->drained) {
            return;
        }
        const auto tag = static_cast<std::uint64_t>(state->listeners.size());
        CHECK(state->epoll.add(socket, EPOLLIN, tag));
        state->listeners.push_back({std::move(socket), encrypted});
    }));
}

void Loop::use(std::shared_ptr<const TlsContext> tls) {
    post(Task([state = state_.get(), fresh = std::move(tls)](Nothing) mutable {
        state->tls = std::move(fresh);
    }));
}

void Loop::drain(Reply<Nothing> done) {
    post(Task([state = state_.get(), reply = std::move(done)](Nothing) mutable {
        state->drain_done = std::move(reply);
        state->drain_links();
    }));
}

Shard& Loop::shard() {
    return state_->shard;
}
const EdgeCounters& Loop::counters() const {
    return state_->counters;
}

}  // namespace treeline
