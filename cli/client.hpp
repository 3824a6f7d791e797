// Calls of the platform API: who calls, what is repeated, and when tokens are traded.
#pragma once

#include <string>

#include "cli/outside.hpp"
#include "cli/server_address.hpp"
#include "cli/session_file.hpp"

namespace treeline::cli {

struct ApiRequest {
    std::string method;
    std::string path;  // below /api/v1, with its query
    std::string body;
    std::string content_type = "application/json";
    std::string accept = "application/json";
};

// Where calls go and whose they are.
struct Access {
    ServerAddress server;
    std::string ca_file;
    std::string token;            // empty: nobody
    bool is_of_session = false;   // the token stands in the session file and can be traded
    std::string idempotency_key;  // of every POST; empty: a fresh one each
};

// A call is repeated, at most 5 times, after a 503 or a broken connection, where that is safe: a
// GET, or a POST by its Idempotency-Key. What else was sent and not answered is left in doubt.
// Owned by one thread.
class Client {
  public:
    Client(Outside& outside, Access access, SessionFile file)
        : outside_(outside), access_(std::move(access)), file_(std::move(file)) {}

    // On 401 the session's tokens are traded once and the call made again.
    HttpAnswer send(const ApiRequest& request);
    const Access& access() const { return access_; }
    const SessionFile& session_file() const { return file_; }

  private:
    HttpAnswer repeat(const ApiRequest& request, const std::string& key);
    HttpCall http_call(const ApiRequest& request, const std::string& key) const;
    // 2xx when there is a new access token; 401 when the session is over.
    HttpAnswer refresh();

    Outside& outside_;
    Access access_;
    SessionFile file_;
};

}  // namespace treeline::cli
