// What the operating system says that a process has used.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sys/types.h>

namespace treeline::load {

struct ProcessUse {
    std::uint64_t cpu_ns = 0;            // run time of all its threads: /proc/PID/task/*/schedstat
    std::uint64_t resident_kib = 0;      // VmRSS
    std::uint64_t resident_own_kib = 0;  // RssAnon: without the pages of files
    bool is_known = false;
};
// Of a process that is gone or out of sight: not known.
ProcessUse read_use(pid_t process);

// Counts the system calls of the threads that a process has when this is made, by the kernel's
// tracepoint raw_syscalls:sys_enter. It slows each of them, so a run that counts is not one to take
// CPU times from. Owned by one thread.
class SyscallCounter {
  public:
    explicit SyscallCounter(pid_t process);
    ~SyscallCounter();
    SyscallCounter(const SyscallCounter&) = delete;
    SyscallCounter& operator=(const SyscallCounter&) = delete;

    bool works() const { return !counters_.empty(); }  // false: no right, or no such tracepoint
    std::uint64_t count() const;

  private:
    std::vector<int> counters_;
};

}  // namespace treeline::load
