#include "base/scheduling.hpp"

#include <cstdint>

#include <linux/sched/types.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace treeline {

namespace {

// The least that the kernel grants. A shard at 5,000 messages a second had a p99 of 1.3 ms with the
// usual 1.4 ms, and 0.4 ms with this.
constexpr std::uint64_t prompt_slice_ns = 100'000;

}  // namespace

void name_thread(const std::string& name) {
    static_cast<void>(::prctl(PR_SET_NAME, name.c_str()));
}

void become_nicer(int by) {
    const auto self = static_cast<id_t>(::gettid());
    static_cast<void>(::setpriority(PRIO_PROCESS, self, ::getpriority(PRIO_PROCESS, self) + by));
}

void become_prompt() {
    sched_attr attributes{};
    if (::syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) == 0) {
        attributes.sched_runtime = prompt_slice_ns;
        static_cast<void>(::syscall(SYS_sched_setattr, 0, &attributes, 0));
    }
}

}  // namespace treeline
