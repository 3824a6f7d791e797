// What a load has measured.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "firmware-sim/load/histogram.hpp"
#include "firmware-sim/load/ledger.hpp"
#include "firmware-sim/load/process_meter.hpp"

namespace treeline::load {

inline constexpr std::size_t slices = 100;  // of the time measured, for the picture

struct LoadResult {
    Tally tally;
    std::size_t devices = 0;
    std::size_t apps = 0;
    std::size_t connections_lost = 0;  // without having been asked to leave
    std::string first_loss;            // why the first of them was lost
    std::uint64_t logins = 0;          // in the time measured
    std::uint64_t resumed = 0;         // of them: TLS sessions gone on with
    std::uint64_t refused = 0;         // commands answered with anything but OK
    double seated_seconds = 0;         // from the first connection until all had logged in
    double back_seconds = 0;           // `storm`: until all were back

    double seconds = 0;          // that were measured
    std::uint64_t messages = 0;  // deliveries, or answers of commands, in that time
    Histogram latency_us;
    std::vector<Histogram> latency_us_by_time;  // of equal slices of the time measured

    ProcessUse before;  // of the server: without a connection of ours
    ProcessUse seated;  // with all, silent
    ProcessUse begin;   // as the time measured begins and ends
    ProcessUse end;
    std::optional<std::uint64_t> syscalls;  // of the server, in the time measured
    std::uint64_t own_cpu_ns = 0;           // of the generator, in the time measured

    bool is_ended_early = false;  // by Ctrl-C
    std::string failure;          // why the load could not be carried out; else empty

    double server_cpu_us_per_message() const;
    double server_cpu_us_per_login() const;
    double resident_kib_per_connection() const;
};

}  // namespace treeline::load
