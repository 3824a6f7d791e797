// The platform API as a function of requests: no sockets, no threads. One per shard, on its thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/reply.hpp"
#include "base/time.hpp"
#include "broker/api/client_address.hpp"
#include "broker/api/limiter.hpp"
#include "broker/hub/series.hpp"
#include "broker/hub/shard.hpp"
#include "broker/identity/token.hpp"
#include "broker/registry/audit.hpp"
#include "broker/registry/past.hpp"
#include "broker/registry/registry.hpp"

namespace treeline {

struct HttpRequest {
    std::string method;                                        // as sent: "GET"
    std::string target;                                        // path and query, undecoded
    std::vector<std::pair<std::string, std::string>> headers;  // names lower-cased, in order
    std::string body;
    std::string peer;  // the connection's address, without port
};
struct HttpResponse {
    unsigned status = 200;
    std::vector<std::pair<std::string, std::string>> headers;  // without Content-Length and Date
    std::string body;
};

// Password work, off the shard. Implemented by server's pool; the reply comes on the caller's
// shard. False, reply untouched, when the queue is full: answer 503 with Retry-After.
class PasswordWorker {
  public:
    virtual ~PasswordWorker() = default;
    [[nodiscard]] virtual bool verify(std::string password, std::string verifier,
                                      Reply<bool>&& reply) = 0;
    [[nodiscard]] virtual bool hash(std::string password, Reply<std::string>&& reply) = 0;
};

// Reads history off the shard (hub/series). Implemented by server's worker; the reply comes on the
// caller's shard. False, reply untouched, when the queue is full: answer 503 with Retry-After.
class SeriesReader {
  public:
    virtual ~SeriesReader() = default;
    [[nodiscard]] virtual bool read(SeriesQuery query,
                                    Reply<storage::Result<SeriesPage>>&& reply) = 0;
};

struct Route;

struct ApiParts {
    Shard& shard;
    Submitter& registry;
    PasswordWorker& passwords;
    std::function<void(Task)> post;                    // any thread: run on this shard's thread
    std::function<void(std::span<std::byte>)> random;  // cryptographic
    std::function<Now()> clock = read_clock;
    std::function<bool()> draining = [] { return false; };  // for /readyz
    AuditDesk* audit = nullptr;                             // null: nothing is recorded
    Limiter* limiter = nullptr;       // shared by all shards; null: nothing is limited
    AddressRanges trusted_proxies{};  // whose X-Forwarded-For is believed
    std::string public_base_url{};    // "https://example.com", for links in mails
    MailKey mail_key{};               // what tokens in mails are made from
    // Runs a task that looks at a whole tree, on a thread of its own (here: at once). Any thread.
    // False, task untouched, when too many wait.
    std::function<bool(Task&&)> aside = [](Task&& task) {
        task(Nothing{});
        return true;
    };
    PastDesk* past = nullptr;        // null: there is no time travel
    SeriesReader* series = nullptr;  // null: there is no history
    // Before each handler, before work aside and before a command's outcome is shown: what it
    // throws stands for a fault in there. Null but in tests.
    std::function<void(const Route&)> fault{};
    // A handler threw: the id of its request, as the 500 shows it, and what. For the log.
    std::function<void(std::string_view request, std::string_view what)> failed{};
};

class Api {
  public:
    explicit Api(ApiParts parts);
    ~Api();
    // Answers every request, known or not. The reply is called on this thread, maybe at once.
    void handle(HttpRequest request, Reply<HttpResponse> reply);
    // Once a turn, after the shard has adopted what was published: reads that waited for a revision
    // go on, or are answered that it has not come.
    void advance(Now now);
    SteadyTime deadline() const;
    // A device's own `meta set`, durable before the reply.
    void set_device_meta(DeviceId device, std::string name, std::string value, Reply<bool> reply);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// The body of an error that the HTTP door finds itself (400 malformed, 413, 431, 408 …), in the
// same problem+json shape.
HttpResponse problem_response(unsigned status, std::string_view code, std::string_view detail);

}  // namespace treeline
