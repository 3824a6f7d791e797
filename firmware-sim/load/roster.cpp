#include "firmware-sim/load/roster.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <sys/stat.h>

namespace treeline::load {

Roster make_fixed_roster(std::size_t tenants, std::size_t devices) {
    Roster roster;
    roster.tenants.resize(tenants);
    roster.devices.reserve(devices);
    for (std::size_t i = 0; i < devices; ++i) {
        roster.devices.push_back(
            {.tenant = static_cast<std::uint32_t>(i % tenants), .id = i + 1, .token = {}});
    }
    return roster;
}

std::string account_name(std::uint32_t tenant) {
    return "tenant" + std::to_string(tenant);
}

std::string account_password(std::uint32_t tenant) {
    return "load" + std::to_string(tenant);
}

std::string write_accounts(const std::string& directory, std::size_t tenants) {
    std::ofstream passwords(directory + "/passwords");
    std::ofstream acl(directory + "/acl");
    for (std::uint32_t tenant = 0; tenant < tenants; ++tenant) {
        passwords << account_name(tenant) << ':' << account_password(tenant) << '\n';
        acl << "user " << account_name(tenant) << "\ntopic readwrite t" << tenant << "/#\n\n";
    }
    passwords.close();
    acl.close();
    return passwords && acl ? "" : "cannot write accounts into " + directory;
}

std::string save_roster(const Roster& roster, const std::string& file) {
    const mode_t before = umask(S_IRWXG | S_IRWXO);
    std::ofstream out(file, std::ios::trunc);
    umask(before);
    for (const TenantEntry& tenant : roster.tenants) {
        out << "tenant " << tenant.org << ' ' << tenant.parent << ' ' << tenant.access_token
            << '\n';
    }
    for (const DeviceEntry& device : roster.devices) {
        out << "device " << device.tenant << ' ' << device.id << ' ' << device.token << '\n';
    }
    out.close();
    return out ? "" : "cannot write " + file;
}

ResultOf<Roster, std::string> read_roster(const std::string& file) {
    Roster roster;
    if (!std::filesystem::exists(file)) {
        return roster;
    }
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
        std::istringstream words(line);
        std::string kind;
        words >> kind;
        if (kind == "tenant") {
            TenantEntry& tenant = roster.tenants.emplace_back();
            words >> tenant.org >> tenant.parent >> tenant.access_token;
        } else {
            DeviceEntry& device = roster.devices.emplace_back();
            words >> device.tenant >> device.id >> device.token;
        }
        if (!words || (kind != "tenant" && kind != "device")) {
            return file + " is not a file of credentials";
        }
    }
    return roster;
}

}  // namespace treeline::load
