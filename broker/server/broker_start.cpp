// From the data directory to a broker that listens.
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <malloc.h>
#include <openssl/rand.h>
#include <unistd.h>

#include "base/scheduling.hpp"
#include "broker/edge/development_certificate.hpp"
#include "broker/identity/password.hpp"
#include "broker/registry/replay.hpp"
#include "broker/server/admin_commands.hpp"
#include "broker/server/broker.hpp"
#include "broker/server/first_start.hpp"
#include "broker/server/key_file.hpp"
#include "broker/server/logging.hpp"
#include "broker/server/threads/history_desk.hpp"

namespace treeline {

namespace {

constexpr int backlog = 1024;
constexpr std::size_t audit_notes_max = 32'768;  // a watch of a whole tree makes one per org
// The audit may come a moment after, and the next push goes first: one down a whole tree gives it a
// line for each org.
constexpr int audit_niceness = 15;
constexpr int mail_niceness = 10;
// Prompt, but with half a shard's share (docs/adr/0012): a push down a whole tree is work for a
// tenth of a second.
constexpr int registry_niceness = 3;
// Values are saved soon, messages go out at once. On one core with a shard that is busy all the
// time a tenth is left for it; at 19 a message waits still less, but then values would fall behind.
constexpr int writer_niceness = 10;

std::unique_ptr<storage::RocksDatabase> open_database(const std::filesystem::path& directory) {
    auto opened = storage::RocksDatabase::open(directory, true);
    if (!opened) {
        const auto& error = opened.error();
        throw StartError(error.locked ? ExitCode::locked : ExitCode::storage, error.detail);
    }
    return std::move(*opened);
}

StartError bind_failure(const BindError& error) {
    switch (error.kind) {
        case BindError::Kind::in_use:
            return {ExitCode::port_in_use, error.detail};
        case BindError::Kind::no_right:
            return {ExitCode::no_right, error.detail};
        case BindError::Kind::other:
            break;
    }
    return {ExitCode::configuration, error.detail};
}

Bound bind_or_throw(const Endpoint& endpoint, bool first) {
    auto bound = bind_shared(endpoint, first);
    if (const auto* error = std::get_if<BindError>(&bound)) {
        throw bind_failure(*error);
    }
    return std::move(std::get<Bound>(bound));
}

// One socket per shard on the same port; the first learns which that is when it was 0.
std::vector<Bound> bind_group(const Endpoint& endpoint, std::uint32_t count) {
    std::vector<Bound> group;
    group.push_back(bind_or_throw(endpoint, true));
    while (group.size() < count) {
        group.push_back(bind_or_throw(group.front().local, false));
    }
    return group;
}

std::uint64_t random_seed() {
    std::uint64_t seed = 0;
    CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(&seed), sizeof(seed)) == 1);
    return seed;
}

}  // namespace

Broker::Broker(Settings settings)
    : settings_(std::move(settings)),
      paths_{settings_.data},
      journal_(journal()),
      ticket_keys_(fresh_ticket_keys()),
      control_({[this](int signal) { on_signal(signal); },
                [this](std::string line, Reply<std::string> reply) {
                    commands_->carry_out(line, std::move(reply));
                },
                [this](HttpRequest request, Reply<HttpResponse> reply) {
                    on_http(std::move(request), std::move(reply));
                }}),
      addresses_(settings_.edge.unauthenticated_per_ip, random_seed()),
      limiter_(settings_.edge.rates, random_seed()),
      commands_(std::make_unique<AdminCommands>(*this)) {
    format_ = prepare_data_directory(paths_, settings_.must_exist);
    open_storage();
    mail_key_ = key_of_file(paths_.mail_key());
    use_certificate();
    bind_listeners();
    load();
    open_audit();
    open_outbox();
    build_hub();
    build_loops();
}

std::uint32_t Broker::shard_count() const {
    if (settings_.shards != 0) {
        return settings_.shards;
    }
    return static_cast<std::uint32_t>(std::clamp(sysconf(_SC_NPROCESSORS_ONLN), 1L, 8L));
}

void Broker::open_storage() {
    registry_database_ = open_database(paths_.registry());
    values_database_ = open_database(paths_.values());
    audit_database_ = open_database(paths_.audit());
}

TlsFiles Broker::tls_files() const {
    if (settings_.certificate.empty()) {
        return {paths_.tls() / "cert.pem", paths_.tls() / "key.pem", settings_.legacy_suites,
                settings_.openssl_records};
    }
    return {settings_.certificate, settings_.key, settings_.legacy_suites,
            settings_.openssl_records};
}

void Broker::use_certificate() {
    if (settings_.certificate.empty()) {
        if (const auto made = make_development_certificate(paths_.tls()); !made) {
            throw StartError(ExitCode::configuration, made.error());
        }
    }
    auto loaded = TlsContext::load(tls_files(), ticket_keys_);
    if (!loaded) {
        throw StartError(ExitCode::configuration, loaded.error());
    }
    tls_ = std::move(*loaded);
}

void Broker::bind_listeners() {
    listeners_ = bind_group(settings_.listen, shard_count());
    if (settings_.plain_listen) {
        plain_listeners_ = bind_group(*settings_.plain_listen, shard_count());
    }
    if (settings_.admin_listen) {
        admin_listener_ = bind_or_throw(*settings_.admin_listen, true);
        // Whoever reaches it is asked for nothing.
        if (is_on_every_interface(admin_listener_->socket)) {
            throw StartError(ExitCode::configuration,
                             "admin.listen must name one address, such as 127.0.0.1:9090");
        }
    }
}

void Broker::load() {
    storage::Log& log = registry_database_->log();
    if (log.last() == 0) {
        found_log(log);
    }
    auto loaded = load_directory(registry_database_->store(), log);
    if (!loaded) {
        throw StartError(ExitCode::storage,
                         "the registry in " + paths_.registry().string() +
                             " can't be read: " + std::string(storage::name(loaded.error())));
    }
    world_ = std::make_shared<const Directory>(std::move(loaded->directory));
    ::malloc_trim(0);  // what a large directory was read with goes back to the system
    log_info("directory loaded revision=" + std::to_string(number(world_->revision())) +
             " replayed=" + std::to_string(loaded->replayed));
}

// What a crash has kept from the audit is derived again from the log: before anybody is served.
void Broker::open_audit() {
    const auto mark = AuditTrail::watermark(audit_database_->store());
    World base = world_;
    if (mark && *mark != world_->revision()) {
        auto past = directory_at(registry_database_->store(), registry_database_->log(), *mark);
        base = past ? std::make_shared<const Directory>(std::move(*past)) : nullptr;
    }
    if (!mark || base == nullptr) {
        throw StartError(ExitCode::storage, "the audit in " + paths_.audit().string() +
                                                " can't be read or is not this registry's");
    }
    AuditTrail::Parts parts{audit_database_->store(),
                            registry_database_->log(),
                            key_of_file(paths_.audit_key()),
                            [this] { fail("a write of the audit failed"); },
                            {.notes_max = audit_notes_max}};
    audit_ = std::make_unique<AuditTrail>(std::move(parts), std::move(base));
    audit_->follow(world_);
}

void Broker::build_hub() {
    const std::uint32_t count = shard_count();
    // With what a shard lets gather, a crash loses at most 100 ms of telemetry.
    storage::Writer::Limits writing;
    writing.sync_interval_max = Millis{100} - settings_.hub.save_after_max;
    series_ = std::make_unique<SeriesKeeper>(values_database_->store(), settings_.series);
    writer_ = std::make_unique<storage::Writer>(
        values_database_->store(), writing, [this] { on_synced(); },
        [this](std::string_view key, std::string_view value, std::vector<storage::Write>& batch) {
            series_->join(key, value, batch);
        });
    sink_ = std::make_unique<WriterSink>(*writer_);
    const auto wake_one = [this](std::uint32_t shard) { wake(shard); };
    lanes_ = std::make_unique<Lanes>(count, settings_.hub.lane_capacity, wake_one);
    settlement_ = std::make_unique<Settlement>(count, world_->revision(), wake_one,
                                               [this] { registry_->settled_moved(); });
    for (std::uint32_t index = 0; index < count; ++index) {
        shards_.push_back(
            std::make_unique<Shard>(index, *lanes_, *settlement_, *sink_, settings_.hub, world_));
    }
    if (const auto restored = restore_values(values_database_->store(), shards_); !restored) {
        throw StartError(ExitCode::storage,
                         "the values in " + paths_.values().string() + " can't be read");
    }
    Registry::Limits limits;
    limits.tree = settings_.tree;
    Registry::Hooks hooks;
    hooks.in_doubt = [this] { fail("a registry write is in doubt"); };
    hooks.acknowledged = [this](Revision revision, std::chrono::microseconds took) {
        on_acknowledged(revision, took);
    };
    hooks.settled = [this](World world) {
        outbox_->follow(world);
        audit_->follow(std::move(world));
    };
    hooks.checkpoint = [this](World world) {
        // Full: the next one will do.
        static_cast<void>(worker_.post(Task([this, world = std::move(world)](Nothing) {
            static_cast<void>(write_checkpoint(registry_database_->store(), *world));
        })));
    };
    registry_ = std::make_unique<Registry>(registry_database_->log(), world_, *settlement_, limits,
                                           std::move(hooks));
}

void Broker::build_loops() {
    past_ = make_past_desk(past_worker_, registry_database_->store(), registry_database_->log());
    std::vector<Loop*> all;
    for (const auto& shard : shards_) {
        loops_.push_back(std::make_unique<Loop>(LoopParts{
            *shard, *registry_, addresses_, limiter_, settings_.edge, journal_, tls_,
            [this](std::function<void(Task)> post) {
                return make_password_desk(passwords_, std::move(post));
            },
            [this] { return draining_.load(std::memory_order_acquire); },
            [this] { return registry_->is_due(); }, audit_.get(), mail_key_, past_.get(),
            [this](Task&& task) { return tree_worker_.post(std::move(task)); },
            [this](std::function<void(Task)> post) {
                return make_history_desk(readers_, values_database_->store(), std::move(post));
            }}));
        all.push_back(loops_.back().get());
    }
    for (Loop* loop : all) {
        loop->know(all);
    }
}

void Broker::start_threads() {
    writer_thread_ = std::make_unique<Runner>("values", [this] {
        become_nicer(writer_niceness);
        writer_->run();
    });
    audit_thread_ = std::make_unique<Runner>("audit", [this] {
        become_nicer(audit_niceness);
        audit_->run();
    });
    mail_thread_ = std::make_unique<Runner>("mail", [this] {
        become_nicer(mail_niceness);
        outbox_->run();
    });
    registry_thread_ = std::make_unique<Runner>("registry", [this] {
        become_nicer(registry_niceness);
        become_prompt();
        registry_->run();
    });
    for (const auto& loop : loops_) {
        loop->start();
    }
    running_ = true;
}

SubmitResult Broker::submit_and_wait(Command command) {
    // Shared: the registry still notifies it when this thread has its answer and has gone on.
    const auto answer = std::make_shared<Mailbox<SubmitResult>>(1);
    registry_->submit(
        {Actor{Operator{}}, std::move(command), Reply<SubmitResult>([answer](SubmitResult result) {
             CHECK(answer->push(std::move(result)));
         })});
    std::vector<SubmitResult> taken;
    while (taken.empty()) {
        answer->take_or_wait(taken, Millis(1'000));
    }
    return std::move(taken.front());
}

// A crash between the log's first entry and the first root leaves a log without one: made now.
void Broker::found_root() {
    if (!world_->roots().empty()) {
        return;
    }
    const FirstAdmin admin = first_admin();
    CreateRoot root{"root", admin.email, "Administrator", hash_password(admin.password)};
    const auto made = submit_and_wait(Command(std::move(root)));
    if (!made) {
        const bool in_doubt = made.error().code == RefusalCode::in_doubt;
        throw StartError(in_doubt ? ExitCode::storage : ExitCode::configuration,
                         "the first admin can't be made: " + made.error().detail);
    }
    if (admin.generated) {
        std::printf("admin %s password %s\n", admin.email.c_str(), admin.password.c_str());
    }
}

void Broker::open_doors() {
    for (std::size_t index = 0; index < loops_.size(); ++index) {
        CHECK(start_listening(listeners_[index].socket, backlog));
        loops_[index]->listen(std::move(listeners_[index].socket), true);
        if (!plain_listeners_.empty()) {
            CHECK(start_listening(plain_listeners_[index].socket, backlog));
            loops_[index]->listen(std::move(plain_listeners_[index].socket), false);
        }
    }
    if (!control_.listen_admin(paths_.admin_socket().string())) {
        throw StartError(ExitCode::configuration,
                         "can't make the admin socket " + paths_.admin_socket().string());
    }
    if (admin_listener_) {
        CHECK(start_listening(admin_listener_->socket, 16));
        control_.listen_http(std::move(admin_listener_->socket));
    }
}

void Broker::announce() {
    if (admin_listener_) {
        log_info("admin listener on " + to_string(admin_listener_->local));
    }
    if (!plain_listeners_.empty()) {
        log_info("plain listener on " + to_string(plain_listeners_.front().local));
        std::printf("plain listening on %s\n", to_string(plain_listeners_.front().local).c_str());
    }
    std::printf("listening on %s\n", to_string(listeners_.front().local).c_str());
    std::fflush(stdout);
    log_info("listening address=" + to_string(listeners_.front().local) +
             " shards=" + std::to_string(loops_.size()));
}

}  // namespace treeline
