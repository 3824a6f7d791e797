// Loop: one shard's thread and everything it touches: its epoll set, links, timers and API.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/reply.hpp"
#include "broker/api/api.hpp"
#include "broker/edge/address_table.hpp"
#include "broker/edge/counters.hpp"
#include "broker/edge/journal.hpp"
#include "broker/edge/settings.hpp"
#include "broker/edge/tls_context.hpp"
#include "broker/hub/shard.hpp"
#include "net/fd.hpp"

namespace treeline {

struct LoopState;

struct LoopParts {
    Shard& shard;
    Submitter& registry;
    AddressTable& addresses;  // of the whole process
    Limiter& limiter;         // too
    const EdgeSettings& settings;
    const Journal& journal;
    std::shared_ptr<const TlsContext> tls;
    // Makes this shard's way to the password pool; `post` brings its replies back here.
    std::function<std::unique_ptr<PasswordWorker>(std::function<void(Task)> post)> passwords;
    std::function<bool()> draining;         // any thread
    std::function<bool()> is_registry_due;  // any thread: Registry::is_due
    AuditDesk* audit = nullptr;
    MailKey mail_key{};
    PastDesk* past = nullptr;
    std::function<bool(Task&&)> aside;  // any thread: work on whole trees
    // As `passwords`: the way to whoever reads history.
    std::function<std::unique_ptr<SeriesReader>(std::function<void(Task)> post)> series;
};

// wake, post, listen, use, drain, stop: any thread. The rest: its own thread, inside post().
class Loop {
  public:
    explicit Loop(LoopParts parts);
    ~Loop();

    // Before start: all loops of the process, this one included, by their shard's index.
    void know(std::vector<Loop*> loops);
    void start();
    // Ends the thread after the turn under way and waits for it.
    void stop_and_join();

    void wake();
    void post(Task task);
    // Takes connections from a socket that listens already.
    void listen(Fd listener, bool encrypted);
    // New handshakes begin with this context; connections keep theirs.
    void use(std::shared_ptr<const TlsContext> tls);
    // Stops accepting, says goodbye to everyone; `done` comes on this thread when nobody is left.
    void drain(Reply<Nothing> done);

    Shard& shard();
    const EdgeCounters& counters() const;

  private:
    friend struct LoopState;
    std::unique_ptr<LoopState> state_;
};

}  // namespace treeline
