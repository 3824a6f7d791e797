// CellTable: a fixed number of 64-bit words by key, for counts that every shard shares.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/time.hpp"

namespace treeline {

// Any thread, without a lock. A key lives in one of eight neighbouring cells. Where all eight are
// taken, the one of least worth is taken over and what it counted is forgotten: memory stays as
// it is however many addresses knock, and the busiest keys are the last to be forgotten.
// Two threads that meet on one key for the first time may claim two cells: then one count is lost.
class CellTable {
  public:
    // REQUIRES: `cells` is a power of two, at least 8.
    explicit CellTable(std::size_t cells)
        : groups_(cells / ways), cells_(std::make_unique<Cell[]>(cells)) {}

    // The key's word, 0 when it is new. `worth(word)`: 0 for what may be forgotten.
    template <class Worth>
    std::atomic<std::uint64_t>& claim(std::uint64_t key, Worth&& worth) {
        key = key == 0 ? 1 : key;
        Cell* const group = group_of(key);
        for (;;) {
            Cell* least = group;
            for (Cell* cell = group; cell != group + ways; ++cell) {
                if (cell->key.load(std::memory_order_acquire) == key) {
                    return cell->word;
                }
                least = price(*cell, worth) < price(*least, worth) ? cell : least;
            }
            std::uint64_t old = least->key.load(std::memory_order_acquire);
            if (least->key.compare_exchange_strong(old, key, std::memory_order_acq_rel)) {
                least->word.store(0, std::memory_order_release);
                return least->word;
            }
        }
    }
    // The key's word; 0 when it has none.
    std::uint64_t find(std::uint64_t key) const {
        key = key == 0 ? 1 : key;
        const Cell* const group = group_of(key);
        for (const Cell* cell = group; cell != group + ways; ++cell) {
            if (cell->key.load(std::memory_order_acquire) == key) {
                return cell->word.load(std::memory_order_acquire);
            }
        }
        return 0;
    }

  private:
    static constexpr std::size_t ways = 8;
    struct Cell {
        std::atomic<std::uint64_t> key{0};  // 0: nobody's
        std::atomic<std::uint64_t> word{0};
    };

    Cell* group_of(std::uint64_t key) const {
        return &cells_[((key * 0x9e3779b97f4a7c15U) >> 32U) % groups_ * ways];
    }
    template <class Worth>
    static std::uint64_t price(const Cell& cell, Worth&& worth) {
        const bool is_free = cell.key.load(std::memory_order_acquire) == 0;
        return is_free ? 0 : worth(cell.word.load(std::memory_order_acquire));
    }

    const std::size_t groups_;
    std::unique_ptr<Cell[]> cells_;
};

// Time in those words: tenths of a second, which come round after 13 years.
using Tick = std::uint32_t;
inline constexpr std::int32_t ticks_per_second = 10;
inline Tick tick_of(SteadyTime time) {
    return static_cast<Tick>(time.time_since_epoch().count() * ticks_per_second / 1'000);
}
// Shards read their clocks apart, so that `then` may be a little later than `now`.
inline std::int32_t ticks_between(Tick then, Tick now) {
    return static_cast<std::int32_t>(now - then);
}

}  // namespace treeline
