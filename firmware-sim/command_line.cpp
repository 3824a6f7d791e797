// The options of treeline-sim, and the plan that they make.
#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>

#include <CLI/CLI.hpp>

#include "firmware-sim/plan.hpp"

namespace treeline {
namespace {

constexpr int exit_usage = 64;
constexpr std::size_t token_size = 32;

// As given, before it is a plan. Times in seconds.
struct Options {
    FleetPlan plan;
    std::string tokens_file;
    std::size_t count = 0;
    double period = 60;
    double interval = 1;
    unsigned heartbeat = 10;
    double nap_every = 0;
    double nap = 5;
    double duration = 0;
    bool no_sync = false;
    bool no_echo = false;
};

Millis from_seconds(double seconds) {
    return Millis(static_cast<Millis::rep>(seconds * 1'000));
}

void add_connection_options(CLI::App& app, Options& options) {
    FleetPlan& plan = options.plan;
    app.add_option("--host", plan.host, "The broker's host")->capture_default_str();
    app.add_option("--port", plan.port, "The broker's port")->capture_default_str();
    app.add_option("--ca", plan.ca_file, "CA certificates to trust (PEM); else the system's")
        ->check(CLI::ExistingFile);
    app.add_flag("--plain", plan.plain, "TCP without TLS");
    app.add_option("--token", plan.tokens, "A device's token; may be given several times")
        ->envname("TREELINE_DEVICE_TOKEN");
    app.add_option("--tokens", options.tokens_file, "A file of tokens, one a line; - is stdin");
    app.add_option("--count", options.count, "Simulate the first N tokens only");
    app.add_option("--connects-per-second", plan.connects_per_second, "How fast a fleet comes up")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
}

void add_behaviour_options(CLI::App& app, Options& options) {
    static const std::map<std::string, Wave> waves{{"sine", Wave::sine},
                                                   {"square", Wave::square},
                                                   {"ramp", Wave::ramp},
                                                   {"random", Wave::random},
                                                   {"constant", Wave::constant}};
    DevicePlan& device = options.plan.device;
    app.add_option("--pin", device.pin, "The virtual pin to write")
        ->default_str(std::to_string(device.pin));
    app.add_option("--wave", device.waveform.wave,
                   "What is written: sine, square, ramp, random or constant")
        ->transform(CLI::CheckedTransformer(waves))
        ->option_text("NAME=sine");
    app.add_option("--low", device.waveform.low, "Its lowest value")->capture_default_str();
    app.add_option("--high", device.waveform.high, "Its highest value")->capture_default_str();
    app.add_option("--period", options.period, "Seconds of one wave")
        ->check(CLI::Range(0.01, 1e6))
        ->capture_default_str();
    app.add_option("--interval", options.interval, "Seconds between two writes; 0: no writes")
        ->check(CLI::Range(0.0, 1e6))
        ->capture_default_str();
    app.add_option("--heartbeat", options.heartbeat, "Seconds, as told in the info frame")
        ->check(CLI::Range(10U, 3600U))
        ->capture_default_str();
    app.add_option("--buff-in", device.buff_in, "The device's buffer, as told in the info frame")
        ->capture_default_str();
    app.add_option("--nap-every", options.nap_every, "Seconds online before a nap; 0: no naps")
        ->check(CLI::NonNegativeNumber);
    app.add_option("--nap", options.nap, "Seconds of a nap")->capture_default_str();
    app.add_flag("--no-sync", options.no_sync, "Don't ask for the stored values after a login");
    app.add_flag("--no-echo", options.no_echo, "Don't answer a write on pin P on pin P + 1");
    app.add_flag("--rotate", device.rotate, "Announce that the firmware takes a new token");
}

void add_run_options(CLI::App& app, Options& options) {
    app.add_option("--duration", options.duration, "Seconds to run; 0: until Ctrl-C")
        ->check(CLI::NonNegativeNumber);
    app.add_option("--seed", options.plan.seed, "Of everything random")->capture_default_str();
    app.add_flag("--json", options.plan.json, "One JSON object a line");
    app.add_flag("--quiet", options.plan.quiet, "Print the summary only");
}

void read_tokens(std::istream& in, std::vector<std::string>& tokens) {
    for (std::string line; std::getline(in, line);) {
        if (!line.empty()) {
            tokens.push_back(line);
        }
    }
}

// Empty when the plan is whole, else what is wrong.
std::string complete(Options& options) {
    FleetPlan& plan = options.plan;
    if (options.tokens_file == "-") {
        read_tokens(std::cin, plan.tokens);
    } else if (!options.tokens_file.empty()) {
        std::ifstream in(options.tokens_file);
        if (!in) {
            return "cannot read " + options.tokens_file;
        }
        read_tokens(in, plan.tokens);
    }
    if (plan.tokens.empty()) {
        return "no token: give --token or --tokens";
    }
    if (options.count > plan.tokens.size()) {
        return "--count " + std::to_string(options.count) + " but only " +
               std::to_string(plan.tokens.size()) + " tokens";
    }
    if (options.count > 0) {
        plan.tokens.resize(options.count);
    }
    for (std::size_t i = 0; i < plan.tokens.size(); ++i) {
        if (plan.tokens[i].size() != token_size) {
            return "token " + std::to_string(i + 1) + " does not have 32 characters";
        }
    }
    if (plan.device.waveform.low > plan.device.waveform.high) {
        return "--low is above --high";
    }
    plan.device.waveform.period = from_seconds(options.period);
    plan.device.interval = from_seconds(options.interval);
    plan.device.heartbeat = std::chrono::seconds(options.heartbeat);
    plan.device.nap_every = from_seconds(options.nap_every);
    plan.device.nap = from_seconds(options.nap);
    plan.duration = from_seconds(options.duration);
    plan.device.sync = !options.no_sync;
    plan.device.echo = !options.no_echo;
    return {};
}

}  // namespace

CommandLine parse_command_line(int argc, char** argv) {
    Options options;
    CLI::App app(
        "Simulated devices that speak the real protocol over real TLS: login, info frame, "
        "heartbeat, writes, answers, reconnects.",
        "treeline-sim");
    app.set_version_flag("--version", "treeline-sim 0.1.0");
    app.footer("A load test: treeline-sim load --help");
    add_connection_options(app, options);
    add_behaviour_options(app, options);
    add_run_options(app, options);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return {std::nullopt, app.exit(error) == 0 ? 0 : exit_usage};
    }
    const std::string wrong = complete(options);
    if (!wrong.empty()) {
        std::cerr << "treeline-sim: " << wrong << '\n';
        return {std::nullopt, exit_usage};
    }
    return {std::move(options.plan), 0};
}

}  // namespace treeline
