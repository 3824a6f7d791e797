// A thread's own wishes, as the kernel has them.
#include "base/scheduling.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace treeline {
namespace {

// As sched_getattr(2) has it; the kernel's header for it does not go with <pthread.h>.
struct Attributes {
    std::uint32_t size, policy;
    std::uint64_t flags;
    std::int32_t nice;
    std::uint32_t priority;
    std::uint64_t runtime_ns, deadline_ns, period_ns;
};

Attributes own_attributes() {
    Attributes attributes{};
    EXPECT_EQ(::syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0), 0);
    return attributes;
}

TEST(Scheduling, a_prompt_thread_has_short_slices_and_no_larger_share) {
    const Attributes usual = own_attributes();
    if (usual.runtime_ns == 0) {
        GTEST_SKIP() << "a kernel before 6.12";
    }
    Attributes prompt{};
    std::thread([&] {
        become_prompt();
        prompt = own_attributes();
    }).join();
    EXPECT_LT(prompt.runtime_ns, usual.runtime_ns);
    EXPECT_EQ(prompt.policy, usual.policy);
    EXPECT_EQ(prompt.nice, usual.nice);
    EXPECT_EQ(own_attributes().runtime_ns, usual.runtime_ns) << "it alone";
}

std::string own_name() {
    std::array<char, 16> name{};
    EXPECT_EQ(::prctl(PR_GET_NAME, name.data()), 0);
    return name.data();
}

TEST(Scheduling, a_thread_has_a_name_of_its_own_cut_at_fifteen_bytes) {
    const std::string usual = own_name();
    std::string name;
    std::string long_name;
    std::thread([&] {
        name_thread("shard 0");
        name = own_name();
        name_thread("a name of many bytes");
        long_name = own_name();
    }).join();
    EXPECT_EQ(name, "shard 0");
    EXPECT_EQ(long_name, "a name of many ");
    EXPECT_EQ(own_name(), usual);
}

TEST(Scheduling, a_nicer_thread_is_nicer_alone) {
    const auto usual = own_attributes().nice;
    std::int32_t nice = usual;
    std::thread([&] {
        become_nicer(3);
        nice = own_attributes().nice;
    }).join();
    EXPECT_EQ(nice, usual + 3);
    EXPECT_EQ(own_attributes().nice, usual);
}

}  // namespace
}  // namespace treeline
