// What a load is to be, as the command line says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include <sys/types.h>

#include "base/time.hpp"

namespace treeline::load {

enum class Scenario : std::uint8_t {
    pairs,     // each device writes to one app
    fanout,    // each device writes to `fan` apps
    fanin,     // each app watches `fan` devices
    commands,  // an app writes to its device and waits for the answer
    burst,     // each device writes `burst` frames at once, in one TLS record
    idle,      // devices (or apps) log in and are silent
    logins,    // devices log in and leave, one after the other
    storm,     // all devices reconnect at once, while a few pairs go on
    churn,     // pairs, while devices leave and come back
    mixed,     // a tree of orgs: apps at each level, writes up and commands down
};

// Whom the load drives.
enum class Server : std::uint8_t {
    treeline,
    mqtt,       // any broker of MQTT 3.1.1 with the accounts that --write-accounts writes
    forwarder,  // tests/bench/limit
};

struct LoadPlan {
    Scenario scenario = Scenario::pairs;
    Server server = Server::treeline;
    std::string host = "127.0.0.1";
    std::uint16_t port = 8443;
    std::string ca_file;  // empty: the system's
    bool plain = false;   // no TLS

    // Treeline: an admin who may make orgs, users and devices below his own org.
    std::string admin_email;
    std::string admin_password;
    std::string credentials_file;  // what was made, kept for the next load; empty: not kept

    std::size_t tenants = 100;
    std::size_t devices = 256;
    std::size_t fan = 10;
    std::size_t burst = 10;
    std::size_t branching = 4;   // `mixed`: orgs below an org
    std::size_t witnesses = 50;  // `storm`: pairs that go on meanwhile
    std::size_t payload_size_bytes = 20;
    std::uint8_t qos = 0;  // MQTT: of what is published and subscribed
    std::optional<std::uint8_t> listen_qos;
    bool mqtt_websocket = false;  // MQTT: apps come by WebSocket, to app_port
    std::uint16_t app_port = 0;   // 0: the same as port
    bool apps = false;            // `idle`: apps, not devices
    bool resume = false;          // `logins`, `storm`, `churn`: TLS goes on with an old session

    double rate = 0;                // messages a second in all; 0: closed loop
    std::size_t outstanding = 256;  // closed loop: messages under way in all
    std::size_t connecting = 32;    // handshakes under way at once
    std::uint64_t messages = 0;     // stop after so many; 0: by time alone
    Millis warmup{1'000};
    Millis duration{10'000};
    Millis grace{3'000};             // for what is under way at the end
    Millis connect_max{120'000};     // for all to be seated
    double leaving_per_second = 20;  // `churn`
    std::uint64_t seed = 1;

    pid_t server_pid = 0;  // 0: the server's process is not measured
    bool count_syscalls = false;
    std::string json_file;
    std::string svg_file;
    std::string accounts_directory;  // write an MQTT broker's accounts there, and end
    bool quiet = false;
};

std::string_view name_of(Scenario scenario);
std::string_view name_of(Server server);

}  // namespace treeline::load
