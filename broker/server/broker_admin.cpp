// What operators ask of a running broker: reports, backups, checks, another tree.
#include "broker/identity/password.hpp"
#include "broker/registry/replay.hpp"
#include "broker/server/broker.hpp"
#include "broker/server/logging.hpp"

namespace treeline {

namespace {

namespace fs = std::filesystem;

// Values first and the registry last: the copy never holds a value of a device it doesn't know, nor
// an audit of changes that it hasn't.
std::string make_backup(storage::RocksDatabase& values, storage::RocksDatabase& audit,
                        storage::RocksDatabase& registry, const DataPaths& paths,
                        const fs::path& directory, Format format) {
    std::error_code error;
    if (!fs::create_directories(directory, error)) {
        return "the directory must be new and its place writable: " + directory.string();
    }
    const DataPaths copy{directory};
    if (!values.checkpoint(copy.values()) || !audit.checkpoint(copy.audit()) ||
        !registry.checkpoint(copy.registry())) {
        return "the copy failed";
    }
    std::error_code uncopied;
    if (!fs::copy_file(paths.audit_key(), copy.audit_key(), uncopied) ||
        !fs::copy_file(paths.mail_key(), copy.mail_key(), uncopied)) {
        return "a key can't be copied";
    }
    ++format.incarnation;  // whoever starts on it is another life of this broker
    try {
        write_format(copy.format(), format);
    } catch (const StartError& failed) {
        return failed.what();
    }
    return {};
}

std::string verify_databases(const storage::RocksDatabase& values,
                             storage::RocksDatabase& registry) {
    if (!values.verify()) {
        return "the values are damaged";
    }
    if (!registry.verify()) {
        return "the registry is damaged";
    }
    if (!load_directory(registry.store(), registry.log())) {
        return "the registry can't be replayed";
    }
    return {};
}

std::string verify_copy(const fs::path& directory) {
    const DataPaths copy{directory};
    const auto values = storage::RocksDatabase::open(copy.values(), false);
    if (!values) {
        return values.error().detail;
    }
    const auto registry = storage::RocksDatabase::open(copy.registry(), false);
    if (!registry) {
        return registry.error().detail;
    }
    return verify_databases(**values, **registry);
}

HttpResponse plain(unsigned status, std::string body) {
    HttpResponse response;
    response.status = status;
    response.headers = {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}};
    response.body = std::move(body);
    return response;
}

}  // namespace

// One task to each loop; the last answer completes the report, back on the main thread.
void Broker::report(Reply<BrokerReport> reply) {
    struct Gathering {
        BrokerReport report;
        Reply<BrokerReport> reply;
        std::size_t missing = 0;
    };
    auto gathering = std::make_shared<Gathering>();
    gathering->reply = std::move(reply);
    gathering->missing = loops_.size();
    BrokerReport& report = gathering->report;
    const Registry::Counters& counters = registry_->counters();
    report.revision = number(settlement_->published());
    report.settled = number(settlement_->settled());
    report.incarnation = format_.incarnation;
    report.accepted = counters.accepted.load();
    report.refused = counters.refused.load();
    report.fsyncs = counters.fsyncs.load();
    report.fsync_us = counters.fsync_us.load();
    report.fences = counters.fences.load();
    report.values_lag_ms = static_cast<std::uint64_t>(
        std::max<std::int64_t>(0, writer_->lag(read_clock().steady).count()));
    report.values_shed = writer_->shed();
    report.reloads = reloads_;
    report.reloads_failed = reloads_failed_;
    report.settle = settle_;
    report.draining = draining_.load();
    report.mail = mail_report();
    report.shards.resize(loops_.size());
    for (const auto& loop : loops_) {
        loop->post(Task([this, gathering, asked = loop.get()](Nothing) {
            ShardReport row{asked->shard().index(), asked->shard().counters(), asked->counters()};
            control_.post(Task([gathering, row](Nothing) {
                gathering->report.shards[row.index] = row;
                if (--gathering->missing == 0) {
                    gathering->reply(std::move(gathering->report));
                }
            }));
        }));
    }
}

void Broker::backup(std::string directory, Reply<std::string> reply) {
    auto shared = std::make_shared<Reply<std::string>>(std::move(reply));
    const bool taken = worker_.post(Task([this, directory, shared](Nothing) {
        std::string problem = make_backup(*values_database_, *audit_database_, *registry_database_,
                                          paths_, directory, format_);
        control_.post(Task([shared, problem](Nothing) { (*shared)(problem); }));
    }));
    if (!taken) {
        (*shared)("too much is under way already");
    }
}

void Broker::verify(std::string directory, Reply<std::string> reply) {
    auto shared = std::make_shared<Reply<std::string>>(std::move(reply));
    const bool taken = worker_.post(Task([this, directory, shared](Nothing) {
        std::error_code error;
        const bool own = fs::equivalent(directory, paths_.root, error) && !error;
        std::string problem =
            own ? verify_databases(*values_database_, *registry_database_) : verify_copy(directory);
        control_.post(Task([shared, problem](Nothing) { (*shared)(problem); }));
    }));
    if (!taken) {
        (*shared)("too much is under way already");
    }
}

void Broker::new_root(CreateRoot root, std::string password, Reply<SubmitResult> reply) {
    auto shared = std::make_shared<Reply<SubmitResult>>(std::move(reply));
    const bool taken = passwords_.post(Task([this, root, password, shared](Nothing) mutable {
        root.password_verifier = hash_password(password);
        registry_->submit({Actor{Operator{}}, Command(std::move(root)),
                           Reply<SubmitResult>([this, shared](SubmitResult result) {
                               control_.post(
                                   Task([shared, result](Nothing) { (*shared)(result); }));
                           })});
    }));
    if (!taken) {
        (*shared)(Refusal{.code = RefusalCode::overloaded, .missing = {}, .detail = "Busy."});
    }
}

void Broker::on_http(HttpRequest request, Reply<HttpResponse> reply) {
    const std::string path = request.target.substr(0, request.target.find('?'));
    if (request.method != "GET" && request.method != "HEAD") {
        return reply(plain(405, "GET only\n"));
    }
    if (path == "/healthz") {
        return reply(plain(200, "ok\n"));
    }
    if (path == "/readyz") {
        return reply(draining_.load() ? plain(503, "draining\n") : plain(200, "ready\n"));
    }
    if (path == "/metrics") {
        return report([reply = std::move(reply)](const BrokerReport& report) mutable {
            reply(plain(200, metrics_text(report)));
        });
    }
    reply(plain(404, "not found\n"));
}

}  // namespace treeline
