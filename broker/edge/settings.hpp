// What the edge is told by the configuration: limits with their names and units.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "broker/api/client_address.hpp"
#include "broker/api/limiter.hpp"
#include "broker/edge/http_door.hpp"
#include "broker/session/app_session.hpp"
#include "broker/session/device_session.hpp"

namespace treeline {

struct EdgeSettings {
    DeviceLimits device;
    AppLimits app;
    HttpLimits http;
    std::uint32_t unauthenticated_per_ip = 64;  // connections before login per address; 0: off
    RateLimits rates;
    AddressRanges trusted_proxies;  // believed about X-Forwarded-For, and not limited themselves
    std::string public_base_url;    // without a slash at its end; empty: where it listens
    std::vector<std::string> allowed_origins;          // of browsers' apps; none: no browser
    std::size_t read_size_bytes_per_turn = 64 * 1024;  // of one link, so that others get theirs
    unsigned handshake_steps_per_turn = 8;
    unsigned accepts_per_turn = 32;
    Millis goodbye_max{2'000};         // from our last byte to the close, whatever the peer does
    Millis write_stalled_max{30'000};  // devices and HTTP: no byte taken for so long
    Millis app_stalled_max{90'000};
    Millis stall_warning{200};  // a turn that took longer is told to the log
};

}  // namespace treeline
