// What a running command has at hand, and the steps that commands share.
#pragma once

#include <optional>

#include "base/result.hpp"
#include "cli/client.hpp"
#include "cli/command.hpp"
#include "cli/json.hpp"

namespace treeline::cli {

// What may stand with every command.
struct Globals {
    std::string server;
    std::string ca;
    std::string token;
    std::string idempotency_key;
    std::uint64_t limit = 0;  // rows of a list; 0: all
    bool json = false;
};

// Owned by one thread.
struct Shell {
    Outside& outside;
    Client& client;
    Globals globals;
    std::optional<Session> session;  // that the access token is of
};

// A step that failed has told why; this is how the client ends then.
enum class Exit : int {};
template <class T>
using Step = ResultOf<T, Exit>;

Exit complain(Shell& shell, const std::string& line, int exit_code);
// Tells what a failed call means.
Exit complain(Shell& shell, const HttpAnswer& answer);

// An answer: as it came, and what it says.
struct Reply {
    std::string text;
    json::value value;
};

// The call, with `me`, the home org and the names of roles looked up.
Step<ApiRequest> prepare(Shell& shell, const Command& command, const Given& given);
// Anything but a 2xx with JSON is told and ends the command.
Step<Reply> ask(Shell& shell, const ApiRequest& request);
// A whole list, over all its pages, as one; a list of one page stays as it came.
Step<Reply> ask_all(Shell& shell, const ApiRequest& request);
// A secret from the variable, else typed; typed twice when it is new.
Step<std::string> secret(Shell& shell, const std::string& variable, const std::string& prompt,
                         bool is_new);
// A file's bytes; `-` is the standard input.
Step<std::string> read_file(Shell& shell, const std::string& path);

// The answer as it came or in columns, as was asked for.
void show(Shell& shell, const Reply& reply, std::string_view columns);

}  // namespace treeline::cli
