// The data plane's questions allocate nothing.
#include <cstdlib>
#include <new>

#include <gtest/gtest.h>

#include "broker/authority/visible.hpp"
#include "tests/support/world.hpp"

namespace {
std::size_t allocations = 0;
}

void* operator new(std::size_t size) {
    ++allocations;
    void* memory = std::malloc(size == 0 ? 1 : size);
    if (memory == nullptr) {
        std::abort();
    }
    return memory;
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}

namespace treeline {
namespace {

TEST(Allocation, none_is_made_by_a_verdict) {
    WorldBuilder w;
    const OrgId root = w.root();
    const OrgId a = w.org(root, "a");
    const UserId user = w.user(root, "user", role_staff);
    w.member(user, a, role_admin);
    const DeviceId lamp = w.device(a, "lamp", user);
    const Directory& directory = w.directory();
    device_rights(directory, user, lamp, w.now);  // the constant tables are made once
    const std::size_t before = allocations;
    const bool right =
        contains(device_rights(directory, user, lamp, w.now).rights, DeviceRight::control) &&
        sees_org(directory, user, a, w.now) && sees_device(directory, user, lamp, w.now) &&
        has_live_membership(directory, user, w.now);
    const std::size_t after = allocations;
    EXPECT_TRUE(right);
    EXPECT_EQ(after, before);
}

}  // namespace
}  // namespace treeline
