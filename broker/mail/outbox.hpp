// Outbox: follows the directory's log and hands each letter in it to a carrier, at least once.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/mailbox.hpp"
#include "broker/domain/directory.hpp"
#include "broker/mail/carrier.hpp"
#include "broker/mail/outbox_store.hpp"
#include "storage/log.hpp"

namespace treeline::mail {

// Any thread reads.
struct OutboxCounters {
    std::atomic<std::uint64_t> waiting{0}, parked{0};
    std::atomic<std::uint64_t> sent{0};
    std::atomic<std::uint64_t> deferred{0};   // tries that a server put off
    std::atomic<std::uint64_t> refused{0};    // letters parked because of a no for ever
    std::atomic<std::uint64_t> expired{0};    // letters parked after life_max
    std::atomic<std::uint64_t> withdrawn{0};  // letters whose purpose had passed
    std::atomic<std::int64_t> oldest_ms{0};   // when the oldest that waits was queued; 0: none
    std::atomic<bool> is_paused{false};       // nobody takes anything at the moment
};

// follow: one thread. retry_parked, stop, counters: any thread. The rest: the mail thread.
class Outbox {
  public:
    struct Limits {
        std::size_t waiting_max = 100'000;  // further ones wait in the log
        std::size_t parked_max = 10'000;    // older ones are forgotten
        Millis pause_min{5'000};            // when nobody takes anything; doubles
        Millis pause_max{300'000};
        Millis retry_min{60'000};  // of one letter that was deferred; doubles
        Millis retry_max{3'600'000};
        Millis life_max{5LL * 24 * 3'600'000};  // RFC 5321 §4.5.4.1: four to five days
    };
    struct Parts {
        storage::Store& store;  // the registry's own, so that one copy holds letters and watermark
        const storage::Log& log;
        Carrier& carrier;
        Sender sender;
        std::function<void()> failed{};  // a write is in doubt: the process must stop
        std::function<Now()> clock = read_clock;
        Limits limits{};
    };
    explicit Outbox(Parts parts);

    // Takes up what the store holds. Where it holds nothing yet, whatever stands in the log was
    // written before there was an outbox, and is not sent. Before follow() and run().
    [[nodiscard]] storage::Result<void> open();

    // This world is durable in the log and settled on every shard. Never blocks.
    void follow(World world);
    // Letters that were given up are tried again.
    void retry_parked();
    const OutboxCounters& counters() const { return counters_; }

    void run();
    void stop();
    // Reads what is new and tries at most one letter. False when there was none to try.
    bool step();

  private:
    enum class Ring : std::uint8_t { bell };
    using Due = std::pair<UnixTime, Position>;

    bool read_log(UnixTime now);
    bool try_next(UnixTime now);
    void carry(Position position, const OutgoingMail& mail, UnixTime at);
    void take_result(Position position, const Carried& carried);
    void postpone(Position position, const std::string& why);
    void pause(const std::string& why);
    void reached();
    void park_aged(UnixTime now);
    void unpark(UnixTime now);
    void rest();
    const Change* change_of(Position position);
    void queue(Position position, const Waiting& waiting);
    void unqueue(Position position);
    void park(Position position, std::string why);
    bool commit(storage::Durability durability);
    bool fail(std::string_view why);
    void count();
    Millis idle_for() const;
    UnixTime now() const { return parts_.clock().wall; }
    void ring() { static_cast<void>(bell_.push(Ring::bell)); }

    // The mail thread.
    Parts parts_;
    OutboxStore store_;
    World world_;
    Revision read_{};         // letters up to here are rows, or done with
    Revision stored_{};       // what the store has of it
    bool is_synced_ = true;   // what the store has is on the disk
    bool is_resting_ = true;  // the carrier holds nothing open
    bool is_broken_ = false;
    std::map<Position, Waiting> waiting_;
    std::map<Position, Parked> parked_;
    std::set<Due> due_;  // INVARIANT: one for each of waiting_
    Millis pause_{0};    // the last one; 0: somebody was reached since
    UnixTime paused_until_{};
    std::optional<std::pair<std::uint64_t, Change>> last_change_;  // an import's letters share one

    // Any thread.
    Mailbox<Ring> bell_{1};
    Mailbox<World> worlds_{1};
    std::atomic<bool> retry_wanted_{false};
    std::atomic<bool> stopping_{false};
    OutboxCounters counters_;
};

}  // namespace treeline::mail
