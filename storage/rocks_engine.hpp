// RocksEngine: the calls of RocksDB that this room uses, without its headers.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "storage/rocks.hpp"

namespace treeline::storage {

// The two column families, in the order in which they are opened.
enum class Family : std::uint8_t { values, entries };

struct Put {
    Family family{};
    std::string_view key;
    std::optional<std::string_view> value;  // nullopt: delete
};

// Any thread. INVARIANT: after one failed write every later one fails with `in_doubt`; a batch that
// follows a lost one must not become durable.
class RocksEngine {
  public:
    using OpenError = RocksDatabase::OpenError;
    using Visit = std::function<bool(std::string_view key, std::string_view value)>;

    static ResultOf<std::unique_ptr<RocksEngine>, OpenError> open(
        const std::filesystem::path& directory, bool create_if_missing);
    ~RocksEngine();
    RocksEngine(const RocksEngine&) = delete;
    RocksEngine& operator=(const RocksEngine&) = delete;

    Result<std::optional<std::string>> get(Family family, std::string_view key) const;
    Result<void> scan(Family family, std::string_view from, std::string_view to,
                      const Visit& visit) const;
    Result<std::optional<std::string>> last_key(Family family) const;
    Result<void> write(std::span<const Put> batch, Durability durability);
    Result<void> checkpoint(const std::filesystem::path& directory);
    Result<void> verify() const;

  private:
    struct Impl;
    explicit RocksEngine(std::unique_ptr<Impl> impl);

    std::unique_ptr<Impl> impl_;
    std::atomic<bool> broken_{false};
};

}  // namespace treeline::storage
