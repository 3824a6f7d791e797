#include "firmware-sim/load/load.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>

#include <sys/resource.h>

#include "firmware-sim/load/layout.hpp"
#include "firmware-sim/load/picture.hpp"
#include "firmware-sim/load/report.hpp"
#include "firmware-sim/load/roster.hpp"
#include "firmware-sim/load/setup.hpp"
#include "firmware-sim/load/traffic.hpp"

namespace treeline::load {
namespace {

constexpr int exit_misrouted = 1;
constexpr int exit_not_whole = 2;
constexpr int exit_not_connected = 3;
constexpr int exit_unavailable = 69;

int fail(const std::string& why) {
    std::fprintf(stderr, "treeline-sim: %s\n", why.c_str());
    return exit_unavailable;
}

// As many connections as the system lets this process have.
void raise_descriptor_limit() {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

// From the file of credentials what is there, from the server what it lacks.
ResultOf<Roster, std::string> roster_of(const LoadPlan& plan, const Target& target) {
    if (plan.server != Server::treeline) {
        return make_fixed_roster(plan.tenants, devices_needed(plan));
    }
    Roster kept;
    if (!plan.credentials_file.empty()) {
        auto read = read_roster(plan.credentials_file);
        if (!read) {
            return read.error();
        }
        kept = std::move(*read);
    }
    LoadPlan needed = plan;
    needed.devices = devices_needed(plan);
    auto roster = make_roster(needed, target, std::move(kept));
    if (roster && !plan.credentials_file.empty()) {
        const std::string wrong = save_roster(*roster, plan.credentials_file);
        if (!wrong.empty()) {
            return wrong;
        }
    }
    return roster;
}

int code_of(const LoadResult& result) {
    if (result.tally.misrouted > 0 || result.tally.unreadable > 0) {
        return exit_misrouted;
    }
    if (!result.failure.empty() || result.connections_lost > 0) {
        return exit_not_connected;
    }
    return result.tally.is_clean() && result.refused == 0 ? 0 : exit_not_whole;
}

std::string write_file(const std::string& file, const std::string& text) {
    std::ofstream out(file, std::ios::trunc);
    out << text;
    out.close();
    return out ? "" : "cannot write " + file;
}

int report(const LoadPlan& plan, const LoadResult& result) {
    std::printf("%s", to_table(plan, result).c_str());
    if (!result.failure.empty()) {
        std::fprintf(stderr, "treeline-sim: %s\n", result.failure.c_str());
    }
    if (!result.first_loss.empty()) {
        std::fprintf(stderr, "treeline-sim: the first connection lost: %s\n",
                     result.first_loss.c_str());
    }
    std::string wrong;
    if (!plan.json_file.empty()) {
        wrong = write_file(plan.json_file, to_json(plan, result));
    }
    if (!plan.svg_file.empty() && wrong.empty()) {
        wrong = write_file(plan.svg_file, to_svg(plan, result));
    }
    return wrong.empty() ? code_of(result) : fail(wrong);
}

}  // namespace

int run_load(const LoadPlan& plan) {
    if (!plan.accounts_directory.empty()) {
        const std::string wrong = write_accounts(plan.accounts_directory, plan.tenants);
        return wrong.empty() ? 0 : fail(wrong);
    }
    raise_descriptor_limit();
    const auto security = plan.plain    ? Target::Security::plain
                          : plan.resume ? Target::Security::resumable_tls
                                        : Target::Security::tls;
    const auto devices = Target::make(plan.host, plan.port, plan.ca_file, security);
    const auto apps = Target::make(plan.host, plan.app_port == 0 ? plan.port : plan.app_port,
                                   plan.ca_file, security);
    if (!devices || !apps) {
        return fail(devices ? apps.error() : devices.error());
    }
    const auto roster = roster_of(plan, *devices);
    if (!roster) {
        return fail(roster.error());
    }
    return report(plan, Traffic(plan, *roster, {.devices = *devices, .apps = *apps}).run());
}

}  // namespace treeline::load
