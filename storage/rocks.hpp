// RocksDB behind Store and Log. The one place that includes it is rocks*.cpp.
#pragma once

#include <filesystem>
#include <memory>

#include "storage/log.hpp"
#include "storage/store.hpp"

namespace treeline::storage {

// One open database: a Store over one column family and a Log over another, so that a log append
// and store writes can share one atomic batch. WAL on, fail stop (max_bgerror_resume_count = 0).
// Any thread.
class RocksDatabase {
  public:
    struct OpenError {
        Errc code{};
        bool locked = false;  // another process has it
        std::string detail;   // one clear line
    };
    static ResultOf<std::unique_ptr<RocksDatabase>, OpenError> open(
        const std::filesystem::path& directory, bool create_if_missing);
    virtual ~RocksDatabase() = default;
    virtual Store& store() = 0;
    virtual Log& log() = 0;
    // A consistent copy in `directory`, which must not exist yet. Blocks on the disk.
    virtual Result<void> checkpoint(const std::filesystem::path& directory) = 0;
    // Reads everything back through its checksums.
    virtual Result<void> verify() const = 0;
};

}  // namespace treeline::storage
