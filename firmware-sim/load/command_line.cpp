// The options of `treeline-sim load`, and the plan that they make.
#include <iostream>
#include <map>

#include <CLI/CLI.hpp>

#include "firmware-sim/load/load.hpp"
#include "firmware-sim/load/payload.hpp"

namespace treeline::load {
namespace {

constexpr int exit_usage = 64;
constexpr double storm_rate = 500;
constexpr unsigned tenants_max = 1U << 18U;  // what a payload can name
constexpr unsigned devices_max = 1U << 24U;

constexpr const char* scenarios = R"(Scenarios:
  pairs     each device writes to one app
  fanout    each device writes to --fan apps
  fanin     each app watches --fan devices of its tenant
  commands  an app writes to its device; a message is one command with its answer
  burst     each device writes --burst frames at once, in one TLS record
  idle      devices (--apps: apps) log in and are silent: resident memory of each
  logins    devices log in and leave, over and over: CPU time of a login (--resume: of a resumption)
  storm     all devices reconnect at once, while --witnesses pairs go on at --rate (500)
  churn     pairs, while --leaving devices a second leave and come back
  mixed     a tree of orgs, --branching below each; an app in each org watches all below it;
            every second device writes, the others get commands

Every payload says who may see it; one value in the wrong hands is exit code 1.
Exit codes: 0 all arrived, once and in order; 1 misrouted; 2 lost, repeated or out of order;
3 not all could connect and stay; 64 usage; 69 the server could not be reached or set up.

Examples:
  treeline-sim load pairs --ca DATA/tls/ca.pem --admin admin@localhost --server-pid PID
  treeline-sim load fanout --rate 5000 --fan 100 --devices 20 ...   (open loop)
  treeline-sim load pairs --server mqtt --port 8883 --ca ca.pem
  treeline-sim load --write-accounts DIR   (then mosquitto_passwd -U DIR/passwords))";

// As given, before it is a plan. Times in seconds.
struct Options {
    LoadPlan plan;
    double warmup = 1;
    double duration = 10;
    double grace = 3;
    double connect_max = 120;
    int listen_qos = -1;
};

Millis from_seconds(double seconds) {
    return Millis(static_cast<Millis::rep>(seconds * 1'000));
}

void add_server_options(CLI::App& app, LoadPlan& plan) {
    static const std::map<std::string, Server> servers{
        {"treeline", Server::treeline}, {"mqtt", Server::mqtt}, {"limit", Server::forwarder}};
    app.add_option("--server", plan.server, "Who is driven: treeline, mqtt or limit")
        ->transform(CLI::CheckedTransformer(servers))
        ->option_text("NAME=treeline");
    app.add_option("--host", plan.host, "The server's host")->capture_default_str();
    app.add_option("--port", plan.port, "The server's port")->capture_default_str();
    app.add_option("--app-port", plan.app_port, "The apps' port, where it is another");
    app.add_option("--ca", plan.ca_file, "CA certificates to trust (PEM); else the system's")
        ->check(CLI::ExistingFile);
    app.add_flag("--plain", plan.plain, "TCP without TLS");
    app.add_option("--admin", plan.admin_email, "Treeline: the address of an admin")
        ->envname("TREELINE_ADMIN_EMAIL");
    app.add_option("--password", plan.admin_password, "His password (better: the environment)")
        ->envname("TREELINE_ADMIN_PASSWORD");
    app.add_option("--credentials", plan.credentials_file,
                   "Treeline: keep the users and devices made in this file, and use those in it");
    app.add_option("--write-accounts", plan.accounts_directory,
                   "Write an MQTT broker's accounts and ACL into this folder, and end");
    app.add_option("--qos", plan.qos, "MQTT: the QoS of publishing and subscribing")
        ->check(CLI::Range(0, 1));
    app.add_flag("--mqtt-websocket", plan.mqtt_websocket, "MQTT: apps come by WebSocket");
}

void add_size_options(CLI::App& app, LoadPlan& plan) {
    app.add_option("--tenants", plan.tenants, "Tenants that must not see each other")
        ->check(CLI::Range(1U, tenants_max - 1))
        ->capture_default_str();
    app.add_option("--devices", plan.devices, "Devices (idle --apps: apps)")
        ->check(CLI::Range(1U, devices_max - 1))
        ->capture_default_str();
    app.add_option("--fan", plan.fan, "fanout: apps of a device; fanin: devices of an app")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    app.add_option("--burst", plan.burst, "burst: frames in one record")
        ->check(CLI::Range(1, 500))
        ->capture_default_str();
    app.add_option("--payload", plan.payload_size_bytes, "Bytes of a value")
        ->check(CLI::Range(payload_size_bytes_min, std::size_t{1'024}))
        ->capture_default_str();
    app.add_option("--branching", plan.branching, "mixed: orgs below an org")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    app.add_option("--witnesses", plan.witnesses, "storm: pairs that go on meanwhile")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    app.add_option("--leaving", plan.leaving_per_second, "churn: devices that leave, a second")
        ->check(CLI::Range(0.0, 10'000.0))
        ->capture_default_str();
    app.add_flag("--apps", plan.apps, "idle: apps instead of devices");
    app.add_flag("--resume", plan.resume, "Go on with old TLS sessions");
    app.add_option("--seed", plan.seed, "Of everything random")->capture_default_str();
}

void add_pace_options(CLI::App& app, Options& options) {
    LoadPlan& plan = options.plan;
    app.add_option("--rate", plan.rate, "Open loop: messages a second, in all")
        ->check(CLI::Range(0.1, 1e7));
    app.add_option("--outstanding", plan.outstanding, "Closed loop: messages under way, in all")
        ->check(CLI::Range(1, 1'000'000))
        ->capture_default_str();
    app.add_option("--messages", plan.messages, "End after so many; 0: by time alone");
    app.add_option("--warmup", options.warmup, "Seconds before measuring")
        ->check(CLI::Range(0.0, 3'600.0))
        ->capture_default_str();
    app.add_option("--duration", options.duration, "Seconds that are measured, at most")
        ->check(CLI::Range(0.0, 86'400.0))
        ->capture_default_str();
    app.add_option("--grace", options.grace, "Seconds for what is under way at the end")
        ->check(CLI::Range(0.0, 600.0))
        ->capture_default_str();
    app.add_option("--connecting", plan.connecting, "Handshakes under way at once")
        ->check(CLI::Range(1, 20'000))
        ->capture_default_str();
    app.add_option("--connect-max", options.connect_max, "Seconds for all to log in")
        ->capture_default_str();
}

void add_report_options(CLI::App& app, LoadPlan& plan) {
    app.add_option("--server-pid", plan.server_pid, "Measure this process: CPU time, memory");
    app.add_flag("--count-syscalls", plan.count_syscalls,
                 "Count the server's system calls (needs the right to; spoils CPU times)");
    app.add_option("--json", plan.json_file, "Write the result as JSON into this file");
    app.add_option("--svg", plan.svg_file, "Draw the latencies into this file");
    app.add_flag("--quiet", plan.quiet, "No progress lines");
}

void add_scenario(CLI::App& app, LoadPlan& plan) {
    std::map<std::string, Scenario> names;
    for (const Scenario scenario :
         {Scenario::pairs, Scenario::fanout, Scenario::fanin, Scenario::commands, Scenario::burst,
          Scenario::idle, Scenario::logins, Scenario::storm, Scenario::churn, Scenario::mixed}) {
        names.emplace(name_of(scenario), scenario);
    }
    app.add_option("scenario", plan.scenario, "What flows; see below")
        ->transform(CLI::CheckedTransformer(names))
        ->option_text("NAME=pairs");
}

// Empty when the plan is whole, else what is wrong.
std::string complete(Options& options) {
    LoadPlan& plan = options.plan;
    plan.warmup = from_seconds(options.warmup);
    plan.duration = from_seconds(options.duration);
    plan.grace = from_seconds(options.grace);
    plan.connect_max = from_seconds(options.connect_max);
    if (options.listen_qos >= 0) {
        plan.listen_qos = static_cast<std::uint8_t>(options.listen_qos);
    }
    if (plan.server == Server::forwarder && plan.scenario == Scenario::commands) {
        return "the bare forwarder answers nothing, so it can't be driven with commands";
    }
    if (plan.scenario == Scenario::mixed && plan.server != Server::treeline) {
        return "only Treeline has a tree of orgs to be driven with mixed";
    }
    if (plan.scenario == Scenario::storm && plan.rate == 0) {
        plan.rate = storm_rate;
    }
    if (plan.count_syscalls && plan.server_pid == 0) {
        return "--count-syscalls needs --server-pid";
    }
    return {};
}

}  // namespace

LoadCommandLine parse_load_command_line(int argc, char** argv) {
    Options options;
    CLI::App app(
        "A load test over real connections: many tenants, devices and apps in one process.",
        "treeline-sim load");
    app.footer(scenarios);
    add_scenario(app, options.plan);
    add_server_options(app, options.plan);
    app.add_option("--listen-qos", options.listen_qos, "MQTT: the QoS of subscribing alone")
        ->check(CLI::Range(0, 1));
    add_size_options(app, options.plan);
    add_pace_options(app, options);
    add_report_options(app, options.plan);
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

}  // namespace treeline::load
