#include "cli/run.hpp"

#include <filesystem>
#include <ostream>

#include "cli/command_line.hpp"
#include "cli/exit_code.hpp"
#include "cli/shell.hpp"
#include "cli/table.hpp"

namespace treeline::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* default_server = "https://127.0.0.1:8443";
constexpr const char* development_ca = "treeline-data/tls/ca.pem";

SessionFile session_file(const Outside& outside) {
    const std::string config = outside.environment("XDG_CONFIG_HOME");
    const fs::path folder =
        config.empty() ? fs::path(outside.environment("HOME")) / ".config" : fs::path(config);
    return SessionFile(folder / "treeline" / "session.json");
}

std::string first(std::initializer_list<std::string> choices) {
    for (const std::string& choice : choices) {
        if (!choice.empty()) {
            return choice;
        }
    }
    return {};
}

// A session's CA and tokens serve its own server only.
std::string ca_file(const Outside& outside, const Globals& globals, const ServerAddress& server,
                    const std::optional<Session>& session) {
    const std::string given =
        first({globals.ca, outside.environment("TREELINE_CA"), session ? session->ca_file : ""});
    std::error_code ignored;
    if (!given.empty()) {
        return fs::absolute(given, ignored).string();
    }
    if (server.is_local() && fs::exists(development_ca, ignored)) {
        return fs::absolute(development_ca, ignored).string();
    }
    return {};
}

}  // namespace

int run(int argc, const char* const* argv, Outside& outside) {
    const CommandLine line = parse_command_line(argc, argv, outside.out, outside.err);
    if (!line.command) {
        return line.exit_code;
    }
    const SessionFile file = session_file(outside);
    std::optional<Session> session = file.load();
    const auto server =
        parse_server(first({line.globals.server, outside.environment("TREELINE_SERVER"),
                            session ? session->server : "", default_server}));
    if (!server) {
        outside.err << "treeline: " << safe_text(server.error().what) << '\n';
        return exit_usage;
    }
    if (session && session->server != server->url) {
        session.reset();
    }
    const std::string token = first({line.globals.token, outside.environment("TREELINE_TOKEN")});
    const std::string ca = ca_file(outside, line.globals, *server, session);
    if (!token.empty()) {
        session.reset();
    }
    Client client(outside,
                  {.server = *server,
                   .ca_file = ca,
                   .token = session ? session->access_token : token,
                   .is_of_session = session.has_value(),
                   .idempotency_key = line.globals.idempotency_key},
                  file);
    Shell shell{outside, client, line.globals, std::move(session)};
    return line.command->run(shell, *line.command, line.given);
}

}  // namespace treeline::cli
