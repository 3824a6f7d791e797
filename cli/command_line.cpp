#include "cli/command_line.hpp"

#include <map>

#include <CLI/CLI.hpp>

#include "cli/exit_code.hpp"

namespace treeline::cli {
namespace {

bool is_list(Kind kind) {
    return kind == Kind::ids || kind == Kind::texts || kind == Kind::roles || kind == Kind::map;
}

// They stand before the noun or behind the verb.
void add_globals(CLI::App& app, Globals& globals) {
    const char* const group = "Everywhere";
    app.add_option("--server", globals.server,
                   "https://HOST[:PORT] (TREELINE_SERVER; else where you signed in, else "
                   "https://127.0.0.1:8443)")
        ->group(group);
    app.add_option("--ca", globals.ca,
                   "CA certificates to trust, PEM (TREELINE_CA); for this machine "
                   "treeline-data/tls/ca.pem if it is there")
        ->group(group);
    app.add_option("--token", globals.token, "An access token (better: TREELINE_TOKEN)")
        ->group(group);
    app.add_option("--idempotency-key", globals.idempotency_key,
                   "Of a POST, to repeat one of an earlier run; else a fresh one")
        ->group(group);
    app.add_flag("--json", globals.json, "The server's JSON instead of columns")->group(group);
}

void add_parameter(CLI::App& leaf, const Parameter& parameter, Given& given) {
    const std::string name(parameter.name);
    const std::string help(parameter.help);
    if (parameter.kind == Kind::flag || parameter.kind == Kind::off) {
        leaf.add_flag_callback(name, [&given, name] { given.values[name] = {""}; }, help);
        return;
    }
    const bool is_required = parameter.missing == Missing::refused;
    if (!is_list(parameter.kind)) {
        leaf.add_option_function<std::string>(
                name, [&given, name](const std::string& text) { given.values[name] = {text}; },
                help)
            ->required(is_required);
        return;
    }
    CLI::Option* const option = leaf.add_option_function<std::vector<std::string>>(
        name, [&given, name](const std::vector<std::string>& texts) { given.values[name] = texts; },
        help);
    option->required(is_required)->expected(1, -1);
    if (name.starts_with('-')) {  // else it would swallow what follows
        option->allow_extra_args(false);
        option->take_all();
    }
    if (parameter.kind == Kind::ids || parameter.kind == Kind::roles) {
        option->delimiter(',');
    }
}

CLI::App& noun_of(CLI::App& app, const Command& command) {
    if (command.noun.empty()) {
        return app;
    }
    const std::string noun(command.noun);
    for (CLI::App* const known :
         app.get_subcommands([&](const CLI::App* sub) { return sub->get_name() == noun; })) {
        return *known;
    }
    CLI::App* const made = app.add_subcommand(noun, "See: treeline " + noun + " --help");
    made->require_subcommand(1);
    return *made;
}

void add_command(CLI::App& app, const Command& command, CommandLine& line) {
    CLI::App* const leaf =
        noun_of(app, command)
            .add_subcommand(std::string(command.verb), std::string(command.summary));
    for (const Parameter& parameter : command.parameters) {
        add_parameter(*leaf, parameter, line.given);
    }
    if (command.is_list) {
        leaf->add_option("--limit", line.globals.limit, "At most so many rows; else all");
    }
    add_globals(*leaf, line.globals);
    leaf->callback([&line, &command] { line.command = command; });
}

}  // namespace

CommandLine parse_command_line(int argc, const char* const* argv, std::ostream& out,
                               std::ostream& err) {
    CommandLine line;
    const std::vector<Command> commands = all_commands();
    CLI::App app("Operates a Treeline broker over its platform API.", "treeline");
    app.set_version_flag("--version", "treeline 0.1.0");
    app.require_subcommand(1);
    add_globals(app, line.globals);
    for (const Command& command : commands) {
        add_command(app, command, line);
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        line.command.reset();
        line.exit_code = app.exit(error, out, err) == 0 ? exit_ok : exit_usage;
    }
    return line;
}

}  // namespace treeline::cli
