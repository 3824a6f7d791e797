#include "firmware-sim/load/process_meter.hpp"

#include <filesystem>
#include <fstream>

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace treeline::load {
namespace {

std::vector<pid_t> threads_of(pid_t process) {
    std::vector<pid_t> threads;
    std::error_code error;
    const std::string folder = "/proc/" + std::to_string(process) + "/task";
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
        threads.push_back(std::stoi(entry.path().filename().string()));
    }
    return threads;
}

std::uint64_t run_time_ns(pid_t process, pid_t thread) {
    std::ifstream in("/proc/" + std::to_string(process) + "/task/" + std::to_string(thread) +
                     "/schedstat");
    std::uint64_t ns = 0;
    in >> ns;
    return ns;
}

int open_counter(std::uint64_t tracepoint, pid_t thread) {
    perf_event_attr attributes{};
    attributes.type = PERF_TYPE_TRACEPOINT;
    attributes.size = sizeof attributes;
    attributes.config = tracepoint;
    return static_cast<int>(
        syscall(SYS_perf_event_open, &attributes, thread, -1, -1, PERF_FLAG_FD_CLOEXEC));
}

std::uint64_t tracepoint_id() {
    std::ifstream in("/sys/kernel/tracing/events/raw_syscalls/sys_enter/id");
    std::uint64_t id = 0;
    in >> id;
    return id;
}

}  // namespace

ProcessUse read_use(pid_t process) {
    ProcessUse use;
    std::ifstream status("/proc/" + std::to_string(process) + "/status");
    for (std::string word; status >> word;) {
        if (word == "VmRSS:") {
            status >> use.resident_kib;
            use.is_known = true;
        } else if (word == "RssAnon:") {
            status >> use.resident_own_kib;
        }
    }
    for (const pid_t thread : threads_of(process)) {
        use.cpu_ns += run_time_ns(process, thread);
    }
    return use;
}

SyscallCounter::SyscallCounter(pid_t process) {
    const std::uint64_t tracepoint = tracepoint_id();
    if (tracepoint == 0) {
        return;
    }
    for (const pid_t thread : threads_of(process)) {
        const int counter = open_counter(tracepoint, thread);
        if (counter >= 0) {
            counters_.push_back(counter);
        }
    }
}

SyscallCounter::~SyscallCounter() {
    for (const int counter : counters_) {
        close(counter);
    }
}

std::uint64_t SyscallCounter::count() const {
    std::uint64_t sum = 0;
    for (const int counter : counters_) {
        std::uint64_t value = 0;
        if (read(counter, &value, sizeof value) == sizeof value) {
            sum += value;
        }
    }
    return sum;
}

}  // namespace treeline::load
