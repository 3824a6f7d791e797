// A Store and a Log that fail when a test says so, over the ones in memory.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "storage/memory.hpp"

namespace treeline::storage {

// Any thread, as what it stands for.
class FlakyStore final : public Store {
  public:
    std::atomic<bool> failing{false};
    std::atomic<bool> failing_reads{false};
    std::atomic<int> writes{0};
    std::atomic<int> writes_left{1'000'000};  // then it fails for good, as a crash does
    std::function<void()> before_write;       // on the writing thread

    Result<std::optional<std::string>> get(std::string_view key) const override {
        if (failing_reads.load()) {
            return Errc::corruption;
        }
        return store_->get(key);
    }
    Result<void> scan(std::string_view from, std::string_view to,
                      const std::function<bool(std::string_view key, std::string_view value)>&
                          visit) const override {
        if (failing_reads.load()) {
            return Errc::corruption;
        }
        return store_->scan(from, to, visit);
    }
    Result<void> write(const std::vector<Write>& batch, Durability durability) override {
        if (before_write) {
            before_write();
        }
        ++writes;
        if (failing.load() || writes_left.fetch_sub(1) <= 0) {
            return Errc::in_doubt;
        }
        return store_->write(batch, durability);
    }

  private:
    std::unique_ptr<Store> store_ = make_memory_store();
};

// One thread.
class FlakyLog final : public Log {
  public:
    bool failing = false;
    bool failing_late = false;  // what it says it could not write is there all the same
    bool failing_reads = false;
    int appends = 0;
    std::function<void()> before_append;

    std::uint64_t last() const override { return log_->last(); }
    Result<void> append_if(std::uint64_t expected, std::span<const std::string> entries,
                           const std::vector<Write>& beside = {}) override {
        if (before_append) {
            before_append();
        }
        ++appends;
        if (failing) {
            return Errc::in_doubt;
        }
        const auto appended = log_->append_if(expected, entries, beside);
        return failing_late ? Result<void>(Errc::in_doubt) : appended;
    }
    Result<void> read_from(std::uint64_t first,
                           const std::function<bool(std::uint64_t number, std::string_view entry)>&
                               visit) const override {
        if (failing_reads) {
            return Errc::corruption;
        }
        return log_->read_from(first, visit);
    }

  private:
    std::unique_ptr<Log> log_ = make_memory_log();
};

}  // namespace treeline::storage
