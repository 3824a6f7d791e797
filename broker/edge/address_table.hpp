// AddressTable: how many connections an address holds that nobody has signed in on.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace treeline {

// Any thread. Counts by a seeded hash: two addresses may share a count (1 in 65,536), which can
// only refuse early, never let in too many.
class AddressTable {
  public:
    // `per_address_max` 0: everybody is let in.
    AddressTable(std::uint32_t per_address_max, std::uint64_t seed)
        : max_(per_address_max),
          seed_(seed),
          counts_(std::make_unique<std::atomic<std::uint32_t>[]>(size)) {}

    // False when the address has as many as it may.
    bool enter(const std::string& address) {
        auto& count = slot(address);
        if (count.fetch_add(1, std::memory_order_relaxed) >= max_ && max_ != 0) {
            count.fetch_sub(1, std::memory_order_relaxed);
            return false;
        }
        return true;
    }
    void leave(const std::string& address) {
        slot(address).fetch_sub(1, std::memory_order_relaxed);
    }

  private:
    static constexpr std::size_t size = 65'536;
    std::atomic<std::uint32_t>& slot(const std::string& address) {
        const std::size_t mixed = (std::hash<std::string>()(address) ^ seed_) * 0x9e3779b97f4a7c15U;
        return counts_[(mixed >> 32U) % size];
    }
    const std::uint32_t max_;
    const std::uint64_t seed_;
    std::unique_ptr<std::atomic<std::uint32_t>[]> counts_;
};

}  // namespace treeline
