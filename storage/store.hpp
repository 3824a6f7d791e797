// Store: opaque keys and values, read and written in atomic batches. Knows no device and no org.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace treeline::storage {

enum class Errc : std::uint8_t {
    conflict,     // append_if: the log is not where the caller thought
    in_doubt,     // a write failed: it may or may not be there after a restart. Stop.
    corruption,   // what was read is not what was written
    unavailable,  // the database can't be opened: locked, missing, no right, newer format
};
std::string_view name(Errc error);

template <class T>
using Result = ResultOf<T, Errc>;

struct Write {
    std::string key;
    std::optional<std::string> value;  // nullopt: delete
};

enum class Durability : std::uint8_t {
    buffered,  // survives the process, not the machine
    synced,    // on the disk when the call returns, with everything that was written before it
};

// Any thread; calls block on the disk, so never from a shard.
class Store {
  public:
    virtual ~Store() = default;
    virtual Result<std::optional<std::string>> get(std::string_view key) const = 0;
    // Ascending, in [from, to) (empty `to`: to the end), until `visit` returns false.
    virtual Result<void> scan(
        std::string_view from, std::string_view to,
        const std::function<bool(std::string_view key, std::string_view value)>& visit) const = 0;
    // All or nothing, also across a crash.
    virtual Result<void> write(const std::vector<Write>& batch, Durability durability) = 0;
};

}  // namespace treeline::storage
