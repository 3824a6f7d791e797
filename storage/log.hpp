// Log: an append-only sequence of opaque entries, numbered from 1, no gaps.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "storage/store.hpp"

namespace treeline::storage {

// Any thread, one writer. Calls block on the disk.
class Log {
  public:
    virtual ~Log() = default;
    // The number of the last entry; 0 when empty.
    virtual std::uint64_t last() const = 0;
    // Appends all of `entries` behind entry number `expected`, in one fsync; `beside` goes into
    // the same atomic batch (mail, idempotency: later). Fails with `conflict` when last() !=
    // expected, with `in_doubt` when the disk did: the caller must stop the process.
    virtual Result<void> append_if(std::uint64_t expected, std::span<const std::string> entries,
                                   const std::vector<Write>& beside = {}) = 0;
    // Entries from number `first` on, ascending, until `visit` returns false.
    virtual Result<void> read_from(
        std::uint64_t first,
        const std::function<bool(std::uint64_t number, std::string_view entry)>& visit) const = 0;
};

}  // namespace treeline::storage
