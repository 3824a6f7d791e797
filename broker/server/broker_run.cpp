// A running broker: signals, certificates, failure, drain and the last sync.
#include <csignal>

#include "broker/registry/replay.hpp"
#include "broker/server/admin_commands.hpp"
#include "broker/server/broker.hpp"
#include "broker/server/logging.hpp"

namespace treeline {

namespace {

constexpr Millis drain_max{10'000};
constexpr Millis failure_grace{500};  // for the answers that say `in_doubt`
constexpr Millis ticket_key_life{12L * 3'600 * 1'000};

}  // namespace

ExitCode Broker::run() {
    start_threads();
    found_root();
    open_doors();
    announce();
    control_.after(ticket_key_life, Task([this](Nothing) { rotate_tickets(); }));
    control_.run();
    shut_down();
    return exit_code_;
}

void Broker::wake(std::uint32_t shard) {
    if (shard < loops_.size()) {
        loops_[shard]->wake();
    }
}

void Broker::wake_all() {
    for (const auto& loop : loops_) {
        loop->wake();
    }
}

// The writer's thread: stored values may be acknowledged now.
void Broker::on_synced() {
    if (writer_->failed()) {
        fail("a write of values failed");
    }
    wake_all();
}

// The registry's thread.
void Broker::on_acknowledged(Revision revision, std::chrono::microseconds took) {
    if (journal_.tracing()) {
        log_trace("acknowledged revision=" + std::to_string(number(revision)) + " settle_us=" +
                  std::to_string(took.count()) + " at_us=" + std::to_string(steady_micros()));
    }
    control_.post(
        Task([this, took](Nothing) { settle_.add(static_cast<std::uint64_t>(took.count())); }));
}

// Any thread. The disk can't be trusted any more: answer what waits, stop, let a restart decide.
void Broker::fail(std::string_view why) {
    if (failing_.exchange(true)) {
        return;
    }
    log_error(std::string("storage failed, stopping: ").append(why));
    control_.post(Task([this](Nothing) {
        exit_code_ = ExitCode::storage;
        control_.after(failure_grace, Task([this](Nothing) { control_.stop(); }));
    }));
}

void Broker::on_signal(int signal) {
    if (signal == SIGHUP) {
        return reload();
    }
    if (signal == SIGTERM || signal == SIGINT) {
        draining_.load() ? control_.stop() : begin_drain();
    }
}

// A broken certificate keeps the old one: those who are connected notice nothing either way.
void Broker::reload() {
    auto loaded = TlsContext::load(tls_files(), ticket_keys_);
    if (!loaded) {
        ++reloads_failed_;
        log_error("reload refused, the old certificate stays: " + loaded.error());
        return;
    }
    ++reloads_;
    tls_ = std::move(*loaded);
    for (const auto& loop : loops_) {
        loop->use(tls_);
    }
    log_info("certificate reloaded");
}

void Broker::rotate_tickets() {
    ticket_keys_ = rotate(ticket_keys_);
    reload();
    control_.after(ticket_key_life, Task([this](Nothing) { rotate_tickets(); }));
}

void Broker::begin_drain() {
    if (draining_.exchange(true)) {
        return;
    }
    log_info("draining");
    undrained_ = loops_.size();
    for (const auto& loop : loops_) {
        loop->drain(Reply<Nothing>([this](Nothing) {
            control_.post(Task([this](Nothing) {
                if (--undrained_ == 0) {
                    control_.stop();
                }
            }));
        }));
    }
    control_.after(drain_max, Task([this](Nothing) { control_.stop(); }));
}

// The registry first, while the shards still settle for it; then the shards, then the values.
void Broker::shut_down() {
    if (!running_) {
        return;
    }
    running_ = false;
    draining_.store(true);
    outbox_->stop();  // a letter under way gets a moment, while the others end
    registry_->stop();
    registry_thread_->join();
    mail_thread_->join();
    audit_->stop();
    audit_thread_->join();
    passwords_.stop_and_join();
    past_worker_.stop_and_join();
    tree_worker_.stop_and_join();
    readers_.stop_and_join();
    for (const auto& loop : loops_) {
        loop->stop_and_join();
    }
    world_ = shards_.front()->world();
    for (const auto& shard : shards_) {
        shard->save();
    }
    writer_->stop();
    writer_thread_->join();
    worker_.stop_and_join();
    if (!failing_.load()) {
        static_cast<void>(write_checkpoint(registry_database_->store(), *world_));
    }
    log_info("stopped");
}

Broker::~Broker() {
    shut_down();
}

}  // namespace treeline
