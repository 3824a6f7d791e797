// The tenants and devices of a load, and how they say who they are.
//
//   file = *("tenant" SP org SP parent SP access-token LF / "device" SP tenant SP id SP token LF)
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "firmware-sim/load/speaker.hpp"

namespace treeline::load {

struct TenantEntry {
    std::uint64_t org = 0;
    std::uint64_t parent = 0;  // the org above, as the server names it
    std::string access_token;
};

struct DeviceEntry {
    std::uint32_t tenant = 0;
    std::uint64_t id = 0;  // as the server names it
    std::string token;
};

struct Roster {
    std::vector<TenantEntry> tenants;
    std::vector<DeviceEntry> devices;

    DeviceName name(std::size_t device) const {
        const DeviceEntry& entry = devices[device];
        return {entry.tenant, static_cast<std::uint32_t>(device), entry.id};
    }
};

// For a server without a registry: tenant 0 has device 0, tenant 1 device 1, and so round.
Roster make_fixed_roster(std::size_t tenants, std::size_t devices);

// An MQTT broker's account of a tenant.
std::string account_name(std::uint32_t tenant);
std::string account_password(std::uint32_t tenant);
// `passwords` (user:password a line, to be hashed by mosquitto_passwd -U) and `acl`, which confines
// each tenant to its own topics. Empty, or what went wrong.
std::string write_accounts(const std::string& directory, std::size_t tenants);

// The file is readable to its owner alone, since it holds tokens. Empty, or what went wrong.
std::string save_roster(const Roster& roster, const std::string& file);
// An empty roster where there is no such file.
ResultOf<Roster, std::string> read_roster(const std::string& file);

}  // namespace treeline::load
