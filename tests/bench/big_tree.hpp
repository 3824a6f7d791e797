// BigTree: a directory of any size for benchmarks, as the changes that would have made it.
#pragma once

#include <cstddef>
#include <functional>

#include "broker/domain/directory.hpp"

namespace treeline {

// One tree: a root, partners below it, their clients below those. Users and devices are spread
// evenly over the orgs; a device belongs to a user of its org. The same numbers give the same tree.
struct BigTreeSize {
    std::size_t orgs = 100'000;
    std::size_t users = 1'000'000;
    std::size_t devices = 1'000'000;
};

// Calls `take` with each change in order, of about a thousand events; the first one founds.
void each_change(const BigTreeSize& size, const std::function<void(const Change&)>& take);
Directory big_tree(const BigTreeSize& size);

// The numbers that each_change gives out.
OrgId root_of_big_tree();
UserId admin_of_big_tree();  // an admin of the root
OrgId org_of_device(const BigTreeSize& size, DeviceId device);
UserId owner_of_device(const BigTreeSize& size, DeviceId device);

}  // namespace treeline
