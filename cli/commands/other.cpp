// explain, and `api` for every route that has no command of its own.
#include <algorithm>
#include <cctype>
#include <ostream>

#include "cli/commands/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/shell.hpp"

namespace treeline::cli {
namespace {

constexpr Parameter ask_parameters[]{
    {"--user", "user", Kind::user, Place::body, Missing::me, "Else you"},
    {"--device", "device", Kind::id},
    {"--org", "org", Kind::id, Place::body, Missing::nothing, "Instead of a device"},
    {"--action", "action", Kind::text, Place::body, Missing::refused,
     "view, control, … on a device; group.name on an org"}};
constexpr Parameter api_parameters[]{
    {"METHOD", "", Kind::text, Place::local, Missing::refused, "GET, POST, PUT, PATCH, DELETE"},
    {"PATH", "", Kind::text, Place::local, Missing::refused, "As /orgs/5, below /api/v1"},
    {"--body", "", Kind::text, Place::local, Missing::nothing, "JSON, or @FILE; @- is stdin"},
    {"--content-type", "", Kind::text, Place::local, Missing::nothing, "Else application/json"}};

int explain(Shell& shell, const Command& command, const Given& given) {
    if (given.has("--device") == given.has("--org")) {
        return static_cast<int>(complain(shell, "give either --device or --org", exit_usage));
    }
    return run_plain(shell, command, given);
}

Step<std::string> body_of(Shell& shell, const std::string& given) {
    return given.starts_with('@') ? read_file(shell, given.substr(1)) : Step<std::string>(given);
}

// A path with a space or a line's end would be another request than the one meant.
bool is_path(const std::string& path) {
    return path.starts_with('/') &&
           std::ranges::all_of(path, [](unsigned char c) { return c > 0x20 && c < 0x7F; });
}

int api(Shell& shell, const Command&, const Given& given) {
    std::string method = given.one("METHOD");
    std::ranges::transform(method, method.begin(),
                           [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    std::string path = given.one("PATH");
    if (path.starts_with("/api/v1/")) {
        path.erase(0, std::string_view("/api/v1").size());
    }
    const bool is_word = std::ranges::all_of(method, [](unsigned char c) { return isupper(c); });
    if (!is_word || method.empty() || !is_path(path)) {
        return static_cast<int>(complain(shell, "as in: treeline api GET /orgs", exit_usage));
    }
    auto body = body_of(shell, given.one("--body"));
    if (!body) {
        return static_cast<int>(body.error());
    }
    ApiRequest request{.method = method, .path = path, .body = *std::move(body), .accept = "*/*"};
    if (given.has("--content-type")) {
        request.content_type = given.one("--content-type");
    }
    const HttpAnswer answer = shell.client.send(request);
    if (!answer.is_success()) {
        return static_cast<int>(complain(shell, answer));
    }
    shell.outside.out << answer.body << (answer.body.ends_with('\n') ? "" : "\n");
    return exit_ok;
}

constexpr Command table[]{
    {"",
     "explain",
     "Why somebody may or may not",
     "POST",
     "/explain",
     ask_parameters,
     {},
     false,
     explain},
    {"",
     "api",
     "Any other call, with its answer as it came",
     {},
     {},
     api_parameters,
     {},
     false,
     api},
};

}  // namespace

std::span<const Command> other_commands() {
    return table;
}

}  // namespace treeline::cli
