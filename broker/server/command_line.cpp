// treelined [OPTIONS] | treelined new-root … | treelined admin COMMAND…
#include "broker/server/command_line.hpp"

#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <sys/stat.h>

#include "broker/edge/control_loop.hpp"
#include "broker/edge/tls_context.hpp"
#include "broker/edge/tls_memory.hpp"
#include "broker/server/admin_client.hpp"
#include "broker/server/broker.hpp"
#include "broker/server/logging.hpp"
#include "broker/server/settings.hpp"

namespace treeline {

namespace {

constexpr const char* version = "treelined 0.1.0";

struct Arguments {
    std::string data;
    std::string config;
    std::string listen;
    std::string admin_listen;
    std::uint32_t shards = 0;
    bool check = false;
    std::string root_name;
    std::string root_email;
    std::vector<std::string> admin_words;
};

struct Program {
    CLI::App app{"Treeline, a device connectivity broker.", "treelined"};
    CLI::App* new_root = nullptr;
    CLI::App* admin = nullptr;
};

void declare(Program& program, Arguments& arguments) {
    CLI::App& app = program.app;
    app.set_version_flag("--version", version);
    app.add_option("--data", arguments.data, "data directory (made on the first start)");
    app.add_option("--config", arguments.config, "configuration file (TOML)");
    app.add_option("--listen", arguments.listen, "HOST:PORT; port 0: any free one");
    app.add_option("--shards", arguments.shards, "threads of the data plane")
        ->check(CLI::Range(1U, 64U));
    app.add_option("--admin-listen", arguments.admin_listen,
                   "HOST:PORT for /metrics, /healthz, /readyz (off by default)");
    app.add_flag("--check", arguments.check, "check the configuration and end");
    program.new_root = app.add_subcommand("new-root", "make another tree in a running broker");
    program.new_root->add_option("--data", arguments.data, "its data directory");
    program.new_root->add_option("--name", arguments.root_name, "the root's name")->required();
    program.new_root->add_option("--email", arguments.root_email, "its first admin")->required();
    program.admin = app.add_subcommand(
        "admin",
        "ask a running broker: status, shards, metrics, mail, mail-retry, backup DIR, verify DIR, "
        "drain, log-level LEVEL");
    program.admin->add_option("--data", arguments.data, "its data directory");
    program.admin->add_option("command", arguments.admin_words, "the command")->required();
    app.require_subcommand(0, 1);
}

Endpoint endpoint_or_throw(const std::string& text, const char* option) {
    const auto endpoint = parse_endpoint(text);
    if (!endpoint) {
        throw StartError(ExitCode::usage, std::string(option) + " needs HOST:PORT");
    }
    return *endpoint;
}

void check_key_file(SettingsRead& read) {
    struct stat file{};
    const std::string key = read.settings.key.string();
    if (key.empty()) {
        return;
    }
    if (::stat(key.c_str(), &file) != 0) {
        read.errors.push_back({0, "tls.key can't be read: " + key});
    } else if ((file.st_mode & S_IRWXO) != 0) {
        read.errors.push_back({0, "tls.key is open to everybody (chmod 600): " + key});
    }
}

SettingsRead read_all(const Arguments& arguments) {
    SettingsRead read;
    if (!arguments.config.empty()) {
        read = read_settings(arguments.config);
        check_key_file(read);
        for (std::string& problem : read_mail_files(read.settings.mail)) {
            read.errors.push_back({0, std::move(problem)});
        }
    }
    return read;
}

void print_errors(const Arguments& arguments, const SettingsRead& read) {
    for (const SettingsError& error : read.errors) {
        const std::string line = error.line == 0 ? "" : ":" + std::to_string(error.line);
        std::fprintf(stderr, "%s%s: %s\n", arguments.config.c_str(), line.c_str(),
                     error.message.c_str());
    }
}

// The command line wins over the file.
void override_settings(const Arguments& arguments, Settings& settings) {
    if (!arguments.data.empty()) {
        settings.data = arguments.data;
    }
    if (!arguments.listen.empty()) {
        settings.listen = endpoint_or_throw(arguments.listen, "--listen");
    }
    if (!arguments.admin_listen.empty()) {
        settings.admin_listen = endpoint_or_throw(arguments.admin_listen, "--admin-listen");
    }
    if (arguments.shards != 0) {
        settings.shards = arguments.shards;
    }
    if (settings.data.empty()) {
        settings.data = default_data_directory();
        std::fprintf(stderr, "treelined: the data directory is %s\n", settings.data.c_str());
    }
    settings.data = std::filesystem::absolute(settings.data);
}

ExitCode serve(const Arguments& arguments) {
    SettingsRead read = read_all(arguments);
    if (!read.errors.empty()) {
        print_errors(arguments, read);
        return ExitCode::configuration;
    }
    if (arguments.check) {
        std::printf("the configuration is good\n");
        return ExitCode::ok;
    }
    override_settings(arguments, read.settings);
    take_signals_by_descriptor();
    open_log(read.settings.log_level, read.settings.log_file);
    Broker broker(std::move(read.settings));
    return broker.run();
}

std::filesystem::path data_of(const Arguments& arguments) {
    return arguments.data.empty() ? default_data_directory()
                                  : std::filesystem::path(arguments.data);
}

ExitCode dispatch(const Program& program, const Arguments& arguments) {
    if (program.new_root->parsed()) {
        return run_new_root(data_of(arguments), arguments.root_name, arguments.root_email);
    }
    if (program.admin->parsed()) {
        return run_admin(data_of(arguments), arguments.admin_words);
    }
    return serve(arguments);
}

}  // namespace

int run_command_line(int argc, char** argv) {
    keep_record_buffers();
    Arguments arguments;
    Program program;
    declare(program, arguments);
    try {
        program.app.parse(argc, argv);
        return static_cast<int>(dispatch(program, arguments));
    } catch (const CLI::ParseError& error) {
        return program.app.exit(error) == 0 ? 0 : static_cast<int>(ExitCode::usage);
    } catch (const StartError& error) {
        std::fprintf(stderr, "treelined: %s\n", error.what());
        return static_cast<int>(error.code);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "treelined: %s\n", error.what());
        return static_cast<int>(ExitCode::storage);
    }
}

}  // namespace treeline
