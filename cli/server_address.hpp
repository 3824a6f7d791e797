// Where the broker is: an https URL, taken apart.
#pragma once

#include <string>

#include "base/result.hpp"
#include "cli/wrong.hpp"

namespace treeline::cli {

struct ServerAddress {
    std::string url;  // "https://host:port", by which a session knows its server
    std::string host;
    std::string port;

    // Whether it is this machine: only there is a development CA of the working folder trusted.
    bool is_local() const;
};

// Fails with what is wrong, in words. Only https: a token never travels in the clear.
ResultOf<ServerAddress, Wrong> parse_server(const std::string& url);

}  // namespace treeline::cli
