// What the client needs of the world, handed in: so that a test scripts all of it.
#pragma once

#include <chrono>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>

#include "cli/http.hpp"

namespace treeline::cli {

struct Outside {
    std::function<HttpAnswer(const HttpCall&)> call;
    std::function<void(std::chrono::milliseconds)> wait;
    // 128 random bits in hex, for an Idempotency-Key.
    std::function<std::string()> fresh_key;
    // What is typed without echo after the prompt; nullopt where there is no terminal.
    std::function<std::optional<std::string>(const std::string& prompt)> ask_secret;
    // A variable's value; empty when it is not set.
    std::function<std::string(const std::string& name)> environment;
    std::istream& in;
    std::ostream& out;
    std::ostream& err;
};

}  // namespace treeline::cli
