// One HTTPS call and its answer, as plain values. Any thread; blocks until the answer or a
// deadline.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace treeline::cli {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct HttpCall {
    std::string host;  // a name, or an address without brackets
    std::string port;
    std::string ca_file;  // PEM; empty: the system's CAs
    std::string method;
    std::string target;
    Headers headers;
    std::string body;
};

struct HttpAnswer {
    unsigned status = 0;  // 0: there was none, `failure` says why
    Headers headers;      // names as they came
    std::string body;
    std::string failure;
    bool was_sent = false;  // whether the server may have acted on the call
    unsigned tries = 1;     // how often it was sent before this answer

    bool is_success() const { return status >= 200 && status < 300; }
    // The first header of that name, letters' case aside; empty where there is none.
    std::string header(std::string_view name) const;
};

// Bounds: 10 s to connect, 60 s for the answer, 256 MiB of body. A failure is a value.
HttpAnswer call(const HttpCall& call);

// Lets time pass between two tries.
void wait(std::chrono::milliseconds time);

}  // namespace treeline::cli
