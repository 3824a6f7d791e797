// The audit: one chain per org, written by one thread that follows the directory's log.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/mailbox.hpp"
#include "base/reply.hpp"
#include "broker/registry/audit_derive.hpp"
#include "storage/log.hpp"
#include "storage/store.hpp"

namespace treeline {

// What is no change: an attempt that was denied, or a look from above.
struct AuditNote {
    AuditLine line;
    // Notes of one org and actor that are alike in this are one entry a minute, with a count.
    // Empty: an entry of its own.
    std::string fold;
    // What it is folded by instead, without its object, where its actor has folds_apart_max folds
    // in that minute. Empty: it is always kept apart.
    std::string crowd;
};

// One entry as it is kept. Not sealed yet: a count that still runs; it has no number and no hash.
struct AuditFound {
    OrgId org{};
    audit::Entry entry;
    bool is_sealed = true;
};
struct AuditPage {
    std::vector<AuditFound> found;
    audit::Head head;          // of the chain that was asked for
    std::uint64_t next = 0;    // where the next page begins; 0: that was the last one
    std::uint64_t total = 0;   // of what was looked through
    bool is_in_doubt = false;  // the store failed; there is nothing in the page
};
struct AuditAsk {
    enum class Kind : std::uint8_t {
        newest_first,  // of a chain, with what is not sealed yet; `from`: numbers below it (0: all)
        oldest_first,  // of a chain, sealed ones only; `from`: the first number
        of_actor,      // newest first, in every chain; `from` as newest_first, of places in his row
    };
    World world;  // changes up to this one will be in the answer
    Kind kind{};
    OrgId org{};
    UserId actor{};
    std::uint64_t from = 0;
    std::size_t limit = 50;
    std::function<bool(OrgId, const audit::Entry&)> wanted;  // on the audit's thread; null: all
};

// How the API reaches the audit. Any thread.
class AuditDesk {
  public:
    virtual ~AuditDesk() = default;
    // False when the queue is full: what can't be recorded must not be answered.
    [[nodiscard]] virtual bool note(AuditNote note) = 0;
    // The reply comes on the audit's thread. False, reply untouched, when the queue is full.
    [[nodiscard]] virtual bool ask(AuditAsk ask, Reply<AuditPage>&& reply) = 0;
};

// note, ask, follow, stop: any thread. run, step: the audit's thread.
class AuditTrail final : public AuditDesk {
  public:
    struct Limits {
        std::size_t notes_max = 4096;
        std::size_t asks_max = 256;
        std::size_t examined_max = 20'000;  // entries that one filtered ask looks through
        std::size_t open_looks_max = 100'000;
        std::size_t folds_apart_max = 100;  // of one org, actor and minute, where there is a crowd
        std::size_t batch_size_bytes_max = std::size_t{4}
                                           << 20;  // plus one entry; then it is synced
    };
    struct Parts {
        storage::Store& store;           // the audit's own
        const storage::Log& log;         // the directory's
        audit::Key key{};                // what salts are derived from
        std::function<void()> failed{};  // a write is in doubt: the process must stop
        Limits limits{};
    };
    // `base`: the world at watermark(store), from which lines are derived on.
    AuditTrail(Parts parts, World base);
    ~AuditTrail() override;

    // The last revision whose lines are all in the store.
    static storage::Result<Revision> watermark(const storage::Store& store);

    bool note(AuditNote note) override;
    bool ask(AuditAsk ask, Reply<AuditPage>&& reply) override;
    // This world is durable in the log and settled on every shard.
    void follow(World world);

    void run();
    void stop();
    // Takes what waits, writes it with one sync, then answers. False when there was nothing to do.
    bool step(UnixTime now);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace treeline
