// Broker: every room put together, its threads, its life from start to drain.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/edge/control_loop.hpp"
#include "broker/edge/loop.hpp"
#include "broker/mail/outbox.hpp"
#include "broker/registry/audit.hpp"
#include "broker/registry/registry.hpp"
#include "broker/server/data_directory.hpp"
#include "broker/server/exit_code.hpp"
#include "broker/server/report.hpp"
#include "broker/server/settings.hpp"
#include "broker/server/threads/password_pool.hpp"
#include "broker/server/threads/past_desk.hpp"
#include "broker/server/threads/worker.hpp"
#include "broker/server/value_store.hpp"
#include "storage/rocks.hpp"

namespace treeline {

class AdminCommands;

// Owned by the main thread.
class Broker {
  public:
    // Throws StartError.
    explicit Broker(Settings settings);
    ~Broker();
    // From the first start to the last sync. Throws StartError until it listens.
    ExitCode run();

    // ---- for the admin socket, on the main thread
    void report(Reply<BrokerReport> reply);
    void begin_drain();
    // On the worker for slow things; the reply is called here again.
    void backup(std::string directory, Reply<std::string> reply);  // "" or why not
    void verify(std::string directory, Reply<std::string> reply);
    // Letters that were given up: as JSON, and tried again.
    void parked_mail(Reply<std::string> reply);
    void retry_mail() { outbox_->retry_parked(); }
    void new_root(CreateRoot root, std::string password, Reply<SubmitResult> reply);

  private:
    // Somebody waits for what a push would do, and his answer is work for seconds.
    static constexpr int preview_niceness = 5;

    void open_storage();
    void load();
    void open_audit();
    void open_outbox();
    void build_hub();
    void build_loops();
    void bind_listeners();
    void start_threads();
    void found_root();
    void announce();
    void open_doors();
    void reload();
    void use_certificate();
    void rotate_tickets();
    void on_signal(int signal);
    void on_http(HttpRequest request, Reply<HttpResponse> reply);
    void fail(std::string_view why);
    void shut_down();
    void wake(std::uint32_t shard);
    void wake_all();
    void on_synced();
    void on_acknowledged(Revision revision, std::chrono::microseconds took);
    SubmitResult submit_and_wait(Command command);
    TlsFiles tls_files() const;
    std::uint32_t shard_count() const;
    MailReport mail_report() const;
    std::string base_url() const;

    const Settings settings_;
    const DataPaths paths_;
    const Journal journal_;
    Format format_;
    MailKey mail_key_{};
    std::unique_ptr<storage::RocksDatabase> registry_database_;
    std::unique_ptr<storage::RocksDatabase> values_database_;
    std::unique_ptr<storage::RocksDatabase> audit_database_;
    World world_;  // as loaded; later the last one for a checkpoint
    TicketKeys ticket_keys_;
    std::shared_ptr<const TlsContext> tls_;

    ControlLoop control_;
    AddressTable addresses_;
    Limiter limiter_;
    std::unique_ptr<SeriesKeeper> series_;
    std::unique_ptr<storage::Writer> writer_;
    std::unique_ptr<WriterSink> sink_;
    std::unique_ptr<Lanes> lanes_;
    std::unique_ptr<Settlement> settlement_;
    std::unique_ptr<AuditTrail> audit_;
    std::unique_ptr<mail::Carrier> carrier_;
    std::unique_ptr<mail::Outbox> outbox_;
    std::unique_ptr<Registry> registry_;
    std::vector<std::unique_ptr<Shard>> shards_;
    PasswordPool passwords_;
    Worker worker_{"maintenance", 64};  // checkpoints, backups, verification
    Worker past_worker_{"past", 16};    // replays for time travel
    std::unique_ptr<PastDesk> past_;
    Worker tree_worker_{"preview", 16, preview_niceness};  // what a push would do to a whole tree
    Worker readers_{"history", 256};                       // of history
    std::vector<std::unique_ptr<Loop>> loops_;
    std::unique_ptr<Runner> writer_thread_;
    std::unique_ptr<Runner> registry_thread_;
    std::unique_ptr<Runner> audit_thread_;
    std::unique_ptr<Runner> mail_thread_;
    std::unique_ptr<AdminCommands> commands_;

    std::vector<Bound> listeners_;
    std::vector<Bound> plain_listeners_;
    std::optional<Bound> admin_listener_;
    std::atomic<bool> draining_{false};
    std::atomic<bool> failing_{false};
    ExitCode exit_code_ = ExitCode::ok;
    std::size_t undrained_ = 0;
    std::uint64_t reloads_ = 0, reloads_failed_ = 0;
    Histogram settle_;  // main thread
    bool running_ = false;
};

}  // namespace treeline
