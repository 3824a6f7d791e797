// The broker's mail: the outbox put together, and what operators see of it.
#include <algorithm>

#include <boost/json.hpp>

#include "broker/server/broker.hpp"
#include "broker/server/logging.hpp"

namespace treeline {

namespace {

namespace json = boost::json;

constexpr std::size_t parked_shown_max = 1'000;  // the newest

std::string parked_json(const storage::Result<std::map<mail::Position, mail::Parked>>& parked) {
    if (!parked) {
        return json::serialize(json::object{{"exit", static_cast<int>(ExitCode::storage)},
                                            {"error", "the outbox can't be read"}});
    }
    json::array rows;
    for (auto at = parked->rbegin(); at != parked->rend() && rows.size() < parked_shown_max; ++at) {
        rows.push_back(json::object{{"letter", to_string(at->first)},
                                    {"why", at->second.why},
                                    {"parked_at_ms", to_unix_ms(at->second.at)}});
    }
    return json::serialize(
        json::object{{"exit", 0}, {"parked", parked->size()}, {"newest", std::move(rows)}});
}

}  // namespace

// Without a name of our own, links lead to where we listen.
std::string Broker::base_url() const {
    if (!settings_.edge.public_base_url.empty()) {
        return settings_.edge.public_base_url;
    }
    Endpoint local = listeners_.front().local;
    if (local.host == "0.0.0.0" || local.host == "::") {
        local.host = "localhost";
    }
    return "https://" + to_string(local);
}

void Broker::open_outbox() {
    const MailSettings& settings = settings_.mail;
    carrier_ = make_carrier(settings, base_url(), paths_.mail());
    mail::Sender sender{settings.from.empty() ? "treeline@localhost" : settings.from,
                        settings.from_name, base_url(), mail_key_};
    mail::Outbox::Limits limits;
    limits.retry_min = settings.retry;
    mail::Outbox::Parts parts{.store = registry_database_->store(),
                              .log = registry_database_->log(),
                              .carrier = *carrier_,
                              .sender = std::move(sender),
                              .failed = [this] { fail("a write of the outbox failed"); },
                              .limits = limits};
    outbox_ = std::make_unique<mail::Outbox>(std::move(parts));
    if (!outbox_->open()) {
        throw StartError(ExitCode::storage,
                         "the outbox in " + paths_.registry().string() + " can't be read");
    }
    outbox_->follow(world_);
    log_info(mail_route(settings, paths_.mail()));
}

MailReport Broker::mail_report() const {
    const mail::OutboxCounters& counters = outbox_->counters();
    MailReport report;
    report.waiting = counters.waiting.load();
    report.parked = counters.parked.load();
    report.sent = counters.sent.load();
    report.deferred = counters.deferred.load();
    report.refused = counters.refused.load();
    report.expired = counters.expired.load();
    report.withdrawn = counters.withdrawn.load();
    report.is_paused = counters.is_paused.load();
    if (const std::int64_t oldest = counters.oldest_ms.load(); oldest != 0) {
        report.oldest_ms = static_cast<std::uint64_t>(
            std::max<std::int64_t>(0, to_unix_ms(read_clock().wall) - oldest));
    }
    return report;
}

void Broker::parked_mail(Reply<std::string> reply) {
    auto shared = std::make_shared<Reply<std::string>>(std::move(reply));
    const bool taken = worker_.post(Task([this, shared](Nothing) {
        std::string answer = parked_json(mail::OutboxStore(registry_database_->store()).parked());
        control_.post(Task([shared, answer](Nothing) { (*shared)(answer); }));
    }));
    if (!taken) {
        (*shared)(R"({"exit":70,"error":"too much is under way already"})");
    }
}

}  // namespace treeline
