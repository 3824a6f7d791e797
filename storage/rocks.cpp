// RocksDatabase: one engine, a Store over its values and a Log over its entries.
//
//   log key = number : u64 big-endian     so that bytes sort as numbers do; no gaps, from 1
#include "storage/rocks.hpp"

#include <array>
#include <atomic>

#include "storage/rocks_engine.hpp"

namespace treeline::storage {

namespace {

constexpr std::size_t key_size_bytes = 8;

std::string log_key(std::uint64_t number) {
    std::string key(key_size_bytes, '\0');
    for (std::size_t at = key_size_bytes; at-- > 0; number >>= 8) {
        key[at] = static_cast<char>(number & 0xff);
    }
    return key;
}

// 0 for a key that is none of ours.
std::uint64_t log_number(std::string_view key) {
    std::uint64_t number = 0;
    if (key.size() == key_size_bytes) {
        for (const char byte : key) {
            number = number << 8 | static_cast<unsigned char>(byte);
        }
    }
    return number;
}

Put put_of(const Write& write) {
    return {Family::values, write.key,
            write.value ? std::optional<std::string_view>(*write.value) : std::nullopt};
}

class RocksStore final : public Store {
  public:
    explicit RocksStore(RocksEngine& engine) : engine_(engine) {}

    Result<std::optional<std::string>> get(std::string_view key) const override {
        return engine_.get(Family::values, key);
    }
    Result<void> scan(std::string_view from, std::string_view to,
                      const std::function<bool(std::string_view key, std::string_view value)>&
                          visit) const override {
        return engine_.scan(Family::values, from, to, visit);
    }
    Result<void> write(const std::vector<Write>& batch, Durability durability) override {
        std::vector<Put> puts;
        puts.reserve(batch.size());
        for (const Write& write : batch) {
            puts.push_back(put_of(write));
        }
        return engine_.write(puts, durability);
    }

  private:
    RocksEngine& engine_;
};

class RocksLog final : public Log {
  public:
    RocksLog(RocksEngine& engine, std::uint64_t last) : engine_(engine), last_(last) {}

    std::uint64_t last() const override { return last_.load(std::memory_order_acquire); }

    Result<void> append_if(std::uint64_t expected, std::span<const std::string> entries,
                           const std::vector<Write>& beside) override {
        if (last() != expected) {
            return Errc::conflict;
        }
        std::vector<std::string> keys;
        std::vector<Put> puts;
        keys.reserve(entries.size());
        puts.reserve(entries.size() + beside.size());
        for (const std::string& entry : entries) {
            keys.push_back(log_key(expected + keys.size() + 1));
            puts.push_back({Family::entries, keys.back(), entry});
        }
        for (const Write& write : beside) {
            puts.push_back(put_of(write));
        }
        if (auto written = engine_.write(puts, Durability::synced); !written) {
            return written.error();
        }
        last_.store(expected + entries.size(), std::memory_order_release);
        return {};
    }

    Result<void> read_from(std::uint64_t first,
                           const std::function<bool(std::uint64_t number, std::string_view entry)>&
                               visit) const override {
        const std::uint64_t end = last();
        std::uint64_t next = first == 0 ? 1 : first;
        bool whole = true;
        bool stopped = false;
        const auto read = engine_.scan(Family::entries, log_key(next), {},
                                       [&](std::string_view key, std::string_view entry) {
                                           whole = log_number(key) == next;
                                           stopped = whole && !visit(next, entry);
                                           next += whole ? 1 : 0;
                                           return whole && !stopped;
                                       });
        if (!read) {
            return read.error();
        }
        if (!whole || (!stopped && next <= end)) {
            return Errc::corruption;
        }
        return {};
    }

  private:
    RocksEngine& engine_;
    std::atomic<std::uint64_t> last_;
};

class RocksDatabaseImpl final : public RocksDatabase {
  public:
    RocksDatabaseImpl(std::unique_ptr<RocksEngine> engine, std::uint64_t last)
        : engine_(std::move(engine)), store_(*engine_), log_(*engine_, last) {}

    Store& store() override { return store_; }
    Log& log() override { return log_; }
    Result<void> checkpoint(const std::filesystem::path& directory) override {
        return engine_->checkpoint(directory);
    }
    Result<void> verify() const override {
        if (auto sums = engine_->verify(); !sums) {
            return sums.error();
        }
        return log_.read_from(1, [](std::uint64_t, std::string_view) { return true; });
    }

  private:
    std::unique_ptr<RocksEngine> engine_;
    RocksStore store_;
    RocksLog log_;
};

}  // namespace

ResultOf<std::unique_ptr<RocksDatabase>, RocksDatabase::OpenError> RocksDatabase::open(
    const std::filesystem::path& directory, bool create_if_missing) {
    auto engine = RocksEngine::open(directory, create_if_missing);
    if (!engine) {
        return engine.error();
    }
    const auto key = (*engine)->last_key(Family::entries);
    if (!key) {
        return OpenError{key.error(), false, directory.string() + ": the log can't be read"};
    }
    const std::uint64_t last = *key ? log_number(**key) : 0;
    if (*key && last == 0) {
        return OpenError{Errc::corruption, false,
                         directory.string() + ": a strange key in the log"};
    }
    return std::unique_ptr<RocksDatabase>(
        std::make_unique<RocksDatabaseImpl>(std::move(*engine), last));
}

}  // namespace treeline::storage
